#pragma once

// The catalogue as it is served: frameworks and their versions, with look-ups.
//
// Thread safety: immutable; share it by shared_ptr among any number of threads.
// Ownership: owns its versions; pointers that it gives live as long as it does.
// Cost: built in microseconds from loaded versions; a look-up is one hash.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/common/version/version_index.h"

namespace assay::framework {

// One version with its look-ups.
class CatalogueVersion {
 public:
  explicit CatalogueVersion(std::shared_ptr<const v1::FrameworkVersion> version)
      : version_(std::move(version)), index_(*version_) {}

  const v1::FrameworkVersion& message() const { return *version_; }
  const version::VersionIndex& index() const { return index_; }

  // The answer of GetScoringModel to a caller that has nothing, as the bytes that go out; made when
  // it is asked for the first time, a tenth of a millisecond for a shipped version.
  std::shared_ptr<const std::string> ModelAnswer() const;

 private:
  std::shared_ptr<const v1::FrameworkVersion> version_;
  version::VersionIndex index_;
  mutable std::once_flag once_;
  mutable std::shared_ptr<const std::string> model_answer_;
};

// Versions that are stored and cannot be served, by full name, each with what its readers are told.
using DamagedVersions = std::map<std::string, absl::Status, std::less<>>;

class Catalogue {
 public:
  // `versions` as MergeCatalogue orders them (merge.h).
  explicit Catalogue(const std::vector<std::shared_ptr<const v1::FrameworkVersion>>& versions,
                     std::vector<std::shared_ptr<const v1::Crosswalk>> crosswalks = {},
                     DamagedVersions damaged = {});

  // By name.
  const std::vector<v1::Framework>& frameworks() const { return frameworks_; }

  // By framework, oldest first.
  const std::vector<std::unique_ptr<const CatalogueVersion>>& versions() const { return versions_; }

  // By full resource name; null where there is none.
  const v1::Framework* FindFramework(absl::string_view name) const;
  const CatalogueVersion* FindVersion(absl::string_view name) const;
  // The same with why there is none: DATA_LOSS for one that is damaged, else NOT_FOUND, of its
  // framework where that is not known either.
  absl::StatusOr<const CatalogueVersion*> GetVersion(const std::string& name) const;

  // By name.
  const std::vector<std::shared_ptr<const v1::Crosswalk>>& crosswalks() const {
    return crosswalks_;
  }

  // The versions of a framework by its full name, oldest first; empty where it is not known.
  std::vector<const CatalogueVersion*> VersionsOf(absl::string_view framework) const;

 private:
  std::vector<v1::Framework> frameworks_;
  std::vector<std::unique_ptr<const CatalogueVersion>> versions_;
  std::vector<std::shared_ptr<const v1::Crosswalk>> crosswalks_;
  absl::flat_hash_map<std::string, std::size_t> framework_by_name_;
  absl::flat_hash_map<std::string, const CatalogueVersion*> version_by_name_;
  DamagedVersions damaged_;
};

}  // namespace assay::framework
