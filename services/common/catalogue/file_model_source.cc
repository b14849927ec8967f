#include "services/common/catalogue/file_model_source.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/memory/memory.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/errors/errors.h"
#include "services/common/names/names.h"

namespace assay::catalogue {
namespace {

// The versions of `files`, or every fault.
absl::StatusOr<std::vector<version::LoadedVersion>> Load(const CatalogueFiles& files,
                                                         const version::LoadOptions& options) {
  version::LoadResult loaded = version::LoadVersions(files.sources, options);
  std::vector<version::Diagnostic> problems = files.problems;
  problems.insert(problems.end(), loaded.problems.begin(), loaded.problems.end());
  if (!problems.empty()) return absl::InvalidArgumentError(version::JoinDiagnostics(problems));
  return std::move(loaded.versions);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileModelSource>> FileModelSource::OpenDirectory(
    const std::string& directory) {
  const auto versions = Load(ReadCatalogueDirectory(directory), {});
  if (!versions.ok()) return versions.status();
  return absl::WrapUnique(new FileModelSource(*versions));
}

absl::StatusOr<std::unique_ptr<FileModelSource>> FileModelSource::OpenFile(
    const std::string& path) {
  version::LoadOptions any_name;
  any_name.check_file_names = false;
  const auto versions = Load(ReadCatalogueFile(path), any_name);
  if (!versions.ok()) return versions.status();
  return absl::WrapUnique(new FileModelSource(*versions));
}

FileModelSource::FileModelSource(const std::vector<version::LoadedVersion>& versions) {
  for (const version::LoadedVersion& loaded : versions) {
    by_name_.emplace(loaded.version->name(), models_.size());
    models_.push_back(loaded.model);
  }
}

absl::StatusOr<std::shared_ptr<const model::CompiledModel>> FileModelSource::Find(
    absl::string_view name) {
  const auto parsed = names::FrameworkVersionName::Parse(name);
  if (!parsed.ok()) return parsed.status();
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    return errors::NotFound(errors::ResourceType::kFrameworkVersion, name);
  }
  return models_[found->second];
}

}  // namespace assay::catalogue
