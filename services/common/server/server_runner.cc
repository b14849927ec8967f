#include "services/common/server/server_runner.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <thread>
#include <utility>

#include <grpc/grpc.h>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"

#include "services/common/errors/errors.h"
#include "services/common/server/bind_check.h"
#include "services/common/server/connection_limits.h"
#include "services/common/server/library_logs.h"
#include "services/common/server/logging.h"
#include "services/common/server/refuse_unparsed.h"
#include "services/common/server/tls_files.h"

namespace assay::server {
namespace {

// After the last call was answered this passes before what is left (health watches, reflection) is
// cancelled: a call that arrived just then is still seen.
constexpr absl::Duration kSettle = absl::Milliseconds(20);
constexpr absl::Duration kKnockInterval = absl::Milliseconds(5);

RequestLog ParseRequestLog(const std::string& policy) {
  if (policy == "off") return RequestLog::kOff;
  return policy == "problems" ? RequestLog::kProblems : RequestLog::kAll;
}

spdlog::level::level_enum LevelOrInfo(const std::string& name) {
  return ParseLogLevel(name).value_or(spdlog::level::info);
}

// What every gRPC server of the process shares; gRPC takes it once.
void EnableGrpcServices() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::channelz::experimental::InitChannelzService();
}

absl::Status WriteWhole(const std::string& path, const std::string& text) {
  const std::string partial = absl::StrCat(path, ".", getpid());
  {
    std::ofstream file(partial, std::ios::trunc);
    file << text << std::flush;
    if (!file.good()) return errors::InvalidArgument("--ready-file", path, "a file to write");
  }
  if (std::rename(partial.c_str(), path.c_str()) == 0) return absl::OkStatus();
  std::remove(partial.c_str());
  return errors::InvalidArgument("--ready-file", path, "a file to write");
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerRunner>> ServerRunner::Create(
    const config::ServerOptions& options) {
  errors::Violations bad;
  config::CheckServerOptions(options, &bad);
  if (!bad.empty()) return bad.ToStatus();
  StopSignal::Block();
  // Debian builds Abseil with its search for lock cycles on: every lock of gRPC's walks
  // one graph of the process under one lock. That is for tests, which keep it.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  RouteLibraryLogs(LevelOrInfo(options.log_level));
  EnableGrpcServices();
  std::unique_ptr<ServerRunner> runner(new ServerRunner(options));
  const absl::Status tls = runner->PrepareTls();
  if (!tls.ok()) return tls;
  return runner;
}

ServerRunner::ServerRunner(const config::ServerOptions& options)
    : options_(options),
      listen_(config::ParseAddress(options.listen_address).value()),
      pool_({absl::StrCat("the ", options.service, " work pool"),
             static_cast<size_t>(options.pool_threads), static_cast<size_t>(options.pool_queue)}),
      monitor_(options.probe_interval,
               [this](const DependencyMonitor::Change& change) { OnDependency(change); }) {
  calls_.metrics = &metrics_;
  calls_.pool = &pool_;
  calls_.streams = &streams_;
  calls_.running = &running_;
  calls_.log = MakeJsonLogger(options.service, LevelOrInfo(options.log_level));
  calls_.deadlines = {options.default_deadline, options.max_deadline};
  calls_.request_log = ParseRequestLog(options.request_log);
}

ServerRunner::~ServerRunner() {
  RequestStop();
  Wait();
}

absl::Status ServerRunner::PrepareTls() {
  if (options_.tls.certificate.empty()) {
    LogEvent(
        *calls_.log, spdlog::level::warn,
        "PLAIN TEXT: calls are neither encrypted nor authenticated; only this machine can reach "
        "them. Give --tls-cert and --tls-key to serve others",
        {{"listen", listen_.ToString()}});
    credentials_ = grpc::InsecureServerCredentials();
    return absl::OkStatus();
  }
  absl::StatusOr<TlsContents> tls = ReadTlsFiles(options_.tls);
  if (!tls.ok()) return tls.status();
  const bool mutual = !tls->authority.empty();
  grpc::SslServerCredentialsOptions ssl(
      mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
             : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  ssl.pem_root_certs = tls->authority;
  ssl.pem_key_cert_pairs.push_back({tls->key, tls->certificate});
  credentials_ = grpc::SslServerCredentials(ssl);
  return absl::OkStatus();
}

bool ServerRunner::stopping() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return stop_requested_;
}

void ServerRunner::AddService(grpc::Service* service, absl::string_view full_name,
                              const std::vector<std::string>& raw_methods) {
  services_.push_back(service);
  service_names_.emplace_back(full_name);
  for (const std::string& method : raw_methods) {
    raw_methods_.insert(absl::StrCat(full_name, "/", method));
  }
}

void ServerRunner::AddDependency(Dependency dependency) { monitor_.Add(std::move(dependency)); }

void ServerRunner::AddMetrics(std::shared_ptr<prometheus::Collectable> metrics) {
  own_metrics_.push_back(std::move(metrics));
}

void ServerRunner::OnDrain(std::function<void()> hook) { drain_hooks_.push_back(std::move(hook)); }

void ServerRunner::OnStopped(std::function<void()> hook) {
  stopped_hooks_.push_back(std::move(hook));
}

void ServerRunner::ReportDependency(absl::string_view name, const absl::Status& status) {
  monitor_.Report(name, status);
}

absl::Status ServerRunner::Start() {
  absl::Status status = StartGrpc();
  if (status.ok()) status = StartMetrics();
  if (!status.ok()) return status;
  monitor_.Start();
  signal_ = std::make_unique<StopSignal>([this](int number) {
    LogEvent(*calls_.log, spdlog::level::info, "signal: draining", {{"signal", number}});
    RequestStop();
  });
  return TellReady();
}

void ServerRunner::AddLimits(grpc::ServerBuilder* builder) const {
  builder->SetMaxReceiveMessageSize(static_cast<int>(options_.max_receive_bytes));
  ConnectionLimits limits;
  limits.concurrent_streams = static_cast<int>(options_.max_concurrent_streams);
  AddConnectionLimits(limits, builder);
  // Answers are small and are never compressed; the filter that could would look at each all the
  // same. Requests may be compressed.
  builder->AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  // Two servers on one port would share its connections by chance.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

absl::Status ServerRunner::StartGrpc() {
  if (listen_.kind == config::Address::Kind::kUnix) {
    const absl::Status free = CheckBind(listen_);
    if (!free.ok()) return free;
  }
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen_.ToString(), credentials_, &port);
  AddLimits(&builder);
  for (grpc::Service* service : services_) builder.RegisterService(service);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(
      RefuseUnparsed(&calls_, {service_names_.begin(), service_names_.end()}, raw_methods_));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    server_ = nullptr;
    const absl::Status why = CheckBind(listen_);
    if (!why.ok()) return why;
    return errors::InvalidArgument("--tls-cert and --tls-key", options_.tls.certificate,
                                   "a certificate and the private key that belongs to it");
  }
  config::Address bound = listen_;
  if (bound.kind == config::Address::Kind::kTcp) bound.port = static_cast<uint16_t>(port);
  bound_listen_ = bound.ToString();
  return absl::OkStatus();
}

absl::Status ServerRunner::StartMetrics() {
  if (options_.metrics_address.empty()) return absl::OkStatus();
  config::Address address = config::ParseAddress(options_.metrics_address).value();
  const absl::Status free = CheckBind(address);
  if (!free.ok()) return free;
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(address.ToString());
  } catch (const std::exception& caught) {
    return errors::InvalidArgument(
        "--metrics-address", address.ToString(),
        absl::StrCat("one that can be listened on here: ", caught.what()));
  }
  exposer_->RegisterCollectable(metrics_.registry());
  for (const auto& own : own_metrics_) exposer_->RegisterCollectable(own);
  const std::vector<int> ports = exposer_->GetListeningPorts();
  if (!ports.empty()) address.port = static_cast<uint16_t>(ports[0]);
  bound_metrics_ = address.ToString();
  return absl::OkStatus();
}

