#pragma once

// Where framework versions are kept, in domain words. Engines: a directory of text files.
//
// Thread safety: all methods from any thread.

#include <vector>

#include "services/common/version/finding.h"
#include "services/common/version/version_text.h"

namespace assay::framework {

struct StoredVersions {
  std::vector<version::SourceText> sources;
  // What could not be read; then the sources are not all there is.
  std::vector<version::Diagnostic> problems;
};

class VersionStore {
 public:
  virtual ~VersionStore() = default;

  // Everything the store holds. Blocks.
  virtual StoredVersions ReadAll() const = 0;
};

}  // namespace assay::framework
