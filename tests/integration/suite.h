#pragma once

// The whole of Assay for one test: a real redis-server and the three real services, on unix sockets
// in a folder of their own, and their stubs. Gone with the object.
//
// Thread safety: the stubs from any thread, the rest from the thread that made it. Ownership: owns
// the processes and the folder. Cost: about a second to start.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"

#include "assay/evidence/v1/change_service.grpc.pb.h"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "assay/evidence/v1/registry_service.grpc.pb.h"
#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "assay/scoring/v1/area_service.grpc.pb.h"
#include "assay/scoring/v1/rating_service.grpc.pb.h"
#include "services/common/server/status_conversion.h"
#include "tests/common/testing/redis_server.h"
#include "tests/integration/process.h"

namespace assay::integration {

// The method that the tests judge by, and one of its statements.
inline constexpr char kVersion[] = "frameworks/cqc-saf/versions/2024-12";
inline constexpr char kLearning[] = "safe.learning-culture";

// How long a test waits for what must come; long, since the machine may be busy.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

struct SuiteOptions {
  // Start a redis-server and give scoring its address. Without it scoring is given an address where
  // nobody listens.
  bool redis = true;
  // More flags for scoring.
  std::vector<std::string> scoring_flags;
};

// One of the services: its program, its flags, its process.
class Server {
 public:
  Server(std::string name, std::string folder, std::vector<std::string> flags);

  // Starts it and waits until it serves.
  absl::Status Start();
  // SIGTERM; waits for the drain and returns the exit code.
  absl::StatusOr<int> Stop();
  // SIGKILL.
  void Kill();

  // `unix:` and the path of its socket; the same after a restart.
  const std::string& address() const { return address_; }
  // Where its metrics are; another one after a restart.
  const std::string& metrics_address() const { return metrics_address_; }
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  Process& process() const { return *process_; }
  // Its log so far.
  std::string Log() const;

 private:
  void AwaitDisconnect() const;

  const std::string name_;
  const std::string folder_;
  const std::string address_;
  std::vector<std::string> flags_;
  std::string metrics_address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Process> process_;
};

class Suite {
 public:
  // The suite, or why it did not start, with the log of what failed.
  static absl::StatusOr<std::unique_ptr<Suite>> Start(const SuiteOptions& options = SuiteOptions());
  ~Suite();
  Suite(const Suite&) = delete;
  Suite& operator=(const Suite&) = delete;

  Server& framework() { return framework_; }
  Server& evidence() { return evidence_; }
  Server& scoring() { return scoring_; }
  // Null where the options said so.
  testing::RedisServer* redis() { return redis_.get(); }
  const std::string& folder() const { return folder_.path(); }
  // ASSAY_..._ADDRESS of the three services, for `assay` and other programs.
  std::vector<std::string> Environment() const;

  framework::v1::FrameworkService::Stub& frameworks() { return *frameworks_; }
  evidence::v1::RegistryService::Stub& registry() { return *registry_; }
  evidence::v1::RecordService::Stub& record() { return *record_; }
  evidence::v1::ChangeService::Stub& changes() { return *changes_; }
  scoring::v1::RatingService::Stub& ratings() { return *ratings_; }
  scoring::v1::AreaService::Stub& areas() { return *areas_; }

 private:
  explicit Suite(const SuiteOptions& options);

  absl::Status StartAll(const SuiteOptions& options);
  absl::Status AwaitBook();

  TestFolder folder_;
  std::unique_ptr<testing::RedisServer> redis_;
  Server framework_;
  Server evidence_;
  Server scoring_;
  std::unique_ptr<framework::v1::FrameworkService::Stub> frameworks_;
  std::unique_ptr<evidence::v1::RegistryService::Stub> registry_;
  std::unique_ptr<evidence::v1::RecordService::Stub> record_;
  std::unique_ptr<evidence::v1::ChangeService::Stub> changes_;
  std::unique_ptr<scoring::v1::RatingService::Stub> ratings_;
  std::unique_ptr<scoring::v1::AreaService::Stub> areas_;
};

// One unary call: `Ask(suite.ratings(), &Stub::GetRating, request)`. An error has its details, for
// errors::Reason and errors::FieldViolations.
template <class Stub, class Request, class Response>
absl::StatusOr<Response> Ask(Stub& stub,
                             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Response*),
                             const Request& request, absl::Duration patience = kPatience) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + patience));
  context.set_wait_for_ready(true);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return server::FromGrpc(status);
  return response;
}

// The path of a program of this build.
std::string Program(absl::string_view name);
// A path in the source tree.
std::string Source(absl::string_view path);

}  // namespace assay::integration
