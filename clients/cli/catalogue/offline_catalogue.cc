#include "clients/cli/catalogue/offline_catalogue.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/errors/errors.h"
#include "services/common/names/names.h"
#include "services/common/version/load.h"

namespace assay::cli {
namespace {

// The versions in `files`, or every fault of them.
absl::StatusOr<std::vector<VersionPtr>> Load(catalogue::CatalogueFiles files,
                                             const version::LoadOptions& options,
                                             const std::string& where) {
  version::LoadResult loaded = version::LoadVersions(files.sources, options);
  std::vector<version::Diagnostic> problems = std::move(files.problems);
  problems.insert(problems.end(), loaded.problems.begin(), loaded.problems.end());
  if (!problems.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the framework files of ", where, " cannot be used\n", version::JoinDiagnostics(problems)));
  }
  std::vector<VersionPtr> versions;
  for (version::LoadedVersion& each : loaded.versions) versions.push_back(std::move(each.version));
  return versions;
}

std::string ShortName(const std::string& name) {
  const absl::StatusOr<names::FrameworkVersionName> parsed =
      names::FrameworkVersionName::Parse(name);
  return parsed.ok() ? parsed->short_name() : name;
}

}  // namespace

absl::StatusOr<std::vector<VersionPtr>> LoadCatalogue(const std::string& directory) {
  const std::string folder = catalogue::CatalogueDirectory(directory);
  return Load(catalogue::ReadCatalogueDirectory(folder), {}, folder);
}

absl::StatusOr<VersionPtr> LoadVersion(const std::string& name, const std::string& directory) {
  const std::string folder = catalogue::CatalogueDirectory(directory);
  const std::string file = absl::StrCat(folder, "/", ShortName(name), version::kTextSuffix);
  // Files are called as their versions are, so that one is enough to read.
  if (access(file.c_str(), F_OK) == 0) {
    absl::StatusOr<std::vector<VersionPtr>> one =
        Load(catalogue::ReadCatalogueFile(file), {}, folder);
    if (!one.ok()) return one.status();
    if (one->size() == 1) return one->front();
  }
  const absl::StatusOr<std::vector<VersionPtr>> all = LoadCatalogue(directory);
  if (!all.ok()) return all.status();
  std::vector<std::string> known;
  for (const VersionPtr& each : *all) known.push_back(ShortName(each->name()));
  return absl::NotFoundError(absl::StrCat("there is no framework version ", ShortName(name), " in ",
                                          folder, "; there are ", absl::StrJoin(known, ", ")));
}

absl::StatusOr<VersionPtr> LoadVersionFile(const std::string& path, const std::string& name) {
  version::LoadOptions options;
  options.check_file_names = false;
  absl::StatusOr<std::vector<VersionPtr>> loaded =
      Load(catalogue::ReadCatalogueFile(path), options, path);
  if (!loaded.ok()) return loaded.status();
  if (loaded->size() != 1) {
    return errors::InvalidArgument("--framework-file", path, "a file with one framework version");
  }
  if (!name.empty() && loaded->front()->name() != name) {
    return errors::InvalidArgument(
        "--framework", ShortName(name),
        absl::StrCat("what ", path, " holds, ", ShortName(loaded->front()->name())));
  }
  return loaded->front();
}

}  // namespace assay::cli
