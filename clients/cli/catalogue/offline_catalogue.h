// Framework versions from files, for commands that work without a server.
//
// Thread safety: pure but for the disk. Cost: a few milliseconds a version.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "assay/framework/v1/framework.pb.h"

namespace assay::cli {

using VersionPtr = std::shared_ptr<const framework::v1::FrameworkVersion>;

// Every version of the catalogue in `directory` (empty: the one that is shipped with this program),
// by framework, then by first day. INVALID_ARGUMENT with every fault of every file, by line and
// column.
absl::StatusOr<std::vector<VersionPtr>> LoadCatalogue(const std::string& directory);

// One version by its full name. NOT_FOUND names the versions that there are; INVALID_ARGUMENT as
// above.
absl::StatusOr<VersionPtr> LoadVersion(const std::string& name, const std::string& directory);

// The version in a file of any name. INVALID_ARGUMENT as above, and where `name` is not empty and
// the file holds another version.
absl::StatusOr<VersionPtr> LoadVersionFile(const std::string& path, const std::string& name);

}  // namespace assay::cli
