#include "services/evidence/storage/postgresql/postgresql_record_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/names/partition.h"
#include "services/common/postgresql/pool.h"
#include "services/evidence/storage/postgresql/attachments.h"
#include "services/evidence/storage/postgresql/lanes.h"
#include "services/evidence/storage/postgresql/reads.h"
#include "services/evidence/storage/postgresql/rows.h"
#include "services/evidence/storage/postgresql/schema.h"
#include "services/evidence/storage/postgresql/watcher.h"

namespace assay::evidence {
namespace {

using pg::RecordsOf;
using postgresql::Connection;
using postgresql::Params;
using postgresql::Pool;
using postgresql::Result;
using postgresql::Statement;

// What no record names goes after this time.
constexpr absl::Duration kUnnamed = absl::Hours(24);
// Counters that one statement of a search by time asks for.
constexpr int64_t kProbes = 64;

// Which places of the log a query of the registry finds, in order. Parameters that a query does not
// need are given all the same: they have types.
Statement ListStatement(const RegistryQuery& query) {
  const bool by_area = !query.area.empty();
  Statement list{"SELECT g.partition_id, g.revision FROM ", {}};
  // Of one kind of area one membership holds on a day, so no location comes twice.
  absl::StrAppend(&list.sql, by_area ? "location_area AS a JOIN registry AS g"
                                       " ON g.partition_id = a.partition_id AND g.name = a.location"
                                     : "registry AS g");
  absl::StrAppend(&list.sql, " WHERE g.kind = $1 AND ",
                  by_area ? "a.location > $2 AND a.area = $5 AND a.from_day <= $7 AND"
                            " a.before_day > $7"
                          : "g.name > $2");
  if (!query.provider.empty()) absl::StrAppend(&list.sql, " AND g.provider = $3");
  if (!query.sector.empty()) absl::StrAppend(&list.sql, " AND g.sector = $4");
  if (query.area_kind != 0) absl::StrAppend(&list.sql, " AND g.area_kind = $6");
  if (query.in_force) absl::StrAppend(&list.sql, " AND g.from_day <= $7 AND g.before_day > $7");
  absl::StrAppend(&list.sql, " ORDER BY ", by_area ? "a.location" : "g.name", " LIMIT $8");
  list.params.Int4(query.kind)
      .Text(query.after)
      .Text(query.provider)
      .Text(query.sector)
      .Text(query.area)
      .Int4(query.area_kind)
      .Int4(query.on)
      .Int8(static_cast<int64_t>(std::max<size_t>(query.limit, 1)));
  return list;
}

postgresql::ConnectOptions ConnectTo(const PostgresqlOptions& options) {
  postgresql::ConnectOptions connect;
  connect.target = options.target;
  connect.dependency = "evidence store";
  connect.statement_timeout = options.statement_timeout;
  return connect;
}

// For what only hints, nobody waits long.
postgresql::ConnectOptions NotifiedBy(const PostgresqlOptions& options) {
  postgresql::ConnectOptions connect = ConnectTo(options);
  connect.connect_timeout = absl::Seconds(2);
  connect.statement_timeout = absl::Seconds(2);
  return connect;
}

class PostgresqlRecordStore final : public RecordStore {
 public:
  PostgresqlRecordStore(uint64_t epoch, std::vector<int64_t> counters,
                        const PostgresqlOptions& options, std::unique_ptr<Pool> readers,
                        std::unique_ptr<Pool> writers, const clock::Clock& clock)
      : epoch_(epoch),
        clock_(clock),
        readers_(std::move(readers)),
        writers_(std::move(writers)),
        watcher_(epoch, std::move(counters), std::max(options.poll, absl::Milliseconds(1)),
                 *readers_, NotifiedBy(options), clock),
        lanes_({std::max<size_t>(options.writers, 1), std::max<size_t>(options.group_writes, 1),
                options.patience},
               epoch, *writers_, clock,
               {[this] { return watcher_.Counters(); },
                [this](const auto& known, const auto& found) {
                  return watcher_.CheckKept(known, found);
                },
                [this](const auto& raised) { watcher_.Raise(raised); },
                [this] { watcher_.Announce(); }}) {}

