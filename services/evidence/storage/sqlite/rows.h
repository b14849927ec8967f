#pragma once

// Rows of the table `record` made into stored records, with their texts.
//
// Thread safety: none; one connection, one thread. Cost: one more short read for each record that
// has texts.

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"

#include "services/evidence/core/kind_set.h"
#include "services/evidence/core/row.h"
#include "services/evidence/storage/sqlite/database.h"

// What every reading statement selects, from the table `record` under the name r.
#define ASSAY_RECORD_COLUMNS                                                              \
  "r.partition_id, r.revision, r.recorded_us, r.kind, r.subject, r.id, r.texts, r.leaf, " \
  "r.superseded_by, r.payload"
// The same, without payload and texts where a condition does not hold.
#define ASSAY_RECORD_COLUMNS_OF(wanted)                                  \
  "r.partition_id, r.revision, r.recorded_us, r.kind, r.subject, r.id, " \
  "CASE WHEN " wanted                                                    \
  " THEN r.texts ELSE 0 END, r.leaf, r.superseded_by, "                  \
  "CASE WHEN " wanted " THEN r.payload ELSE x'' END"

namespace assay::evidence::sqlite {

// How much of a record's texts is read.
enum class Texts {
  kWhole,
  kCommitments,  // fields and commitments, and when some were erased
};

// The record of the row that `statement` stands at, which selects ASSAY_RECORD_COLUMNS, in place of
// what `record` held: its strings keep their room.
absl::Status ReadRow(Database& database, const Statement& statement, Texts texts,
                     StoredRecord& record);
// The same as a new one.
absl::StatusOr<StoredRecord> RecordOf(Database& database, const Statement& statement,
                                      Texts texts = Texts::kWhole);

// Looks up the hash of the leaf before a record in its subject's chain; zero where it is the first.
absl::StatusOr<digest::Digest> LeafBefore(Database& database, const StoredRecord& stored);

// Whether the record is what its leaf says. DATA_LOSS names it.
absl::Status CheckStored(Database& database, const StoredRecord& stored);

// Steps to the end; the texts of these kinds whole, of others their commitments.
absl::StatusOr<std::vector<StoredRecord>> AllRows(Database& database, Statement& statement,
                                                  KindSet texts = KindSet::All());

// Steps once; absent where there is no row.
absl::StatusOr<absl::optional<StoredRecord>> FirstRow(Database& database, Statement& statement);

// DATA_LOSS for a blob that is no digest.
absl::StatusOr<digest::Digest> DigestOf(absl::string_view bytes);

}  // namespace assay::evidence::sqlite
