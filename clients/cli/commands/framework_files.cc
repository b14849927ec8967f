#include "clients/cli/commands/framework_files.h"

#include <utility>
#include <vector>

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/types/optional.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/version/finding.h"
#include "services/common/version/version_text.h"

namespace assay::cli {

absl::StatusOr<std::string> ReadVersionFile(const std::string& path) {
  catalogue::CatalogueFiles files = catalogue::ReadCatalogueFile(path);
  if (!files.problems.empty()) {
    files.problems.front().file = path;
    return absl::InvalidArgumentError(version::JoinDiagnostics(files.problems));
  }
  return std::move(files.sources.front().text);
}

absl::StatusOr<framework::v1::FrameworkVersion> ParseVersion(const std::string& path,
                                                             const std::string& text) {
  std::vector<version::Diagnostic> faults;
  absl::optional<version::ParsedText> parsed =
      version::ParseVersionText(version::SourceText{path, text}, &faults);
  if (!parsed) return absl::InvalidArgumentError(version::JoinDiagnostics(faults));
  return std::move(parsed->version);
}

bool NamesAFile(const std::string& argument) {
  struct stat file = {};
  return absl::EndsWith(argument, version::kTextSuffix) ||
         (stat(argument.c_str(), &file) == 0 && S_ISREG(file.st_mode));
}

}  // namespace assay::cli
