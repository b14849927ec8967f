#pragma once

// Compiled versions from text files: for the command line without a server, and for tests.
//
// Thread safety: immutable once open. Cost: opening reads and compiles every file, a few
// milliseconds each; Find is one look-up and never blocks.

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/catalogue/model_source.h"
#include "services/common/version/load.h"

namespace assay::catalogue {

class FileModelSource final : public ModelSource {
 public:
  // All versions of a directory (see CatalogueDirectory for the shipped one), or of one file, which
  // may have any name. INVALID_ARGUMENT with every fault of every file, one a line.
  static absl::StatusOr<std::unique_ptr<FileModelSource>> OpenDirectory(
      const std::string& directory);
  static absl::StatusOr<std::unique_ptr<FileModelSource>> OpenFile(const std::string& path);

  absl::StatusOr<std::shared_ptr<const model::CompiledModel>> Find(absl::string_view name) override;

  absl::StatusOr<std::vector<std::shared_ptr<const model::CompiledModel>>> All() override {
    return models_;
  }
  // The same, without a copy.
  const std::vector<std::shared_ptr<const model::CompiledModel>>& models() const { return models_; }

 private:
  explicit FileModelSource(const std::vector<version::LoadedVersion>& versions);

  std::vector<std::shared_ptr<const model::CompiledModel>> models_;
  absl::flat_hash_map<std::string, std::size_t> by_name_;
};

}  // namespace assay::catalogue
