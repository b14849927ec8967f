#pragma once

// What a rating may rest on (services/common/model/bearing.h), of records as they are stored.
//
// Thread safety: pure. Cost: a retraction is parsed.

#include <vector>

#include "absl/status/statusor.h"

#include "services/evidence/core/row.h"

namespace assay::evidence {

// The kinds that may bear, retractions among them.
std::vector<v1::RecordKind> BearingKinds();

// Whether a rating may rest on it. DATA_LOSS (DATA_CORRUPT) for a payload that is no record.
absl::StatusOr<bool> BearsOnRatings(const StoredRecord& stored);

}  // namespace assay::evidence
