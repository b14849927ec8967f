#ifndef ASSAY_SERVICES_EVIDENCE_API_MODEL_SOURCE_H_
#define ASSAY_SERVICES_EVIDENCE_API_MODEL_SOURCE_H_

// Where framework versions come from: the catalogue, behind a cache. Published versions never
// change, so one that was fetched serves for ever.
//
// Thread safety: all methods from any thread. Cost: a look-up, or one call to the framework service
// the first time a version is named; may block, so call it on a pool.

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/model/model.h"

namespace assay::evidence {

class ModelSource {
 public:
  virtual ~ModelSource() = default;

  // The version by its full name; null where the catalogue has none of that name. UNAVAILABLE
  // (DEPENDENCY_UNAVAILABLE) where it is not known and the catalogue does not answer.
  virtual absl::StatusOr<std::shared_ptr<const model::CompiledModel>> Get(
      absl::string_view name) = 0;
};

}  // namespace assay::evidence

#endif  // ASSAY_SERVICES_EVIDENCE_API_MODEL_SOURCE_H_
