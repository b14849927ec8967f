#pragma once

// Versions in a directory of text files, one each; read only.
//
// Thread safety: all methods from any thread. Cost: ReadAll reads every file each time.

#include <string>
#include <utility>

#include "services/framework/storage/version_store.h"

namespace assay::framework {

class DirectoryStore final : public VersionStore {
 public:
  explicit DirectoryStore(std::string directory) : directory_(std::move(directory)) {}

  StoredVersions ReadAll() const override;

 private:
  const std::string directory_;
};

}  // namespace assay::framework