absl::Status ServerRunner::TellReady() {
  const std::string line = JsonObject({{"event", "ready"},
                                       {"service", options_.service},
                                       {"listen", bound_listen_},
                                       {"metrics", bound_metrics_},
                                       {"pid", static_cast<int64_t>(getpid())}});
  std::cout << line << std::endl;
  if (options_.ready_file.empty()) return absl::OkStatus();
  return WriteWhole(options_.ready_file, absl::StrCat(line, "\n"));
}

void ServerRunner::OnDependency(const DependencyMonitor::Change& change) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  if (!change.name.empty()) {
    const bool up = change.status.ok();
    metrics_.SetDependency(change.name, up);
    health->SetServingStatus(absl::StrCat("dependency/", change.name), up);
    LogEvent(*calls_.log, up ? spdlog::level::info : spdlog::level::warn,
             up ? "dependency answers" : "dependency does not answer",
             {{"dependency", change.name},
              {"status", change.status.ToString(absl::StatusToStringMode::kWithNoExtraData)},
              {"detail", errors::PrivateDetail(change.status)}});
  }
  // The empty name is the server as a whole.
  health->SetServingStatus("", change.required_up);
  for (const std::string& name : service_names_) {
    health->SetServingStatus(name, change.required_up);
  }
}

void ServerRunner::RequestStop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_requested_ = true;
  }
  stop_wanted_.notify_all();
}

