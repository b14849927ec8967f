#include "services/evidence/storage/postgresql/reads.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "services/evidence/storage/postgresql/rows.h"

namespace assay::evidence::pg {
namespace {

using postgresql::Params;
using postgresql::Statement;

int64_t MaskOf(const std::vector<v1::RecordKind>& kinds) {
  int64_t mask = kinds.empty() ? -1 : 0;
  for (const v1::RecordKind kind : kinds) mask |= int64_t{1} << kind;
  return mask;
}

}  // namespace

Statement InOrderStatement() {
  return {
      "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)",
      {}};
}

Statement ReadLogStatement(int32_t partition, const LogQuery& query) {
  const bool every_kind = query.kinds.bits() == KindSet::All().bits();
  const char* const sealed = query.without_texts ? ASSAY_PG_COMMITMENTS : "t.sealed";
  const std::string size = absl::StrCat("octet_length(", sealed, ")");
  Statement statement{
      absl::StrCat(
          query.without_texts
              ? "SELECT " ASSAY_PG_LOG_COLUMNS("(($4 >> r.kind) & 1) = 1", ASSAY_PG_COMMITMENTS)
              : "SELECT " ASSAY_PG_LOG_COLUMNS("(($4 >> r.kind) & 1) = 1", "t.sealed"),
          " FROM record AS r WHERE r.partition_id = $1 AND r.revision > $2"
          " AND r.revision <= $3 AND r.revision <= COALESCE((SELECT s.revision FROM"
          " (SELECT t.revision, sum(",
          every_kind ? size
                     : absl::StrCat("CASE WHEN (SELECT (($4 >> k.kind) & 1) = 1"
                                    " FROM record AS k WHERE k.partition_id = $1"
                                    " AND k.revision = t.revision) THEN ",
                                    size, " ELSE 0 END"),
          ") OVER (ORDER BY t.revision) AS bytes FROM record_text AS t"
          " WHERE t.partition_id = $1 AND t.revision > $2 AND t.revision <= $3) AS s"
          " WHERE s.bytes >= $5 ORDER BY s.revision LIMIT 1), $3) ORDER BY r.revision"),
      {}};
  statement.params.Int4(partition)
      .Int8(query.after)
      .Int8(query.after + static_cast<int64_t>(query.limit))
      .Int8(query.kinds.bits())
      .Int8(static_cast<int64_t>(query.max_bytes));
  return statement;
}

Statement ReadSubjectStatement(int32_t partition, absl::string_view subject,
                               const SubjectQuery& query) {
  const char* const order = query.newest_first ? "DESC" : "ASC";
  Statement statement{
      absl::StrCat(
          "SELECT " ASSAY_PG_COLUMNS(
              "$1", "CASE WHEN (($7 >> r.kind) & 1) = 1 THEN t.sealed ELSE " ASSAY_PG_COMMITMENTS
                    " END") " FROM record AS r WHERE r.partition_id = $1"
                            " AND (r.subject, r.revision) > ($2, $3)"
                            " AND (r.subject, r.revision) < ($2, $4)"
                            " AND (($5 >> r.kind) & 1) = 1 ORDER BY r.subject ",
          order, ", r.revision ", order, " LIMIT $6"),
      {}};
  Params& params = statement.params.Int4(partition).Text(subject);
  params.Int8(query.after).Int8(query.before).Int8(MaskOf(query.kinds));
  if (query.limit == 0) {
    params.Null(postgresql::Type::kInt8);
  } else {
    params.Int8(static_cast<int64_t>(query.limit));
  }
  params.Int8(query.texts.bits());
  return statement;
}

Statement LeavesBeforeStatement(int32_t partition,
                                const std::vector<const StoredRecord*>& records) {
  Statement statement{
      "SELECT u.place, (SELECT p.leaf FROM record AS p WHERE p.partition_id = $1"
      " AND (p.subject, p.revision) > (u.subject, 0)"
      " AND (p.subject, p.revision) < (u.subject, u.revision)"
      " ORDER BY p.subject DESC, p.revision DESC LIMIT 1)"
      " FROM unnest($2, $3) WITH ORDINALITY AS u (subject, revision, place)",
      {}};
  std::vector<absl::string_view> subjects;
  std::vector<int64_t> counters;
  for (const StoredRecord* record : records) {
    subjects.push_back(record->subject);
    counters.push_back(record->position.counter);
  }
  statement.params.Int4(partition).TextArray(subjects).Int8Array(counters);
  return statement;
}

}  // namespace assay::evidence::pg
