#pragma once

// Etags of registry states and records.
//
// Thread safety: pure. Cost: one SHA-256 of a short text.

#include <cstdint>
#include <string>

#include "assay/evidence/v1/record.pb.h"
#include "services/evidence/core/row.h"

namespace assay::evidence {

// 16 lower-case hexadecimal digits that differ for every write of every epoch: a state that was
// read before a restore never passes for one written after it.
std::string EtagOf(uint64_t epoch, Position position);

// Sets the etag of a record that is no registry state; states have theirs always, these where one
// record is answered, since a feed or a whole history would pay a digest for each.
void StampEtag(uint64_t epoch, Position position, v1::Record& record);

}  // namespace assay::evidence
