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
#include "services/evidence/core/row.h"

namespace assay::evidence::pg {

// What every reading statement selects, from `record` under the name r. A record's texts lie beside
// it, and are looked up only for those that have some. `partition` is the statement's parameter, so
// that the look-up goes to one piece, one shard; across partitions r.partition_id.
#define ASSAY_PG_RECORD_COLUMNS(partition)                                                      \
  "r.partition_id, r.revision, r.recorded_us, r.kind, r.subject, r.id, r.payload, "             \
  "r.leaf, r.superseded_by, CASE WHEN r.has_texts THEN (SELECT t.sealed FROM record_text AS t " \
  "WHERE "                                                                                      \
  "t.partition_id = " partition " AND t.revision = r.revision) END"

// A row of these columns, which begin at 0. DATA_LOSS where it is damaged.
absl::StatusOr<StoredRecord> RecordAt(const postgresql::Result& result, int row);
absl::StatusOr<std::vector<StoredRecord>> RecordsOf(const postgresql::Result& result);

// The texts of a record in one value, with when some of them were erased (microseconds since 1970;
// 0: none were).
struct Texts {
  std::vector<SealedText> texts;
  int64_t erased_us = 0;
};
std::string EncodeTexts(const Texts& texts);
// DATA_LOSS for what EncodeTexts did not make.
absl::StatusOr<Texts> DecodeTexts(absl::string_view bytes);
// The same with salts and bytes destroyed; the commitments stay.
Texts Erased(Texts texts, int64_t erased_us);

}  // namespace assay::evidence::pg
