#pragma once

// Records between their rows and what the engine's interface gives.
//
// Thread safety: pure. Cost: one copy of each value.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/postgresql/values.h"
#include "services/evidence/core/kind_set.h"
#include "services/evidence/core/row.h"

namespace assay::evidence::pg {

// What every reading statement selects, from `record` under the name r. A record's texts lie beside
// it, and are looked up only for those that have some. `partition` is the statement's parameter, so
// that the look-up goes to one piece, one shard; across partitions r.partition_id. `sealed` is the
// value of the texts.
#define ASSAY_PG_COLUMNS(partition, sealed)                                         \
  "r.partition_id, r.revision, r.recorded_us, r.kind, r.subject, r.id, r.payload, " \
  "r.leaf, r.superseded_by, CASE WHEN r.has_texts THEN (SELECT " sealed             \
  " FROM record_text AS t WHERE t.partition_id = " partition " AND t.revision = r.revision) END"
// With whole texts.
#define ASSAY_PG_RECORD_COLUMNS(partition) ASSAY_PG_COLUMNS(partition, "t.sealed")

// The same for a reader of the log: payload and texts only where the condition `wanted` holds, the
// value of the texts as `sealed` gives it.
#define ASSAY_PG_LOG_COLUMNS(wanted, sealed)                             \
  "r.partition_id, r.revision, r.recorded_us, r.kind, r.subject, r.id, " \
  "CASE WHEN " wanted                                                    \
  " THEN r.payload END, r.leaf, r.superseded_by, CASE WHEN "             \
  "r.has_texts AND " wanted " THEN (SELECT " sealed                      \
  " FROM record_text AS t WHERE "                                        \
  "t.partition_id = $1 AND t.revision = r.revision) END"
// Texts for a reader who wants their commitments alone, of which the row has a short form beside
// the whole one; but for rows of the tables' version 1.
#define ASSAY_PG_COMMITMENTS "COALESCE(t.commitments, t.sealed)"

// How much of a record's texts is made of its row.
enum class TextsWanted {
  kWhole,
  kCommitments,  // fields and commitments, and when some were erased
};

// A row of these columns, which begin at 0, in place of what `record` held: its strings keep their
// room. DATA_LOSS where it is damaged.
absl::Status ReadRow(const postgresql::Result& result, int row, TextsWanted wanted,
                     StoredRecord& record);
// The same as a new one.
absl::StatusOr<StoredRecord> RecordAt(const postgresql::Result& result, int row,
                                      TextsWanted wanted = TextsWanted::kWhole);
// All rows; the texts of these kinds whole, of others their commitments.
absl::StatusOr<std::vector<StoredRecord>> RecordsOf(const postgresql::Result& result,
                                                    KindSet texts = KindSet::All());

// The texts of a record in one value, with when some of them were erased (microseconds since 1970;
// 0: none were).
struct Texts {
  std::vector<SealedText> texts;
  int64_t erased_us = 0;
};
std::string EncodeTexts(const Texts& texts);
// The short form: the same without salts and bytes, as if all were erased.
std::string EncodeCommitments(const Texts& texts);
// The same without salts and bytes where they are not wanted. DATA_LOSS for what EncodeTexts did
// not make.
absl::StatusOr<Texts> DecodeTexts(absl::string_view bytes,
                                  TextsWanted wanted = TextsWanted::kWhole);
// The same with salts and bytes destroyed; the commitments stay.
Texts Erased(Texts texts, int64_t erased_us);

}  // namespace assay::evidence::pg
