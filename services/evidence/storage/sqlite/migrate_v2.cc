#include "services/evidence/storage/sqlite/migrate_v2.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "services/common/digest/merkle.h"
#include "services/common/errors/errors.h"
#include "services/evidence/core/fingerprint.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/resource.h"
#include "services/evidence/core/seal.h"
#include "services/evidence/storage/sqlite/rows.h"

namespace assay::evidence::sqlite {
namespace {

constexpr char kBefore[] = R"sql(
ALTER TABLE partition_revision RENAME TO partition_revision_v1;
ALTER TABLE record RENAME TO record_v1;
ALTER TABLE source_reference RENAME TO source_reference_v1;

CREATE TABLE partition_revision(
  partition_id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  recorded_us INTEGER NOT NULL,
  log BLOB NOT NULL);

CREATE TABLE record(
  partition_id INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  recorded_us INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  id BLOB NOT NULL,
  place INTEGER NOT NULL,
  effective_day INTEGER NOT NULL,
  assessed INTEGER NOT NULL,
  texts INTEGER NOT NULL,
  leaf BLOB NOT NULL,
  superseded_by INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (partition_id, revision)) WITHOUT ROWID;

CREATE TABLE record_text(
  partition_id INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  field TEXT NOT NULL,
  commitment BLOB NOT NULL,
  salt BLOB NOT NULL,
  bytes BLOB NOT NULL,
  erased_us INTEGER NOT NULL,
  PRIMARY KEY (partition_id, revision, field)) WITHOUT ROWID;

CREATE TABLE subject(
  partition_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  state INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  leaf BLOB NOT NULL,
  PRIMARY KEY (partition_id, name)) WITHOUT ROWID;

CREATE TABLE log_tile(
  partition_id INTEGER NOT NULL,
  tile INTEGER NOT NULL,
  root BLOB NOT NULL,
  PRIMARY KEY (partition_id, tile)) WITHOUT ROWID;

CREATE TABLE source_reference(
  partition_id INTEGER NOT NULL,
  origin BLOB NOT NULL,
  body BLOB NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, origin, body, revision)) WITHOUT ROWID;

CREATE TABLE attachment(
  partition_id INTEGER NOT NULL,
  root TEXT NOT NULL,
  digest BLOB NOT NULL,
  upload BLOB NOT NULL,
  size INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  PRIMARY KEY (partition_id, root, digest)) WITHOUT ROWID;
CREATE UNIQUE INDEX attachment_by_upload ON attachment(partition_id, upload);

CREATE TABLE attachment_piece(
  partition_id INTEGER NOT NULL,
  upload BLOB NOT NULL,
  ending INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (partition_id, upload, ending)) WITHOUT ROWID;

CREATE TABLE attachment_use(
  partition_id INTEGER NOT NULL,
  root TEXT NOT NULL,
  digest BLOB NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, root, digest, revision)) WITHOUT ROWID;
)sql";

constexpr char kAfter[] = R"sql(
CREATE INDEX record_subject ON record(partition_id, subject, revision, id);
DROP TABLE partition_revision_v1;
DROP TABLE record_v1;
DROP TABLE record_id;
DROP TABLE source_reference_v1;
DROP TABLE supersession;
)sql";

// Takes the records of one partition over.
class Mover {
 public:
  Mover(Database& database, digest::RandomSource& random, int32_t partition)
      : database_(database), random_(random), partition_(partition) {}

  absl::Status Run() {
    absl::Status status = ReadIds();
    if (status.ok()) status = ReadSources();
    if (status.ok()) status = MoveRecords();
    if (status.ok()) status = WriteSupersessions();
    if (status.ok()) status = WriteHeads();
    return status;
  }

 private:
  absl::Status ReadIds() {
    const absl::StatusOr<Statement*> statement =
        database_.Cached("SELECT revision, id FROM record_id WHERE partition_id = ?1");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    absl::StatusOr<bool> row = use->Int(1, partition_).Step();
    for (; row.ok() && *row; row = use->Step()) {
      ids_.emplace(use->ColumnInt(0), use->ColumnBytes(1));
    }
    return row.status();
  }

  absl::Status ReadSources() {
    const absl::StatusOr<Statement*> statement =
        database_.Cached("SELECT revision, body FROM source_reference_v1 WHERE partition_id = ?1");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    absl::StatusOr<bool> row = use->Int(1, partition_).Step();
    for (; row.ok() && *row; row = use->Step()) {
      bodies_.emplace(use->ColumnInt(0), use->ColumnBytes(1));
    }
    return row.status();
  }