  uint64_t epoch() const override { return epoch_; }
  void Append(Batch batch, Done done) override { lanes_.Append(std::move(batch), std::move(done)); }
  std::vector<int64_t> Counters() const override { return watcher_.Counters(); }
  absl::Status Check() const override { return watcher_.Check(); }
  absl::Status Refresh() override { return watcher_.Refresh(); }
  uint64_t AddListener(std::function<void()> wake) override {
    return watcher_.AddListener(std::move(wake));
  }
  void RemoveListener(uint64_t key) override { watcher_.RemoveListener(key); }

  absl::StatusOr<absl::optional<StoredRecord>> Read(const names::Subject& subject,
                                                    v1::RecordKind kind,
                                                    absl::string_view id) override {
    Statement statement{"SELECT " ASSAY_PG_RECORD_COLUMNS("$1")
                        " FROM record AS r"
                        " WHERE r.partition_id = $1 AND r.id = $2 AND r.subject = $3 AND r.kind = $4",
                        {}};
    statement.params.Int4(names::PartitionOf(subject)).Bytes(id).Text(subject.name()).Int4(kind);
    return First(statement);
  }

  absl::StatusOr<bool> Holds(const names::Subject& subject, v1::RecordKind kind,
                             absl::string_view id) override {
    Statement statement{
        "SELECT 1 FROM record"
        " WHERE partition_id = $1 AND id = $2 AND subject = $3 AND kind = $4",
        {}};
    statement.params.Int4(names::PartitionOf(subject)).Bytes(id).Text(subject.name()).Int4(kind);
    const absl::StatusOr<Result> found = Query(statement);
    if (!found.ok()) return found.status();
    return found->rows() > 0;
  }

  absl::StatusOr<SubjectRecords> ReadSubject(const names::Subject& subject,
                                             const SubjectQuery& query) override {
    const int32_t partition = names::PartitionOf(subject);
    std::vector<Statement> statements = {
        {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}},
        {"SELECT revision FROM partition_revision WHERE partition_id = $1", {}},
        {"SELECT newest_revision, head FROM subject WHERE partition_id = $1 AND name = $2", {}},
        pg::InOrderStatement(),
        pg::ReadSubjectStatement(partition, subject.name(), query),
        {"COMMIT", {}}};
    statements[1].params.Int4(partition);
    statements[2].params.Int4(partition).Text(subject.name());
    const absl::StatusOr<std::vector<Result>> results = Pipeline(statements);
    if (!results.ok()) return results.status();
    SubjectRecords read;
    const Result& counter = (*results)[1];
    if (counter.rows() > 0) read.partition_counter = counter.Int(0, 0);
    const Result& head = (*results)[2];
    if (head.rows() > 0) {
      read.subject_counter = head.Int(0, 0);
      const absl::StatusOr<digest::Digest> leaf = digest::Digest::FromBytes(head.Bytes(0, 1));
      if (!leaf.ok()) return errors::Corrupt("evidence store", "the head of a subject");
      read.head = *leaf;
    }
    absl::StatusOr<std::vector<StoredRecord>> records = RecordsOf((*results)[4], query.texts);
    if (!records.ok()) return records.status();
    const absl::Status good = query.as_stored ? absl::OkStatus() : CheckAll(*records);
    if (!good.ok()) return good;
    read.records = *std::move(records);
    return read;
  }

  absl::StatusOr<absl::optional<StoredRecord>> ReadCurrent(const names::Subject& subject) override {
    Statement statement{"SELECT " ASSAY_PG_RECORD_COLUMNS("$1")
                        " FROM registry AS g JOIN record AS r"
                        " ON r.partition_id = $1 AND r.revision = g.revision"
                        " WHERE g.partition_id = $1 AND g.name = $2",
                        {}};
    statement.params.Int4(names::PartitionOf(subject)).Text(subject.name());
    return First(statement);
  }

