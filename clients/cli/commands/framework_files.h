#pragma once

// Framework versions in files, for commands that send or compare them.
//
// Thread safety: pure but for the disk. Cost: one read of at most version::kMaxTextBytes.

#include <string>

#include "absl/status/statusor.h"

#include "assay/framework/v1/framework.pb.h"

namespace assay::cli {

// A file's bytes, as they are. INVALID_ARGUMENT: it cannot be read, or is too large.
absl::StatusOr<std::string> ReadVersionFile(const std::string& path);

// The version in a text: well formed, not checked. INVALID_ARGUMENT with every fault by line and
// column; `path` is what they call the file.
absl::StatusOr<framework::v1::FrameworkVersion> ParseVersion(const std::string& path,
                                                             const std::string& text);

// Whether an argument is a file's path rather than a version's name: there is such a file, or it
// ends as files of versions do.
bool NamesAFile(const std::string& argument);

}  // namespace assay::cli
