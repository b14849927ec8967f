#pragma once

// A stored record made into the bytes of its message without parsing the payload: what the store
// knows is put in beside the payload's own fields. For readers of millions of records.
//
// Thread safety: pure. Cost: one copy of the payload and one SHA-256 for the revision's token, a
// quarter of what RecordOf and a serialization take.

#include <cstdint>
#include <string>

#include "services/evidence/core/row.h"

namespace assay::evidence {

// Appends the bytes of the record that RecordOf(stored, epoch) gives (stored.h), its fields in an
// order of their own; `without_texts`: as StripTexts leaves it (strip.h). False, and nothing
// appended, for records that want parsing: those that have texts or lost some, evidence,
// retractions and erasures, and a payload that is no record.
bool AppendStampedBytes(const StoredRecord& stored, uint64_t epoch, bool without_texts,
                        std::string& out);

}  // namespace assay::evidence
