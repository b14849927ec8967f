#pragma once

// Where the services and the command line get compiled framework versions from.
//
// Thread safety: all methods from any thread. Ownership: models are shared and immutable.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/model/model.h"

namespace assay::catalogue {

class ModelSource {
 public:
  virtual ~ModelSource() = default;

  // The version with this full name, `frameworks/cqc-saf/versions/2024-12`. INVALID_ARGUMENT: not
  // such a name; NOT_FOUND (FRAMEWORK_VERSION_NOT_FOUND or FRAMEWORK_NOT_FOUND): there is none. An
  // engine that asks over the network may block and also gives UNAVAILABLE.
  virtual absl::StatusOr<std::shared_ptr<const model::CompiledModel>> Find(
      absl::string_view name) = 0;

  // Every version there is, by framework, oldest first. Errors as Find, but NOT_FOUND.
  virtual absl::StatusOr<std::vector<std::shared_ptr<const model::CompiledModel>>> All() = 0;
};

}  // namespace assay::catalogue
