#pragma once

// Compiled versions from the framework service, kept by name.
//
// A name that is not kept is asked for at once; a kept one is asked about again, by its digest,
// once `refresh` has passed. Drafts are left out: to those who rate they do not exist. Where the
// service does not answer, what is kept goes on serving. What comes must have the digest that came
// with it.
//
// Thread safety: all methods from any thread; callers who want the same name share one call.
// Ownership: owns its stub. Cost: a look-up under a lock; where the service is asked, the caller
// blocks up to `deadline`: call it from pools, never from a gRPC callback thread.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"

#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "services/common/catalogue/model_source.h"

namespace assay::catalogue {

struct RemoteModelSourceOptions {
  // After how long a kept version is asked about again; default 60 s; 0: at every Find.
  absl::Duration refresh = absl::Seconds(60);
  // After how long it is asked about again where the service did not answer; default 5 s.
  absl::Duration retry = absl::Seconds(5);
  // How long one call may take; default 2 s.
  absl::Duration deadline = absl::Seconds(2);
  // The time; for tests.
  std::function<absl::Time()> now = absl::Now;
};

class RemoteModelSource final : public ModelSource {
 public:
  explicit RemoteModelSource(const std::shared_ptr<grpc::Channel>& channel,
                             RemoteModelSourceOptions options = {});

  // Also: UNAVAILABLE, DEADLINE_EXCEEDED where the service does not answer and nothing is kept;
  // DATA_LOSS where what it sent is not what its digest says.
  absl::StatusOr<std::shared_ptr<const model::CompiledModel>> Find(absl::string_view name) override;

  // Fetches what is not kept. The first error ends it; what came before is kept.
  absl::StatusOr<std::vector<std::shared_ptr<const model::CompiledModel>>> All() override;

 private:
  using Model = std::shared_ptr<const model::CompiledModel>;

  struct Kept {
    Model model;
    absl::Time ask_again;
  };
  // One call under way; others who want its name wait for it.
  struct Flight {
    bool done = false;
    absl::StatusOr<Model> result = absl::UnavailableError("");
  };

  // Asks the service, without the lock. `kept` may be null.
  absl::StatusOr<Model> Ask(const std::string& name, const Model& kept);
  absl::StatusOr<Model> Settle(const std::string& name, absl::StatusOr<Model> asked);

  const std::unique_ptr<framework::v1::FrameworkService::Stub> stub_;
  const RemoteModelSourceOptions options_;
  std::mutex mutex_;
  std::condition_variable landed_;
  std::map<std::string, Kept, std::less<>> kept_;
  std::map<std::string, std::shared_ptr<Flight>, std::less<>> flights_;
};

}  // namespace assay::catalogue
