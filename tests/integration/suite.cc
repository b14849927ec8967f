#include "tests/integration/suite.h"

#include <signal.h>

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

#include "services/common/errors/errors.h"

namespace assay::integration {
namespace {

// A variable that CTest sets for every test.
std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<std::string> ScoringFlags(const SuiteOptions& options, const Server& framework,
                                      const Server& evidence, const std::string& redis,
                                      const std::string& folder) {
  std::vector<std::string> flags = {"--framework-address", framework.address(),
                                    "--evidence-address",  evidence.address(),
                                    "--redis-address",     redis,
                                    "--state-directory",   folder};
  flags.insert(flags.end(), options.scoring_flags.begin(), options.scoring_flags.end());
  return flags;
}

std::unique_ptr<testing::RedisServer> StartRedis(const SuiteOptions& options) {
  if (!options.redis) return nullptr;
  absl::StatusOr<std::unique_ptr<testing::RedisServer>> redis = testing::RedisServer::Start();
  return redis.ok() ? *std::move(redis) : nullptr;
}

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  // A server that was killed comes back at once; the client need not wait longer than it takes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

std::string Program(absl::string_view name) {
  return absl::StrCat(FromEnvironment("ASSAY_BIN_DIR"), "/", name);
}

std::string Source(absl::string_view path) {
  return absl::StrCat(FromEnvironment("ASSAY_SOURCE_DIR"), "/", path);
}

Server::Server(std::string name, std::string folder, std::vector<std::string> flags)
    : name_(std::move(name)),
      folder_(std::move(folder)),
      address_(absl::StrCat("unix:", folder_, "/", name_, ".sock")),
      flags_(std::move(flags)),
      channel_(ChannelTo(address_)) {}

absl::Status Server::Start() {
  ProcessOptions options;
  options.command = {Program(absl::StrCat("assay-", name_)), "--listen-address", address_,
                     "--metrics-address", "127.0.0.1:0"};
  options.command.insert(options.command.end(), flags_.begin(), flags_.end());
  options.error_file = absl::StrCat(folder_, "/", name_, ".log");
  absl::StatusOr<std::unique_ptr<Process>> process = Process::Start(options);
  if (!process.ok()) return process.status();
  process_ = *std::move(process);
  const absl::StatusOr<std::string> ready = process_->ReadLineWith(R"("event":"ready")", kPatience);
  if (!ready.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("assay-", name_, " did not start: ", ready.status().message(), Log()));
  }
  const std::pair<absl::string_view, absl::string_view> said =
      absl::StrSplit(*ready, absl::MaxSplits("\"metrics\":\"", 1));
  metrics_address_ = std::string(said.second.substr(0, said.second.find('"')));
  process_->DiscardOutput();
  return absl::OkStatus();
}

absl::StatusOr<int> Server::Stop() {
  process_->Signal(SIGTERM);
  const absl::StatusOr<int> code = process_->Finish(kPatience);
  AwaitDisconnect();
  return code;
}

void Server::Kill() {
  process_->Kill();
  AwaitDisconnect();
}

// Calls must not go out on the connection of the process that is gone.
void Server::AwaitDisconnect() const {
  const auto end = absl::ToChronoTime(absl::Now() + kPatience);
  while (channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY) {
    if (!channel_->WaitForStateChange(GRPC_CHANNEL_READY, end)) return;
  }
}

std::string Server::Log() const { return ReadFile(absl::StrCat(folder_, "/", name_, ".log")); }

Suite::Suite(const SuiteOptions& options)
    : redis_(StartRedis(options)),
      framework_("framework", folder_.path(),
                 {"--catalogue", Source("services/framework/catalogue"), "--store",
                  folder_.File("framework.db")}),
      evidence_(
          "evidence", folder_.path(),
          {"--store", folder_.File("evidence.db"), "--framework-address", framework_.address()}),
      scoring_("scoring", folder_.path(),
               ScoringFlags(options, framework_, evidence_,
                            redis_ != nullptr ? redis_->address()
                                              : absl::StrCat("unix:", folder_.File("no.sock")),
                            folder_.path())),
      frameworks_(framework::v1::FrameworkService::NewStub(framework_.channel())),
      registry_(evidence::v1::RegistryService::NewStub(evidence_.channel())),
      record_(evidence::v1::RecordService::NewStub(evidence_.channel())),
      changes_(evidence::v1::ChangeService::NewStub(evidence_.channel())),
      ratings_(scoring::v1::RatingService::NewStub(scoring_.channel())),
      areas_(scoring::v1::AreaService::NewStub(scoring_.channel())) {}

Suite::~Suite() = default;

absl::Status Suite::StartAll(const SuiteOptions& options) {
  if (options.redis && redis_ == nullptr) {
    return absl::FailedPreconditionError("redis-server did not start");
  }
  for (Server* server : {&framework_, &evidence_, &scoring_}) {
    if (absl::Status status = server->Start(); !status.ok()) return status;
  }
  return AwaitBook();
}

// Scoring serves before its book is loaded, and says so; a test of what it answers begins after it.
absl::Status Suite::AwaitBook() {
  scoring::v1::GetAreaSummaryRequest request;
  request.set_name("areas/icb.NONE");
  const absl::Time end = absl::Now() + kPatience;
  absl::Status status;
  do {
    status = Ask(*areas_, &scoring::v1::AreaService::Stub::GetAreaSummary, request).status();
  } while (errors::Reason(status) == "NOT_READY" && absl::Now() < end);
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

absl::StatusOr<std::unique_ptr<Suite>> Suite::Start(const SuiteOptions& options) {
  std::unique_ptr<Suite> suite(new Suite(options));
  if (absl::Status status = suite->StartAll(options); !status.ok()) return status;
  return suite;
}

std::vector<std::string> Suite::Environment() const {
  std::vector<std::string> all;
  for (const auto& [name, server] :
       {std::pair<const char*, const Server*>{"FRAMEWORK", &framework_},
        {"EVIDENCE", &evidence_},
        {"SCORING", &scoring_}}) {
    all.push_back(absl::StrCat("ASSAY_", name, "_ADDRESS=", server->address()));
  }
  return all;
}

}  // namespace assay::integration
