#pragma once

// Reads the text files of a catalogue from disk, never more of them than the limits allow.
//
// Thread safety: pure but for the disk. Cost: blocks on the disk; at most kMaxCatalogueFiles files
// of version::kMaxTextBytes.

#include <cstddef>
#include <string>
#include <vector>

#include "services/common/version/finding.h"
#include "services/common/version/version_text.h"

namespace assay::catalogue {

// A catalogue has at most this many files.
inline constexpr std::size_t kMaxCatalogueFiles = 256;

struct CatalogueFiles {
  // In the order of their names.
  std::vector<version::SourceText> sources;
  // Every file that could not be taken, and why. Then the catalogue is not whole.
  std::vector<version::Diagnostic> problems;
};

// All files of `directory` that end in version::kTextSuffix; others, and names that begin with a
// dot, are left alone. A folder that cannot be read, holds none, or too many, is a problem.
CatalogueFiles ReadCatalogueDirectory(const std::string& directory);

// Crosswalks between the versions of the catalogue in `directory`: the files of its subfolder
// `crosswalks` that end in version::kTextSuffix. No such folder, or an empty one, means none.
CatalogueFiles ReadCrosswalkFiles(const std::string& directory);

// One file, wherever it lies; its name in diagnostics is the last part of `path`.
CatalogueFiles ReadCatalogueFile(const std::string& path);

// The directory that holds the shipped catalogue: `asked` where it is not empty, else
// `../share/assay/catalogue` beside the program's own folder where that exists, else the one of the
// source tree that the program was built from.
std::string CatalogueDirectory(const std::string& asked);

}  // namespace assay::catalogue
