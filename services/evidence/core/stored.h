#pragma once

// Stored records made into messages again, with what only the store knows: counter, recorded time,
// revision, etag.
//
// Thread safety: pure. Cost: one parse, one short token, and one SHA-256 of each text.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/type/v1/revision.pb.h"
#include "services/evidence/core/row.h"

namespace assay::evidence {

// The revision of one write, and its token alone, appended.
void AppendToken(uint64_t epoch, Position position, std::string& token);
type::v1::Revision RevisionOf(uint64_t epoch, Position position);

// The payload alone: without texts, and without what only the store knows. DATA_LOSS where it is no
// record.
absl::Status ParsePayload(const StoredRecord& stored, v1::Record& record);

// The whole message, with its texts but for erased ones. DATA_LOSS where the payload is no record
// or a text is not what its commitment says.
absl::StatusOr<v1::Record> RecordOf(const StoredRecord& stored, uint64_t epoch);

}  // namespace assay::evidence