  absl::StatusOr<std::vector<StoredRecord>> ListCurrent(const RegistryQuery& query) override {
    const absl::StatusOr<Result> places = Query(ListStatement(query));
    if (!places.ok()) return places.status();
    std::map<int32_t, std::vector<int64_t>> wanted;
    for (int row = 0; row < places->rows(); ++row) {
      wanted[static_cast<int32_t>(places->Int(row, 0))].push_back(places->Int(row, 1));
    }
    // The records are read partition by partition, so that each statement goes to one shard.
    std::vector<Statement> statements;
    for (const auto& [partition, counters] : wanted) {
      statements.push_back(
          {"SELECT " ASSAY_PG_RECORD_COLUMNS(
               "$1") " FROM record AS r WHERE r.partition_id = $1 AND r.revision = ANY($2)",
           {}});
      statements.back().params.Int4(partition).Int8Array(counters);
    }
    const absl::StatusOr<std::vector<Result>> results = Pipeline(statements);
    if (!results.ok()) return results.status();
    std::vector<StoredRecord> records;
    for (const Result& result : *results) {
      absl::StatusOr<std::vector<StoredRecord>> some = RecordsOf(result);
      if (!some.ok()) return some.status();
      std::move(some->begin(), some->end(), std::back_inserter(records));
    }
    std::sort(records.begin(), records.end(),
              [](const StoredRecord& a, const StoredRecord& b) { return a.subject < b.subject; });
    const absl::Status good = CheckAll(records);
    if (!good.ok()) return good;
    return records;
  }

  absl::Status ReadLog(int32_t partition, const LogQuery& query, TakeRecord take) override {
    const absl::StatusOr<std::vector<Result>> results =
        Pipeline({{"BEGIN READ ONLY", {}},
                  pg::InOrderStatement(),
                  pg::ReadLogStatement(partition, query),
                  {"COMMIT", {}}});
    if (!results.ok()) return results.status();
    const Result& piece = (*results)[2];
    LeafTrail own;
    LeafTrail& trail = query.trail == nullptr ? own : *query.trail;
    trail.Enter(partition, query.after);
    absl::Status good = LearnSubjects(piece, partition, trail);
    const pg::TextsWanted texts =
        query.without_texts ? pg::TextsWanted::kCommitments : pg::TextsWanted::kWhole;
    StoredRecord record;
    size_t bytes = 0;
    for (int row = 0; good.ok() && row < piece.rows() && bytes < query.max_bytes; ++row) {
      good = pg::ReadRow(piece, row, texts, record);
      if (good.ok()) good = trail.Add(record, query.kinds.Has(record.kind));
      if (!good.ok()) return good;
      if (query.without_texts) record.texts.clear();
      bytes += BytesOf(record);
      good = take(record);
    }
    return good;
  }

  absl::StatusOr<int64_t> CounterAt(int32_t partition, absl::Time known_at) override {
    if (known_at > clock_.Now()) {
      return errors::InvalidArgument("known_at", absl::FormatTime(known_at), "a moment not ahead");
    }
    const int64_t known_us = absl::ToUnixMicros(known_at);
    // Raised in the database, under the lock under which records are stamped: no replica stamps an
    // earlier time afterwards.
    Statement raise{
        "INSERT INTO partition_revision (partition_id, revision, recorded_us, log)"
        " VALUES ($1, 0, $2, '') ON CONFLICT (partition_id) DO UPDATE SET recorded_us = $2"
        " WHERE partition_revision.recorded_us < $2",
        {}};
    raise.params.Int4(partition).Int8(known_us);
    Statement newest{"SELECT revision FROM partition_revision WHERE partition_id = $1", {}};
    newest.params.Int4(partition);
    const absl::StatusOr<std::vector<Result>> results =
        Pipeline({std::move(raise), std::move(newest)});
    if (!results.ok()) return results.status();
    return Search(partition, known_us, results->back().Int(0, 0));
  }

  absl::StatusOr<std::unique_ptr<AttachmentWriter>> WriteAttachment(const names::Subject& root,
                                                                    const digest::Digest& digest,
                                                                    int64_t size) override {
    return pg::StartUpload(*readers_, root, digest, size, clock_.Now());
  }

  absl::StatusOr<std::unique_ptr<AttachmentReader>> ReadAttachment(
      const names::Subject& root, const digest::Digest& digest) override {
    return pg::StartDownload(*readers_, root, digest);
  }

  absl::StatusOr<std::vector<digest::CompactRange>> Logs() override {
    const absl::StatusOr<Result> result =
        Query({"SELECT partition_id, revision, log FROM partition_revision", {}});
    if (!result.ok()) return result.status();
    std::vector<digest::CompactRange> logs(kPartitions);
    for (int row = 0; row < result->rows(); ++row) {
      absl::StatusOr<digest::CompactRange> log =
          digest::CompactRange::FromBytes(result->Int(row, 1), result->Bytes(row, 2));
      if (!log.ok()) return errors::Corrupt("evidence store", log.status().message());
      logs.at(static_cast<size_t>(result->Int(row, 0))) = *std::move(log);
    }
    return logs;
  }

