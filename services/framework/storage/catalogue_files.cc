#include "services/framework/storage/catalogue_files.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/version/crosswalk.h"
#include "services/common/version/load.h"

namespace assay::framework {

absl::StatusOr<Shipped> ReadShipped(const std::string& asked) {
  const std::string directory = catalogue::CatalogueDirectory(asked);
  std::error_code error;
  version::LoadOptions options;
  options.prove =
      !std::filesystem::equivalent(directory, catalogue::CatalogueDirectory(""), error) || error;
  const catalogue::CatalogueFiles files = catalogue::ReadCatalogueDirectory(directory);
  const version::LoadResult loaded = version::LoadVersions(files.sources, options);
  std::vector<version::Diagnostic> problems = files.problems;
  problems.insert(problems.end(), loaded.problems.begin(), loaded.problems.end());
  if (!problems.empty()) return absl::InvalidArgumentError(version::JoinDiagnostics(problems));
  Shipped shipped;
  std::vector<const v1::FrameworkVersion*> joined;
  for (const version::LoadedVersion& version : loaded.versions) {
    shipped.versions.push_back(version.version);
    joined.push_back(version.version.get());
  }
  const catalogue::CatalogueFiles walks = catalogue::ReadCrosswalkFiles(directory);
  version::CrosswalkResult crosswalks = version::LoadCrosswalks(walks.sources, joined);
  problems = walks.problems;
  problems.insert(problems.end(), crosswalks.problems.begin(), crosswalks.problems.end());
  if (!problems.empty()) return absl::InvalidArgumentError(version::JoinDiagnostics(problems));
  shipped.crosswalks = std::move(crosswalks.crosswalks);
  return shipped;
}

}  // namespace assay::framework
