#pragma once

// Runs one Assay server from start to drain: listening, TLS, health, reflection, channelz, limits,
// metrics, signals. The only place that names grpc::ServerBuilder. The main of a service:
//
//   int main(int argc, char** argv) {
//     config::Options options("assay-evidence", "Keeps the record of care.", "ASSAY_EVIDENCE");
//     config::ServerOptions serve = config::ServerDefaults("evidence", 7302, 7312);
//     config::AddServerOptions(&options, &serve);
//     std::string path = "evidence.db";
//     options.Text("--store", &path, "file of the record");
//     const absl::Status parsed = options.Parse(argc, argv);
//     if (!parsed.ok()) return options.Explain(parsed);
//
//     auto runner = server::ServerRunner::Create(serve);       // before any other thread
//     if (!runner.ok()) return server::ExplainExit("assay-evidence", runner.status());
//     auto store = evidence::OpenStore(path);
//     if (!store.ok()) return server::ExplainExit("assay-evidence", store.status());
//     evidence::RecordApi records((*runner)->calls(), store->get());
//     (*runner)->AddService(&records, evidence::v1::RecordService::service_full_name());
//     (*runner)->AddDependency({"redis", /*required=*/false, [&] { return cache->Ping(); }});
//     (*runner)->OnStopped([&] { (*store)->Close(); });        // after the last call
//     return (*runner)->Run();
//   }
//
// On SIGTERM or SIGINT: health turns NOT_SERVING, the drain hooks run, streams end with
// UNAVAILABLE, no new call is taken, running ones have the drain timeout, then are cancelled; then
// the pool is emptied, the stopped hooks run, and the process leaves with 0. A second signal leaves
// at once.
//
// Thread safety: Create, the adders, Start and Wait on one thread; RequestStop, ReportDependency
// and the accessors from any. Ownership: owns pool, metrics, monitor and the gRPC server; services
// and what hooks touch are the caller's and outlive Wait(). Cost: a few threads.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "prometheus/collectable.h"
#include "prometheus/exposer.h"
#include "spdlog/logger.h"

#include "services/common/config/server_options.h"
#include "services/common/server/call_count.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/dependency_monitor.h"
#include "services/common/server/drain_registry.h"
#include "services/common/server/metrics.h"
#include "services/common/server/stop_signal.h"
#include "services/common/server/work_pool.h"

namespace assay::server {

class ServerRunner {
 public:
  // Checks the options and builds everything that listens to nothing. Blocks SIGTERM and SIGINT for
  // the calling thread and those it starts later, so call it first. INVALID_ARGUMENT with every
  // violation of the options.
  static absl::StatusOr<std::unique_ptr<ServerRunner>> Create(const config::ServerOptions& options);
  // Stops as RequestStop and Wait would, where it still runs.
  ~ServerRunner();
  ServerRunner(const ServerRunner&) = delete;
  ServerRunner& operator=(const ServerRunner&) = delete;

  // What the methods of the APIs are made with. Lives as long as the runner.
  const CallEnvironment* calls() const { return &calls_; }
  const std::shared_ptr<spdlog::logger>& log() const { return calls_.log; }
  Metrics* metrics() { return &metrics_; }
  WorkPool* pool() { return &pool_; }
  // Whether the server is leaving; long work of its own asks now and then.
  bool stopping() const;

  // Before Start. `full_name` is Service::service_full_name(); health answers under it. A service
  // of callbacks; `raw_methods` are its unary and server streaming ones that take bytes. To the
  // others a request that cannot be parsed is refused in our words (refuse_unparsed.h).
  void AddService(grpc::Service* service, absl::string_view full_name,
                  const std::vector<std::string>& raw_methods = {});
  // Health answers under "dependency/<name>".
  void AddDependency(Dependency dependency);
  // Metrics of the service's own, told with the server's. What they read outlives Wait().
  void AddMetrics(std::shared_ptr<prometheus::Collectable> metrics);
  // Runs when the drain begins, in the order added: wake what waits. Must not block.
  void OnDrain(std::function<void()> hook);
  // Runs after the last call ended and the pool is empty, in the order added: flush and close.
  void OnStopped(std::function<void()> hook);

  // For dependencies without a probe.
  void ReportDependency(absl::string_view name, const absl::Status& status);

  // Listens and serves; tells the ready line on standard output and in the ready file:
  //   {"event":"ready","service":"evidence","listen":"127.0.0.1:7302","metrics":"127.0.0.1:7312","pid":7}
  // ALREADY_EXISTS: an address is in use; INVALID_ARGUMENT: an address or certificate cannot be
  // used.
  absl::Status Start();

  // As a signal would. Idempotent; before Start() it makes Wait() return at once.
  void RequestStop();

  // Waits for a signal or RequestStop(), drains, and returns once everything has stopped.
  void Wait();

  // Start, Wait and the exit code: 0 after a drain, else ExplainExit()'s.
  int Run();

  // Where it listens, with the port that was taken for 0; empty before Start().
  const std::string& listen_address() const { return bound_listen_; }
  const std::string& metrics_address() const { return bound_metrics_; }

 private:
  explicit ServerRunner(const config::ServerOptions& options);

  absl::Status PrepareTls();
  absl::Status StartGrpc();
  absl::Status StartMetrics();
  absl::Status TellReady();
  void AddLimits(grpc::ServerBuilder* builder) const;
  void OnDependency(const DependencyMonitor::Change& change);
  void StopServing();
  void DrainCalls();
  void CloseMetrics();

  const config::ServerOptions options_;
  config::Address listen_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  Metrics metrics_;
  WorkPool pool_;
  DrainRegistry streams_;
  CallCount running_;
  CallEnvironment calls_;
  DependencyMonitor monitor_;

  std::vector<grpc::Service*> services_;
  std::vector<std::string> service_names_;
  std::set<std::string> raw_methods_;  // "package.Service/Method"
  std::vector<std::shared_ptr<prometheus::Collectable>> own_metrics_;
  std::vector<std::function<void()>> drain_hooks_;
  std::vector<std::function<void()>> stopped_hooks_;

  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::string bound_listen_;
  std::string bound_metrics_;

  mutable std::mutex mutex_;
  std::condition_variable stop_wanted_;
  bool stop_requested_ = false;
  bool stopped_ = false;
  // Last, so that no signal finds a half-built runner.
  std::unique_ptr<StopSignal> signal_;
};

// Prints why `program` cannot run, one line to standard error, and returns the exit code: 2 bad
// input (INVALID_ARGUMENT, FAILED_PRECONDITION), 3 an address in use or a service that does not
// answer (ALREADY_EXISTS, UNAVAILABLE), 1 anything else.
int ExplainExit(absl::string_view program, const absl::Status& status);

}  // namespace assay::server