  absl::StatusOr<std::vector<digest::Digest>> LogHashes(int32_t partition, int level, int64_t first,
                                                        int64_t count) override {
    Statement statement{level == 0 ? "SELECT leaf FROM record WHERE partition_id = $1"
                                     " AND revision > $2 AND revision <= $3 ORDER BY revision"
                                   : "SELECT root FROM log_tile WHERE partition_id = $1"
                                     " AND tile >= $2 AND tile < $3 ORDER BY tile",
                        {}};
    statement.params.Int4(partition).Int8(first).Int8(first + count);
    const absl::StatusOr<Result> result = Query(statement);
    if (!result.ok()) return result.status();
    std::vector<digest::Digest> hashes;
    for (int row = 0; row < result->rows(); ++row) {
      const absl::StatusOr<digest::Digest> hash = digest::Digest::FromBytes(result->Bytes(row, 0));
      if (!hash.ok()) return errors::Corrupt("evidence store", "a hash of the log");
      hashes.push_back(*hash);
    }
    if (static_cast<int64_t>(hashes.size()) != count) {
      return errors::Corrupt("evidence store",
                             absl::StrCat("partition ", partition, " lacks hashes"));
    }
    return hashes;
  }

 private:
  absl::StatusOr<Result> Query(const Statement& statement) {
    return readers_->Read([&](Connection& connection) { return connection.Query(statement); });
  }

  absl::StatusOr<std::vector<Result>> Pipeline(const std::vector<Statement>& statements) {
    return readers_->Read([&](Connection& connection) { return connection.Pipeline(statements); });
  }

  // The hashes of the leaves before records in their subjects' chains, zero before the first.
  absl::StatusOr<std::vector<digest::Digest>> LeavesBefore(
      const std::vector<const StoredRecord*>& records) {
    std::map<int32_t, std::vector<size_t>> partitions;
    for (size_t at = 0; at < records.size(); ++at) {
      partitions[records[at]->position.partition].push_back(at);
    }
    std::vector<Statement> statements;
    for (const auto& [partition, places] : partitions) {
      std::vector<const StoredRecord*> some;
      for (const size_t at : places) some.push_back(records[at]);
      statements.push_back(pg::LeavesBeforeStatement(partition, some));
    }
    std::vector<digest::Digest> leaves(records.size());
    if (statements.empty()) return leaves;
    const absl::StatusOr<std::vector<Result>> results = Pipeline(statements);
    if (!results.ok()) return results.status();
    size_t next = 0;
    for (const auto& [partition, places] : partitions) {
      const Result& result = (*results)[next++];
      for (int row = 0; row < result.rows(); ++row) {
        if (result.null(row, 1)) continue;
        const absl::StatusOr<digest::Digest> leaf = digest::Digest::FromBytes(result.Bytes(row, 1));
        if (!leaf.ok()) return errors::Corrupt("evidence store", "a leaf of another length");
        leaves[places.at(static_cast<size_t>(result.Int(row, 0) - 1))] = *leaf;
      }
    }
    return leaves;
  }

  // Whether records, in any order, are what their leaves say.
  absl::Status CheckAll(const std::vector<StoredRecord>& records) {
    std::vector<const StoredRecord*> all;
    for (const StoredRecord& record : records) all.push_back(&record);
    const absl::StatusOr<std::vector<digest::Digest>> before = LeavesBefore(all);
    if (!before.ok()) return before.status();
    for (size_t at = 0; at < records.size(); ++at) {
      const absl::Status good = CheckLeaf(records[at], (*before)[at]);
      if (!good.ok()) return good;
    }
    return absl::OkStatus();
  }

