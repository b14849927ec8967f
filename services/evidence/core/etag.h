#pragma once

// Etags of registry states.
//
// Thread safety: pure. Cost: one SHA-256 of a short text.

#include <cstdint>
#include <string>

#include "services/evidence/core/row.h"

namespace assay::evidence {

// 16 lower-case hexadecimal digits that differ for every write of every epoch: a state that was
// read before a restore never passes for one written after it.
std::string EtagOf(uint64_t epoch, Position position);

}  // namespace assay::evidence
