#include "services/evidence/storage/sqlite/log_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/digest/merkle.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/row.h"
#include "services/evidence/storage/sqlite/rows.h"

namespace assay::evidence::sqlite {
namespace {

// Of many faults the first tell where to look.
constexpr size_t kMaxNamed = 10;
constexpr int64_t kRecordsBetweenReports = 2048;
// The first version of the tables that keeps a log.
constexpr int64_t kFirstWithLog = 2;

class LogWalk {
 public:
  explicit LogWalk(Database& database) : database_(database) {}

  absl::Status Run(const CheckProgress& progress) {
    const absl::StatusOr<int64_t> total = database_.Ask("SELECT count(*) FROM record");
    if (!total.ok()) return total.status();
    absl::StatusOr<Statement> records = database_.Prepare(
        "SELECT " ASSAY_RECORD_COLUMNS " FROM record AS r ORDER BY r.partition_id, r.revision");
    if (!records.ok()) return records.status();
    int64_t done = 0;
    absl::StatusOr<bool> row = records->Step();
    for (; row.ok() && *row; row = records->Step()) {
      const auto partition = static_cast<int32_t>(records->ColumnInt(0));
      absl::Status status = partition == partition_ ? absl::OkStatus() : Leave();
      if (!status.ok()) return status;
      partition_ = partition;
      status = Take(*records);
      if (!status.ok()) return status;
      if (++done % kRecordsBetweenReports == 0 && progress) progress(done, *total);
    }
    if (!row.ok()) return row.status();
    absl::Status status = Leave();
    if (status.ok()) status = CheckEmpty();
    return status.ok() ? Told() : status;
  }

 private:
  void Note(int64_t counter, absl::string_view what) {
    ++faults_;
    if (named_.size() == kMaxNamed) return;
    named_.push_back(absl::StrCat("partition ", partition_, " counter ", counter, ": ", what));
  }

  absl::Status Told() const {
    if (faults_ == 0) return absl::OkStatus();
    std::string more;
    if (faults_ > named_.size()) more = absl::StrCat("; and ", faults_ - named_.size(), " more");
    return absl::DataLossError(
        absl::StrCat("the evidence store is damaged: ", absl::StrJoin(named_, "; "), more));
  }

  absl::Status Take(const Statement& row) {
    const int64_t counter = row.ColumnInt(1);
    if (counter != reached_ + 1) {
      Note(reached_ + 1, counter == reached_ + 2
                             ? std::string("is missing")
                             : absl::StrCat("is missing, with all up to ", counter - 1));
      complete_ = false;
    }
    reached_ = counter;
    const absl::StatusOr<digest::Digest> leaf = DigestOf(row.ColumnBytes(7));
    if (!leaf.ok()) {
      Note(counter, "its leaf is no digest");
      complete_ = false;
      return absl::OkStatus();
    }
    digest::Digest& head = heads_[std::string(row.ColumnBytes(4))];
    const absl::StatusOr<StoredRecord> record = RecordOf(database_, row);
    if (absl::IsDataLoss(record.status())) {
      Note(counter, absl::StrCat("lacks a text of ", row.ColumnBytes(4)));
    } else if (!record.ok()) {
      return record.status();
    } else if (!CheckLeaf(*record, head).ok()) {
      Note(counter, absl::StrCat("a record of ", record->subject,
                                 " is not what its leaf says, or one is ", "missing before it"));
    } else if (!CheckTexts(*record).ok()) {
      Note(counter, absl::StrCat("a text of ", record->subject, " was changed"));
    }
    head = *leaf;
    return Append(*leaf);
  }

  // The leaf joins the log, whose tiles are kept beside it.
  absl::Status Append(const digest::Digest& leaf) {
    const absl::optional<digest::Digest> tile = log_.Append(leaf);
    if (!tile.has_value() || !complete_) return absl::OkStatus();
    const absl::StatusOr<Statement*> statement =
        database_.Cached("SELECT root FROM log_tile WHERE partition_id = ?1 AND tile = ?2");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Int(1, partition_).Int(2, log_.size() / digest::kTileLeaves - 1);
    const absl::StatusOr<bool> row = use->Step();
    if (!row.ok()) return row.status();
    if (!*row || use->ColumnBytes(0) != tile->bytes()) {
      Note(reached_, "its tile of the log is not what its leaves add up to");
    }
    return absl::OkStatus();
  }

  // The end of a partition: what is kept of its log and of its subjects must be what came by.
  absl::Status Leave() {
    if (partition_ < 0) return absl::OkStatus();
    absl::Status status = CheckRoot();
    if (status.ok()) status = CheckHeads();
    reached_ = 0;
    complete_ = true;
    log_ = digest::CompactRange();
    heads_.clear();
    return status;
  }

  absl::Status CheckRoot() {
    const absl::StatusOr<Statement*> statement =
        database_.Cached("SELECT revision, log FROM partition_revision WHERE partition_id = ?1");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    const absl::StatusOr<bool> row = use->Int(1, partition_).Step();
    if (!row.ok()) return row.status();
    const int64_t newest = *row ? use->ColumnInt(0) : 0;
    if (newest != reached_) {
      Note(newest, absl::StrCat("is its newest by its count, and ", reached_, " by its records"));
    } else if (complete_ && log_.Bytes() != use->ColumnBytes(1)) {
      Note(newest, "the root of the log is not what its leaves add up to");
    }
    return absl::OkStatus();
  }

  absl::Status CheckHeads() {
    const absl::StatusOr<Statement*> statement =
        database_.Cached("SELECT name, newest, leaf FROM subject WHERE partition_id = ?1");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Int(1, partition_);
    absl::StatusOr<bool> row = use->Step();
    for (; row.ok() && *row; row = use->Step()) {
      const std::string name(use->ColumnBytes(0));
      const auto found = heads_.find(name);
      if (found == heads_.end() || found->second.bytes() != use->ColumnBytes(2)) {
        Note(use->ColumnInt(1), absl::StrCat("is not the newest record of ", name));
      }
      if (found != heads_.end()) heads_.erase(found);
    }
    for (const auto& [name, leaf] : heads_) Note(0, absl::StrCat("the head of ", name, " is lost"));
    return row.status();
  }

  // Partitions that have lost all of their records.
  absl::Status CheckEmpty() {
    absl::StatusOr<Statement> rows = database_.Prepare(
        "SELECT partition_id, revision FROM partition_revision AS p WHERE revision > 0"
        " AND NOT EXISTS (SELECT 1 FROM record AS r WHERE r.partition_id = p.partition_id)");
    if (!rows.ok()) return rows.status();
    absl::StatusOr<bool> row = rows->Step();
    for (; row.ok() && *row; row = rows->Step()) {
      partition_ = static_cast<int32_t>(rows->ColumnInt(0));
      Note(1, absl::StrCat("is missing, with all up to ", rows->ColumnInt(1)));
    }
    return row.status();
  }

  Database& database_;
  int32_t partition_ = -1;
  int64_t reached_ = 0;
  // No leaf of the partition is missing so far.
  bool complete_ = true;
  digest::CompactRange log_;
  // Of the partition, by name.
  absl::flat_hash_map<std::string, digest::Digest> heads_;
  std::vector<std::string> named_;
  size_t faults_ = 0;
};

}  // namespace

absl::Status CheckLogs(Database& database, const CheckProgress& progress) {
  const absl::StatusOr<int64_t> version = database.Ask("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version < kFirstWithLog) return absl::OkStatus();
  return LogWalk(database).Run(progress);
}

}  // namespace assay::evidence::sqlite
