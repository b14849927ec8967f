#pragma once

// Schema version 2: personal texts sealed beside the record, leaves of a Merkle log, attachments,
// one index by subject in place of an index by state and a table of ids.
//
// Thread safety: none; called while a store is opened. Cost: rewrites the log, some 100,000 records
// a second.

#include "absl/status/status.h"

#include "services/common/digest/random.h"
#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

// Inside a transaction, of a store of version 1. DATA_LOSS where a payload is no record.
absl::Status ToVersion2(Database& database, digest::RandomSource& random);

}  // namespace assay::evidence::sqlite
