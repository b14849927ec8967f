#pragma once

// Versions compiled for whoever asks about their rules, kept by digest: the latest so many.
//
// Thread safety: any number of threads. Ownership: shares the models with those who ask. Cost: a
// hash where the version is kept; else its compiling, less than a millisecond for a shipped one.

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/common/model/model.h"

namespace assay::framework {

class CompiledVersions {
 public:
  using ModelPtr = std::shared_ptr<const model::CompiledModel>;

  // Keeps `most` models, at least 1; the default is some megabytes for versions like those shipped.
  explicit CompiledVersions(std::size_t most = 32) : most_(most) {}
  CompiledVersions(const CompiledVersions&) = delete;
  CompiledVersions& operator=(const CompiledVersions&) = delete;

  // The version, as it is served, compiled. FAILED_PRECONDITION, VERSION_NOT_PROVEN, with every
  // fault: it is a draft that cannot be compiled, which is found anew each time.
  absl::StatusOr<ModelPtr> Of(const v1::FrameworkVersion& version);

  // How many versions were compiled so far.
  std::size_t compiled() const;

 private:
  using Kept = std::list<std::pair<std::string, ModelPtr>>;  // by digest; the latest used first

  // Null where it is not kept.
  ModelPtr Find(const std::string& digest);

  const std::size_t most_;
  mutable std::mutex mutex_;
  Kept kept_;                                                   // guarded by mutex_
  absl::flat_hash_map<std::string, Kept::iterator> by_digest_;  // guarded by mutex_
  std::size_t compiled_ = 0;                                    // guarded by mutex_
};

}  // namespace assay::framework