void ServerRunner::Wait() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    stop_wanted_.wait(lock, [this] { return stop_requested_; });
    if (std::exchange(stopped_, true)) return;
  }
  if (server_ != nullptr) StopServing();
  pool_.Shutdown();
  for (const std::function<void()>& hook : stopped_hooks_) hook();
  CloseMetrics();
  server_ = nullptr;
  signal_ = nullptr;
  calls_.log->flush();
}

void ServerRunner::StopServing() {
  const absl::Time began = absl::Now();
  monitor_.Stop();
  // Every entry turns NOT_SERVING, and stays so.
  server_->GetHealthCheckService()->Shutdown();
  for (const std::function<void()>& hook : drain_hooks_) hook();
  streams_.StartDrain();
  DrainCalls();
  LogEvent(
      *calls_.log, spdlog::level::info, "drained",
      {{"service", options_.service}, {"took_ms", absl::ToInt64Milliseconds(absl::Now() - began)}});
}

void ServerRunner::DrainCalls() {
  const auto deadline =
      std::chrono::system_clock::now() + absl::ToChronoMicroseconds(options_.drain_timeout);
  const absl::Time until = absl::Now() + options_.drain_timeout;
  // Takes no new call, and cancels what still runs at the deadline.
  std::thread shutdown([&] { server_->Shutdown(deadline); });
  while (running_.WaitForNone(until - absl::Now())) {
    absl::SleepFor(kSettle);
    if (running_.running() == 0) break;
  }
  // Watches of health and the like are not calls of ours, and would hold the server to the
  // deadline.
  grpc_server_cancel_all_calls(server_->c_server());
  shutdown.join();
}

void ServerRunner::CloseMetrics() {
  if (exposer_ == nullptr) return;
  // The endpoint's own thread looks up from its poll only every two seconds, or when somebody
  // connects.
  const config::Address address = config::ParseAddress(bound_metrics_).value();
  std::atomic<bool> closed{false};
  std::thread closer([&] {
    exposer_ = nullptr;
    closed = true;
  });
  while (!closed) {
    Knock(address);
    absl::SleepFor(kKnockInterval);
  }
  closer.join();
}

int ServerRunner::Run() {
  const absl::Status started = Start();
  if (!started.ok()) {
    RequestStop();
    Wait();
    return ExplainExit(absl::StrCat("assay-", options_.service), started);
  }
  Wait();
  return 0;
}

int ExplainExit(absl::string_view program, const absl::Status& status) {
  std::string line = absl::StrCat(program, ": ", status.message());
  const std::string detail = errors::PrivateDetail(status);
  if (!detail.empty()) absl::StrAppend(&line, " (", detail, ")");
  std::cerr << line << std::endl;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return 2;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kUnavailable:
      return 3;
    default:
      return 1;
  }
}

}  // namespace assay::server
