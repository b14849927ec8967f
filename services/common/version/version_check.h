#pragma once

// Checks of a framework version beside its scoring model: names, limits, references, duplicates.
// The model itself is checked where it is compiled (services/common/model).
//
// Thread safety: pure. Cost: linear in the version, under a millisecond.

#include <cstddef>
#include <vector>

#include "assay/framework/v1/framework.pb.h"
#include "services/common/version/finding.h"

namespace assay::version {

// Limits of lists, as the contract states them, and of texts, in bytes.
inline constexpr int kMaxGroups = 64;
inline constexpr int kMaxItems = 512;
inline constexpr int kMaxCategories = 16;
inline constexpr int kMaxSectors = 64;
inline constexpr int kMaxLinks = 4096;
inline constexpr int kMaxAliases = 16;
inline constexpr int kMaxNotes = 64;
inline constexpr std::size_t kMaxIdBytes = 64;
inline constexpr std::size_t kMaxCodeBytes = 16;
inline constexpr std::size_t kMaxNameBytes = 200;
inline constexpr std::size_t kMaxNoteBytes = 1000;

// Everything that is wrong, in the order of the fields; empty where nothing is. Output-only fields
// must not be set.
std::vector<Finding> CheckVersion(const framework::v1::FrameworkVersion& version);

}  // namespace assay::version
