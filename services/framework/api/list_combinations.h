#pragma once

// FrameworkService.ListCombinations, without gRPC: the score combinations behind a rating, counted
// and paged.
//
// Thread safety: any number of threads. Cost: visits the combinations, microseconds for a shipped
// version and tens of milliseconds for model::kMaxCombinations, which is the most; once a version,
// its compiling. Nothing blocks, but it may take too long for a thread that serves others.

#include "absl/status/status.h"

#include "assay/framework/v1/framework_service.pb.h"
#include "services/framework/core/catalogue.h"
#include "services/framework/core/compiled_versions.h"

namespace assay::framework {

// INVALID_ARGUMENT with every violation, or for a page token that is malformed or of another query;
// NOT_FOUND naming the version; FAILED_PRECONDITION, VERSION_NOT_PROVEN, for a draft that cannot be
// compiled.
absl::Status ListCombinations(const Catalogue& catalogue, CompiledVersions* compiled,
                              const v1::ListCombinationsRequest& request,
                              v1::ListCombinationsResponse* reply);

}  // namespace assay::framework
