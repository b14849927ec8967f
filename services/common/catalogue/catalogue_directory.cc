#include "services/common/catalogue/catalogue_directory.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace assay::catalogue {
namespace {

namespace fs = std::filesystem;

void Refuse(const std::string& file, const std::string& why, CatalogueFiles* files,
            const char* check = model::check::kFileUnreadable) {
  files->problems.push_back(version::Diagnostic{file, 0, 0, "", why, check});
}

// Reads at most one byte over the limit, so that a file that grows meanwhile is still bounded.
void ReadOne(const fs::path& path, CatalogueFiles* files) {
  const std::string file = path.filename().string();
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::is_regular_file(status)) {
    return Refuse(
        file, error ? absl::StrCat("cannot be read: ", error.message()) : "is not a regular file",
        files);
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (!error && size > version::kMaxTextBytes) {
    return Refuse(file, absl::StrCat("got ", size, " bytes, want at most ", version::kMaxTextBytes),
                  files, model::check::kFileTooLarge);
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text(version::kMaxTextBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.gcount() == 0 && errno != 0)) {
    return Refuse(file, absl::StrCat("cannot be read: ", std::strerror(errno)), files);
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  files->sources.push_back(version::SourceText{file, std::move(text)});
}

// The files of a folder that end in version::kTextSuffix, in the order of their names.
CatalogueFiles ReadFolder(const std::string& directory, std::size_t least) {
  CatalogueFiles files;
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (absl::EndsWith(name, std::string(version::kTextSuffix)) && name.front() != '.') {
      paths.push_back(it->path());
    }
  }
  if (error) {
    Refuse(directory, absl::StrCat("the catalogue cannot be read: ", error.message()), &files);
    return files;
  }
  if (paths.size() < least || paths.size() > kMaxCatalogueFiles) {
    Refuse(directory,
           absl::StrCat("got ", paths.size(), " files *", version::kTextSuffix, ", want ", least,
                        " to ", kMaxCatalogueFiles),
           &files);
    return files;
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) ReadOne(path, &files);
  return files;
}

}  // namespace

CatalogueFiles ReadCatalogueDirectory(const std::string& directory) {
  return ReadFolder(directory, /*least=*/1);
}

CatalogueFiles ReadCrosswalkFiles(const std::string& directory) {
  const fs::path folder = fs::path(directory) / "crosswalks";
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return {};
  return ReadFolder(folder.string(), /*least=*/0);
}

CatalogueFiles ReadCatalogueFile(const std::string& path) {
  CatalogueFiles files;
  ReadOne(path, &files);
  return files;
}

std::string CatalogueDirectory(const std::string& asked) {
  if (!asked.empty()) return asked;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path installed =
        program.parent_path().parent_path() / "share" / "assay" / "catalogue";
    if (fs::is_directory(installed, error)) return installed.string();
  }
  return ASSAY_SOURCE_CATALOGUE;
}

}  // namespace assay::catalogue
