#include "services/framework/storage/catalogue_loader.h"

#include <memory>
#include <utility>
#include <vector>

#include "services/common/version/load.h"

namespace assay::framework {

absl::StatusOr<std::shared_ptr<const Catalogue>> LoadCatalogue(const VersionStore& store) {
  const StoredVersions stored = store.ReadAll();
  const version::LoadResult loaded = version::LoadVersions(stored.sources);
  std::vector<version::Diagnostic> problems = stored.problems;
  problems.insert(problems.end(), loaded.problems.begin(), loaded.problems.end());
  if (!problems.empty()) return absl::InvalidArgumentError(version::JoinDiagnostics(problems));
  return std::make_shared<const Catalogue>(loaded.versions);
}

absl::Status ReloadCatalogue(const VersionStore& store, CatalogueHolder* holder) {
  absl::StatusOr<std::shared_ptr<const Catalogue>> next = LoadCatalogue(store);
  if (!next.ok()) return next.status();
  holder->Replace(*std::move(next));
  return absl::OkStatus();
}

}  // namespace assay::framework
