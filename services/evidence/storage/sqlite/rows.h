#pragma once

// Rows of the table `record` made into stored records, with their texts.
//
// Thread safety: none; one connection, one thread. Cost: one more short read for each record that
// has texts.

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"

#include "services/evidence/core/row.h"
#include "services/evidence/storage/sqlite/database.h"

// What every reading statement selects, from the table `record` under the name r.
#define ASSAY_RECORD_COLUMNS                                                              \
  "r.partition_id, r.revision, r.recorded_us, r.kind, r.subject, r.id, r.texts, r.leaf, " \
  "r.superseded_by, r.payload"

namespace assay::evidence::sqlite {

// The record of the row that `statement` stands at, which selects ASSAY_RECORD_COLUMNS.
absl::StatusOr<StoredRecord> RecordOf(Database& database, const Statement& statement);

// Steps to the end.
absl::StatusOr<std::vector<StoredRecord>> AllRows(Database& database, Statement& statement);

// Steps once; absent where there is no row.
absl::StatusOr<absl::optional<StoredRecord>> FirstRow(Database& database, Statement& statement);

// DATA_LOSS for a blob that is no digest.
absl::StatusOr<digest::Digest> DigestOf(absl::string_view bytes);

}  // namespace assay::evidence::sqlite