  absl::Status MoveRecords() {
    const absl::StatusOr<Statement*> statement = database_.Cached(
        "SELECT revision, recorded_us, kind, subject, place, effective_day, assessed, payload"
        " FROM record_v1 WHERE partition_id = ?1 ORDER BY revision");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    absl::StatusOr<bool> found = use->Int(1, partition_).Step();
    for (; found.ok() && *found; found = use->Step()) {
      if (use->ColumnInt(0) != log_.size() + 1) {
        return errors::Corrupt(
            kStoreWords, absl::StrCat("partition ", partition_, " lacks record ", log_.size() + 1));
      }
      recorded_us_ = use->ColumnInt(1);
      RecordRow row;
      row.partition = partition_;
      row.kind = static_cast<v1::RecordKind>(use->ColumnInt(2));
      row.subject = std::string(use->ColumnBytes(3));
      row.place = use->ColumnInt(4);
      row.effective = static_cast<int32_t>(use->ColumnInt(5));
      row.assessed = use->ColumnInt(6) != 0;
      row.payload = std::string(use->ColumnBytes(7));
      const absl::Status moved = Move(std::move(row));
      if (!moved.ok()) return moved;
    }
    return found.status();
  }

  absl::Status Move(RecordRow row) {
    const int64_t counter = log_.size() + 1;
    v1::Record record;
    if (!record.ParseFromString(row.payload)) {
      return errors::Corrupt(
          kStoreWords, absl::StrCat("payload of partition ", partition_, " counter ", counter));
    }
    absl::Status status = MoveSource(record, row.subject, counter);
    if (!status.ok()) return status;
    row.id = ids_[counter];
    Seal(record, random_, row);
    if (!row.texts.empty()) row.payload = StableBytes(record);
    Head& head = heads_[row.subject];
    LeafParts parts;
    parts.position = {partition_, counter};
    parts.recorded_us = recorded_us_;
    parts.previous = head.leaf;
    parts.kind = row.kind;
    parts.subject = row.subject;
    parts.id = row.id;
    parts.payload = row.payload;
    parts.texts = &row.texts;
    head.leaf = LeafHash(parts);
    head.newest = counter;
    if (IsState(row.kind)) {
      if (head.state > 0) replaced_.emplace_back(head.state, counter);
      head.state = counter;
    }
    const absl::optional<digest::Digest> tile = log_.Append(head.leaf);
    if (tile.has_value()) status = WriteTile(counter / digest::kTileLeaves - 1, *tile);
    if (status.ok()) status = WriteRecord(row, counter, head.leaf);
    if (status.ok()) status = WriteTexts(row, counter);
    return status;
  }

  // The origin of a source begins with its subject since version 2.
  absl::Status MoveSource(const v1::Record& record, const std::string& subject, int64_t counter) {
    const auto body = bodies_.find(counter);
    if (body == bodies_.end()) return absl::OkStatus();
    const std::string origin = OriginOf(
        subject, record.has_action() ? record.action().source() : record.judgement().source());
    const absl::StatusOr<Statement*> statement =
        database_.Cached("INSERT INTO source_reference VALUES (?1, ?2, ?3, ?4)");
    if (!statement.ok()) return statement.status();
    return (*statement)
        ->Int(1, partition_)
        .Blob(2, origin)
        .Blob(3, body->second)
        .Int(4, counter)
        .Run();
  }

  absl::Status WriteRecord(const RecordRow& row, int64_t counter, const digest::Digest& leaf) {
    const absl::StatusOr<Statement*> statement = database_.Cached(
        "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12)");
    if (!statement.ok()) return statement.status();
    return (*statement)
        ->Int(1, row.partition)
        .Int(2, counter)
        .Int(3, recorded_us_)
        .Int(4, row.kind)
        .Text(5, row.subject)
        .Blob(6, row.id)
        .Int(7, row.place)
        .Int(8, row.effective)
        .Int(9, row.assessed ? 1 : 0)
        .Int(10, static_cast<int64_t>(row.texts.size()))
        .Blob(11, leaf.bytes())
        .Blob(12, row.payload)
        .Run();
  }

