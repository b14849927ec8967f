#pragma once

// FrameworkService.ListCombinations, without gRPC: the score combinations behind a rating, counted
// and paged.
//
// Thread safety: pure. Cost: compiles the version and visits its combinations, a few milliseconds;
// at most model::kMaxCombinations of them.

#include "absl/status/status.h"

#include "assay/framework/v1/framework_service.pb.h"
#include "services/framework/core/catalogue.h"

namespace assay::framework {

// INVALID_ARGUMENT with every violation, or for a page token that is malformed or of another query;
// NOT_FOUND naming the version.
absl::Status ListCombinations(const Catalogue& catalogue,
                              const v1::ListCombinationsRequest& request,
                              v1::ListCombinationsResponse* reply);

}  // namespace assay::framework
