#pragma once

// The methods of FrameworkService that write, and the check that a write must pass; no gRPC.
//
// Thread safety: any number of threads; of two writers of one version the store decides. Ownership:
// borrows what it is made with. Cost: each blocks on the store and proves the version: call them on
// a pool. Errors: as the contract says of each.

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/framework/v1/framework.pb.h"
#include "assay/framework/v1/framework_service.pb.h"
#include "services/common/clock/clock.h"
#include "services/framework/core/lifecycle.h"
#include "services/framework/storage/catalogue_keeper.h"
#include "services/framework/storage/version_store.h"

namespace assay::framework {

class VersionWrites {
 public:
  VersionWrites(CatalogueKeeper* keeper, const clock::Clock* clock)
      : keeper_(keeper), clock_(clock) {}

  absl::Status CreateVersion(const v1::CreateVersionRequest& request,
                             v1::FrameworkVersion* reply) const;
  absl::Status UpdateVersion(const v1::UpdateVersionRequest& request,
                             v1::FrameworkVersion* reply) const;
  absl::Status PublishVersion(const v1::PublishVersionRequest& request,
                              v1::FrameworkVersion* reply) const;
  absl::Status WithdrawVersion(const v1::WithdrawVersionRequest& request,
                               v1::FrameworkVersion* reply) const;
  // `cancelled` is asked now and then; once it answers true the call ends: CANCELLED.
  absl::Status CheckVersion(const v1::CheckVersionRequest& request,
                            const std::function<bool()>& cancelled,
                            v1::CheckVersionResponse* reply) const;

 private:
  // What a write makes of what is there.
  using Decide = std::function<absl::StatusOr<Step>(const Current&)>;

  absl::StatusOr<Current> ReadCurrent(const std::string& name) const;
  // Decides, writes and puts in force; again where another writer came between. Answers what the
  // request was answered before, where it comes again.
  absl::Status Run(const std::string& name, const Request& request, const Decide& decide,
                   v1::FrameworkVersion* reply) const;
  // The message of a version as it is served.
  absl::Status Answer(const HeldVersion& held, v1::FrameworkVersion* reply) const;
  // `bare` as a draft, proven where it has no fault.
  absl::StatusOr<HeldVersion> Draft(const v1::FrameworkVersion& bare) const;

  CatalogueKeeper* const keeper_;
  const clock::Clock* const clock_;
};

}  // namespace assay::framework