  absl::Status WriteTexts(const RecordRow& row, int64_t counter) {
    const absl::StatusOr<Statement*> statement =
        database_.Cached("INSERT INTO record_text VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)");
    if (!statement.ok()) return statement.status();
    for (const SealedText& text : row.texts) {
      absl::Status status = (*statement)
                                ->Int(1, row.partition)
                                .Int(2, counter)
                                .Text(3, text.field)
                                .Blob(4, text.commitment.bytes())
                                .Blob(5, text.salt)
                                .Blob(6, text.bytes)
                                .Run();
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status WriteTile(int64_t index, const digest::Digest& root) {
    const absl::StatusOr<Statement*> statement =
        database_.Cached("INSERT INTO log_tile VALUES (?1, ?2, ?3)");
    if (!statement.ok()) return statement.status();
    return (*statement)->Int(1, partition_).Int(2, index).Blob(3, root.bytes()).Run();
  }

  absl::Status WriteSupersessions() {
    {
      const absl::StatusOr<Statement*> statement = database_.Cached(
          "SELECT revision, by_revision FROM supersession WHERE partition_id = ?1");
      if (!statement.ok()) return statement.status();
      const Use use(**statement);
      absl::StatusOr<bool> row = use->Int(1, partition_).Step();
      for (; row.ok() && *row; row = use->Step()) {
        replaced_.emplace_back(use->ColumnInt(0), use->ColumnInt(1));
      }
      if (!row.ok()) return row.status();
    }
    const absl::StatusOr<Statement*> statement = database_.Cached(
        "UPDATE record SET superseded_by = ?3 WHERE partition_id = ?1 AND revision = ?2");
    if (!statement.ok()) return statement.status();
    for (const auto& [counter, by] : replaced_) {
      absl::Status status = (*statement)->Int(1, partition_).Int(2, counter).Int(3, by).Run();
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status WriteHeads() {
    const absl::StatusOr<Statement*> subject =
        database_.Cached("INSERT INTO subject VALUES (?1, ?2, ?3, ?4, ?5)");
    if (!subject.ok()) return subject.status();
    for (const auto& [name, head] : heads_) {
      absl::Status status = (*subject)
                                ->Int(1, partition_)
                                .Text(2, name)
                                .Int(3, head.state)
                                .Int(4, head.newest)
                                .Blob(5, head.leaf.bytes())
                                .Run();
      if (!status.ok()) return status;
    }
    if (log_.size() == 0) return absl::OkStatus();
    const absl::StatusOr<Statement*> partition =
        database_.Cached("INSERT INTO partition_revision VALUES (?1, ?2, ?3, ?4)");
    if (!partition.ok()) return partition.status();
    const std::string log = log_.Bytes();
    return (*partition)
        ->Int(1, partition_)
        .Int(2, log_.size())
        .Int(3, recorded_us_)
        .Blob(4, log)
        .Run();
  }

  struct Head {
    int64_t state = 0;
    int64_t newest = 0;
    digest::Digest leaf;
  };

  Database& database_;
  digest::RandomSource& random_;
  const int32_t partition_;
  absl::flat_hash_map<int64_t, std::string> ids_;
  absl::flat_hash_map<int64_t, std::string> bodies_;
  // Registry states, each with the one that took its place.
  std::vector<std::pair<int64_t, int64_t>> replaced_;
  std::map<std::string, Head> heads_;
  digest::CompactRange log_;
  int64_t recorded_us_ = 0;
};

// What version 1 counted must be what was found.
absl::Status CompareCounts(Database& database) {
  const absl::StatusOr<int64_t> differing = database.Ask(
      "SELECT count(*) FROM partition_revision_v1 AS o LEFT JOIN partition_revision AS n"
      " ON n.partition_id = o.partition_id"
      " WHERE n.revision IS NOT o.revision OR n.recorded_us IS NOT o.recorded_us");
  if (!differing.ok()) return differing.status();
  if (*differing == 0) return absl::OkStatus();
  return errors::Corrupt(kStoreWords,
                         absl::StrCat(*differing, " partitions differ from their log"));
}

}  // namespace

absl::Status ToVersion2(Database& database, digest::RandomSource& random) {
  absl::Status status = database.Run(kBefore);
  for (int32_t partition = 0; status.ok() && partition < kPartitions; ++partition) {
    status = Mover(database, random, partition).Run();
  }
  if (status.ok()) status = CompareCounts(database);
  if (!status.ok()) return status;
  // A statement that is kept would hold a table that goes.
  database.ForgetStatements();
  return database.Run(kAfter);
}

}  // namespace assay::evidence::sqlite
