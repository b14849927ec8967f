#include "services/framework/core/compiled_versions.h"

#include "services/common/errors/framework_errors.h"
#include "services/common/errors/violations.h"
#include "services/common/model/compile.h"

namespace assay::framework {

CompiledVersions::ModelPtr CompiledVersions::Find(const std::string& digest) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found->second);
  return found->second->second;
}

// Two who ask at once for what is not kept both compile it: nobody waits for another's compiling.
absl::StatusOr<CompiledVersions::ModelPtr> CompiledVersions::Of(
    const v1::FrameworkVersion& version) {
  if (ModelPtr kept = Find(version.digest()); kept != nullptr) return kept;
  model::CompileResult result = model::CompileWithFaults(version);
  if (!result.faults.empty()) {
    errors::Violations faults;
    for (const model::Fault& fault : result.faults) faults.AddText(fault.field, fault.message);
    return errors::VersionNotProven(version.name(), faults);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  ++compiled_;
  kept_.emplace_front(version.digest(), result.model);
  const auto [place, fresh] = by_digest_.emplace(version.digest(), kept_.begin());
  if (!fresh) {
    kept_.erase(place->second);
    place->second = kept_.begin();
  }
  if (kept_.size() > most_) {
    by_digest_.erase(kept_.back().first);
    kept_.pop_back();
  }
  return std::move(result.model);
}

std::size_t CompiledVersions::compiled() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return compiled_;
}

}  // namespace assay::framework