  // Tells the trail the leaves before a piece of the log, of the subjects that it does not know.
  absl::Status LearnSubjects(const Result& piece, int32_t partition, LeafTrail& trail) {
    std::set<absl::string_view> seen;
    std::vector<StoredRecord> unknown;
    for (int row = 0; row < piece.rows(); ++row) {
      const absl::string_view subject = piece.Bytes(row, 4);
      if (trail.Knows(subject) || !seen.insert(subject).second) continue;
      StoredRecord& first = unknown.emplace_back();
      first.position = {partition, piece.Int(row, 1)};
      first.subject = std::string(subject);
    }
    std::vector<const StoredRecord*> firsts;
    for (const StoredRecord& first : unknown) firsts.push_back(&first);
    const absl::StatusOr<std::vector<digest::Digest>> before = LeavesBefore(firsts);
    if (!before.ok()) return before.status();
    for (size_t at = 0; at < unknown.size(); ++at) {
      trail.Learn(unknown[at].subject, (*before)[at]);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<absl::optional<StoredRecord>> First(const Statement& statement) {
    const absl::StatusOr<Result> result = Query(statement);
    if (!result.ok()) return result.status();
    absl::optional<StoredRecord> record;
    if (result->rows() > 0) {
      absl::StatusOr<StoredRecord> first = pg::RecordAt(*result, 0);
      if (!first.ok()) return first.status();
      const absl::StatusOr<std::vector<digest::Digest>> before = LeavesBefore({&*first});
      if (!before.ok()) return before.status();
      const absl::Status good = CheckLeaf(*first, before->front());
      if (!good.ok()) return good;
      record = *std::move(first);
    }
    return record;
  }

  // The newest counter up to `newest` that was recorded by then: recorded times rise with the
  // counters. Each step asks for counters spread over what is left.
  absl::StatusOr<int64_t> Search(int32_t partition, int64_t known_us, int64_t newest) {
    int64_t low = 0;
    int64_t high = newest;
    while (low < high) {
      const int64_t stride = std::max<int64_t>(1, (high - low) / kProbes);
      std::vector<int64_t> probes;
      for (int64_t probe = high; probe > low; probe -= stride) probes.push_back(probe);
      Statement statement{
          "SELECT revision FROM record WHERE partition_id = $1"
          " AND revision = ANY($2) AND recorded_us <= $3"
          " ORDER BY revision DESC LIMIT 1",
          {}};
      statement.params.Int4(partition).Int8Array(probes).Int8(known_us);
      const absl::StatusOr<Result> found = Query(statement);
      if (!found.ok()) return found.status();
      const int64_t reached = found->rows() == 0 ? 0 : found->Int(0, 0);
      if (reached == high) return high;
      // What lies between the last probe that was recorded by then and the next one is open.
      const int64_t next = reached == 0 ? probes.back() : reached + stride;
      low = std::max(low, reached);
      high = std::min(high, next) - 1;
    }
    return low;
  }

  const uint64_t epoch_;
  const clock::Clock& clock_;
  const std::unique_ptr<Pool> readers_;
  const std::unique_ptr<Pool> writers_;
  pg::Watcher watcher_;
  // Last, so that it stops first.
  pg::Lanes lanes_;
};

std::unique_ptr<Pool> MakePool(const PostgresqlOptions& options, size_t size,
                               const clock::Clock& clock) {
  postgresql::PoolOptions pool;
  pool.connect = ConnectTo(options);
  // A promotion takes seconds, and who waits for it shall not wait much longer.
  pool.backoff.longest = absl::Seconds(1);
  pool.size = std::max<size_t>(size, 1);
  pool.wait = absl::Seconds(30);
  return std::make_unique<Pool>(pool, clock);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordStore>> OpenPostgresqlRecordStore(
    const PostgresqlOptions& options, const clock::Clock& clock, digest::RandomSource& random) {
  std::unique_ptr<Pool> writers = MakePool(options, options.writers, clock);
  std::vector<int64_t> counters(kPartitions, 0);
  uint64_t epoch = 0;
  {
    absl::StatusOr<Pool::Loan> loan = writers->Borrow();
    if (!loan.ok()) return loan.status();
    Connection& connection = **loan;
    absl::Status status = pg::CheckSettings(connection);
    if (status.ok()) status = pg::Migrate(connection);
    if (!status.ok()) return status;
    const absl::StatusOr<uint64_t> read = pg::ReadEpoch(connection, random);
    if (!read.ok()) return read.status();
    epoch = *read;
    if (options.check_at_start) {
      absl::StatusOr<std::vector<int64_t>> checked = pg::CheckCounters(connection);
      if (!checked.ok()) return checked.status();
      counters = *std::move(checked);
    }
    status = pg::DropStrays(connection, clock.Now() - kUnnamed);
    if (!status.ok()) return status;
  }
  auto store = std::make_unique<PostgresqlRecordStore>(epoch, std::move(counters), options,
                                                       MakePool(options, options.readers, clock),
                                                       std::move(writers), clock);
  const absl::Status status = store->Refresh();
  if (!status.ok()) return status;
  return store;
}

}  // namespace assay::evidence
