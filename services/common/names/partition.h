#pragma once

// Which partition a subject's records are counted in.
//
// The rule is part of stored data and of every replica, so it never changes: the first byte of
// SHA-256 of the root subject's resource name. Areas and reference data share one more partition.
// Thread safety: pure. Cost: one SHA-256 of a short text, about half a microsecond.

#include <cstdint>

#include "services/common/names/names.h"

namespace assay::names {

// 0 to 255 by digest, 256 for areas and reference data.
using Partition = std::uint16_t;

inline constexpr Partition kReferencePartition = 256;
inline constexpr Partition kPartitionCount = 257;

// The partition of a subject, by its root.
Partition PartitionOf(const Subject& subject);

}  // namespace assay::names
