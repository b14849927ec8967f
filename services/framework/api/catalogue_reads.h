#pragma once

// The reads of FrameworkService, without gRPC: validate, look up, convert. Each answers from the
// catalogue in force when it began.
//
// Errors of all: INVALID_ARGUMENT with every violation; NOT_FOUND naming the framework, version or
// part. The lists also: INVALID_ARGUMENT for a page token that is malformed or of another query.
//
// Thread safety: any number of threads. Ownership: borrows the holder. Cost: a look-up and a copy
// of the answer, microseconds, but for ListCombinations; nothing blocks.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/framework/v1/framework.pb.h"
#include "assay/framework/v1/framework_service.pb.h"
#include "services/framework/core/catalogue_holder.h"
#include "services/framework/core/compiled_versions.h"

namespace assay::framework {

class CatalogueReads {
 public:
  explicit CatalogueReads(const CatalogueHolder* holder) : holder_(holder) {}
  CatalogueReads(const CatalogueReads&) = delete;
  CatalogueReads& operator=(const CatalogueReads&) = delete;

  absl::Status GetFramework(const v1::GetFrameworkRequest& request, v1::Framework* reply) const;
  absl::Status ListFrameworks(const v1::ListFrameworksRequest& request,
                              v1::ListFrameworksResponse* reply) const;
  absl::Status GetVersion(const v1::GetVersionRequest& request, v1::FrameworkVersion* reply) const;
  absl::Status ListVersions(const v1::ListVersionsRequest& request,
                            v1::ListVersionsResponse* reply) const;
  absl::Status GetItem(const v1::GetItemRequest& request, v1::Item* reply) const;
  absl::Status ListItems(const v1::ListItemsRequest& request, v1::ListItemsResponse* reply) const;
  absl::Status GetGroup(const v1::GetGroupRequest& request, v1::Group* reply) const;
  absl::Status ListGroups(const v1::ListGroupsRequest& request,
                          v1::ListGroupsResponse* reply) const;
  absl::Status GetEvidenceCategory(const v1::GetEvidenceCategoryRequest& request,
                                   v1::EvidenceCategory* reply) const;
  absl::Status ListEvidenceCategories(const v1::ListEvidenceCategoriesRequest& request,
                                      v1::ListEvidenceCategoriesResponse* reply) const;
  // The answer's bytes, which are shared by all who ask.
  absl::StatusOr<std::shared_ptr<const std::string>> GetScoringModel(
      const v1::GetScoringModelRequest& request) const;
  absl::Status GetCrosswalk(const v1::GetCrosswalkRequest& request, v1::Crosswalk* reply) const;
  absl::Status ListCrosswalks(const v1::ListCrosswalksRequest& request,
                              v1::ListCrosswalksResponse* reply) const;
  absl::Status SelectVersion(const v1::SelectVersionRequest& request,
                             v1::SelectVersionResponse* reply) const;
  absl::Status DiffVersions(const v1::DiffVersionsRequest& request,
                            v1::DiffVersionsResponse* reply) const;
  // See list_combinations.h.
  absl::Status ListCombinations(const v1::ListCombinationsRequest& request,
                                v1::ListCombinationsResponse* reply) const;

 private:
  const CatalogueHolder* const holder_;
  mutable CompiledVersions compiled_;
};

}  // namespace assay::framework
