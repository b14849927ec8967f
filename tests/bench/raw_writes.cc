#include "tests/bench/raw_writes.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>

#include <sys/resource.h>

#include "services/common/postgresql/connection.h"
#include "services/evidence/storage/postgresql/plan_rows.h"
#include "services/evidence/storage/sqlite/bulk_insert.h"
#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence {
namespace {

using sqlite::BulkInsert;
using sqlite::Database;
using sqlite::Statement;

void Must(const absl::Status& status) {
  if (!status.ok()) std::abort();
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// A store that holds what the groups before have planned, of which nothing is written twice.
class FreshFacts final : public FactSource {
 public:
  void Committed(const Plan& plan) {
    for (const auto& [partition, state] : plan.partitions) partitions_[partition] = state;
    for (const Plan::Subject& subject : plan.subjects) {
      subjects_[std::string(subject.name)] = subject.state;
    }
  }

  absl::StatusOr<PartitionState> FindPartition(int32_t partition) override {
    return partitions_[partition];
  }
  absl::StatusOr<absl::optional<Request>> FindRequest(int32_t, absl::string_view) override {
    return absl::optional<Request>();
  }
  absl::StatusOr<std::vector<Source>> FindSource(int32_t, absl::string_view) override {
    return std::vector<Source>();
  }
  absl::StatusOr<SubjectState> FindSubject(int32_t, absl::string_view subject) override {
    return subjects_[std::string(subject)];
  }
  absl::StatusOr<int64_t> FindRecord(int32_t, absl::string_view, absl::string_view) override {
    return 0;
  }
  absl::StatusOr<int64_t> CountServices(int32_t, absl::string_view, int64_t) override { return 0; }
  absl::StatusOr<bool> HasAttachment(int32_t, absl::string_view, const digest::Digest&) override {
    return false;
  }
  absl::StatusOr<StoredRecord> ReadRecord(int32_t, int64_t) override {
    return absl::DataLossError("nothing is read");
  }

 private:
  std::map<int32_t, PartitionState> partitions_;
  std::map<std::string, SubjectState> subjects_;
};

// The large tables by multi-row inserts, the others row by row: there are few.
class RawInserts {
 public:
  explicit RawInserts(Database& database)
      : records_(Bulk(database, "record", 13)),
        requests_(Bulk(database, "request", 4)),
        sources_(Bulk(database, "source_reference", 4)),
        subject_(database.Prepare("INSERT OR REPLACE INTO subject VALUES (?,?,?,?,?)").value()),
        partition_(
            database.Prepare("INSERT OR REPLACE INTO partition_revision VALUES (?,?,?,?)").value()),
        registry_(database.Prepare("INSERT INTO registry VALUES (?,?,?,?,?,?,?,?,?)").value()),
        tile_(database.Prepare("INSERT INTO log_tile VALUES (?,?,?)").value()) {}

  // `order`: the plan's records in the order of their keys.
  void Insert(const Plan& plan, const std::vector<const Plan::Record*>& order) {
    Must(records_.Run(order.size(), [&](Statement& statement, int first, size_t at) {
      const Plan::Record& record = *order[at];
      const RecordRow& row = *record.row;
      statement.Int(first, row.partition)
          .Int(first + 1, record.counter)
          .Int(first + 2, record.recorded_us)
          .Int(first + 3, row.kind)
          .Text(first + 4, row.subject)
          .Blob(first + 5, row.id)
          .Int(first + 6, row.place)
          .Int(first + 7, row.effective)
          .Int(first + 8, row.assessed ? 1 : 0)
          .Int(first + 9, 0)
          .Blob(first + 10, record.leaf.bytes())
          .Int(first + 11, 0)
          .Blob(first + 12, row.payload);
    }));
    Must(requests_.Run(plan.requests.size(), [&](Statement& statement, int first, size_t at) {
      const Plan::Request& request = plan.requests[at];
      statement.Int(first, request.partition)
          .Blob(first + 1, request.request_id)
          .Blob(first + 2, request.fingerprint.bytes())
          .Int(first + 3, request.counter);
    }));
    Must(sources_.Run(plan.sources.size(), [&](Statement& statement, int first, size_t at) {
      const Plan::Source& source = plan.sources[at];
      statement.Int(first, source.partition)
          .Blob(first + 1, source.origin)
          .Blob(first + 2, source.body)
          .Int(first + 3, source.counter);
    }));
    InsertHeads(plan);
  }

 private:
  static BulkInsert Bulk(Database& database, const char* table, size_t columns) {
    return BulkInsert::Make(database, table, columns).value();
  }

  void InsertHeads(const Plan& plan) {
    for (const Plan::Subject& subject : plan.subjects) {
      Must(subject_.Int(1, subject.partition)
               .Text(2, subject.name)
               .Int(3, subject.state.state)
               .Int(4, subject.state.newest)
               .Blob(5, subject.state.head.bytes())
               .Run());
    }
    for (const auto& [partition, state] : plan.partitions) {
      const std::string log = state.log.Bytes();
      Must(partition_.Int(1, partition)
               .Int(2, state.counter)
               .Int(3, state.recorded_us)
               .Blob(4, log)
               .Run());
    }
    for (const Plan::Tile& tile : plan.tiles) {
      Must(tile_.Int(1, tile.partition).Int(2, tile.index).Blob(3, tile.root.bytes()).Run());
    }
    for (const Plan::State& state : plan.states) {
      Must(registry_.Int(1, state.row->partition)
               .Text(2, state.row->subject)
               .Int(3, state.row->kind)
               .Int(4, state.counter)
               .Text(5, state.registry->provider)
               .Text(6, state.registry->sector)
               .Int(7, state.registry->from)
               .Int(8, state.registry->before)
               .Int(9, state.registry->area_kind)
               .Run());
    }
  }

  BulkInsert records_, requests_, sources_;
  Statement subject_, partition_, registry_, tile_;
};

// The subjects that are met for the first time, for COPY knows no update.
postgresql::Rows NewSubjects(const Plan& plan, std::map<std::string, bool>& met) {
  using postgresql::Type;
  postgresql::Rows rows("subject", {{"partition_id", Type::kInt4},
                                    {"name", Type::kText},
                                    {"state_revision", Type::kInt8},
                                    {"newest_revision", Type::kInt8},
                                    {"head", Type::kBytea}});
  for (const Plan::Subject& subject : plan.subjects) {
    if (!met.emplace(std::string(subject.name), true).second) continue;
    rows.Int4(subject.partition)
        .Text(subject.name)
        .Int8(subject.state.state)
        .Int8(subject.state.newest)
        .Bytes(subject.state.head.bytes());
  }
  return rows;
}

// The counters, the one thing that is written over again and again.
std::vector<postgresql::Statement> Counters(const Plan& plan) {
  using postgresql::Type;
  postgresql::Rows rows("partition_revision", {{"partition_id", Type::kInt4},
                                               {"revision", Type::kInt8},
                                               {"recorded_us", Type::kInt8},
                                               {"log", Type::kBytea}});
  for (const auto& [partition, state] : plan.partitions) {
    rows.Int4(partition).Int8(state.counter).Int8(state.recorded_us).Bytes(state.log.Bytes());
  }
  return rows.Inserts(kPartitions,
                      "ON CONFLICT (partition_id) DO UPDATE SET revision = EXCLUDED.revision, "
                      "recorded_us = EXCLUDED.recorded_us, log = EXCLUDED.log");
}

postgresql::Rows States(const Plan& plan) {
  using postgresql::Type;
  postgresql::Rows rows("registry", {{"partition_id", Type::kInt4},
                                     {"kind", Type::kInt4},
                                     {"revision", Type::kInt8},
                                     {"from_day", Type::kInt4},
                                     {"before_day", Type::kInt4},
                                     {"area_kind", Type::kInt4},
                                     {"name", Type::kText},
                                     {"provider", Type::kText},
                                     {"sector", Type::kText}});
  for (const Plan::State& state : plan.states) {
    rows.Int4(state.row->partition)
        .Int4(state.row->kind)
        .Int8(state.counter)
        .Int4(state.registry->from)
        .Int4(state.registry->before)
        .Int4(state.registry->area_kind)
        .Text(state.row->subject)
        .Text(state.registry->provider)
        .Text(state.registry->sector);
  }
  return rows;
}

}  // namespace

struct DecidedRows::Group {
  Batch batch;
  std::unique_ptr<Decider> decider;
};

DecidedRows::DecidedRows(const std::vector<Write>& writes, size_t batch_size) {
  FreshFacts facts;
  const int64_t now_us = absl::ToUnixMicros(absl::Now());
  for (size_t at = 0; at < writes.size(); at += batch_size) {
    auto group = std::make_unique<Group>();
    const size_t end = std::min(writes.size(), at + batch_size);
    group->batch.writes.assign(writes.begin() + static_cast<ptrdiff_t>(at),
                               writes.begin() + static_cast<ptrdiff_t>(end));
    group->decider = std::make_unique<Decider>(facts, 1, now_us, 0);
    Must(group->decider->Decide(group->batch).status());
    plans_.push_back(&group->decider->Finish());
    facts.Committed(*plans_.back());
    groups_.push_back(std::move(group));
  }
}

DecidedRows::~DecidedRows() = default;

Spent SpentOn(const std::function<void()>& work) {
  const double before = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  work();
  const auto end = std::chrono::steady_clock::now();
  return {std::chrono::duration<double>(end - start).count(), CpuSeconds() - before};
}

Spent InsertRaw(const std::string& path, const DecidedRows& rows) {
  const auto database = Database::Open(path, Database::Mode::kCreate, "raw").value();
  Must(
      database->Run("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                    "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4096;"
                    "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY"));
  std::vector<std::vector<const Plan::Record*>> orders;
  for (const Plan* plan : rows.plans()) {
    std::vector<const Plan::Record*>& order = orders.emplace_back();
    for (const Plan::Record& record : plan->records) order.push_back(&record);
    std::stable_sort(order.begin(), order.end(), [](const Plan::Record* a, const Plan::Record* b) {
      return a->row->partition < b->row->partition;
    });
  }
  RawInserts inserts(*database);
  return SpentOn([&] {
    for (size_t at = 0; at < rows.plans().size(); ++at) {
      Must(database->Run("BEGIN IMMEDIATE"));
      inserts.Insert(*rows.plans()[at], orders[at]);
      Must(database->Run("COMMIT"));
    }
  });
}

Spent CopyRaw(const std::string& url, const DecidedRows& rows) {
  postgresql::ConnectOptions options;
  options.target = url;
  const auto connection = postgresql::Connection::Open(options).value();
  struct Group {
    pg::PlanRows added;
    postgresql::Rows subjects;
    postgresql::Rows states;
    // With the COMMIT, as one round trip.
    std::vector<postgresql::Statement> last;
  };
  std::vector<std::unique_ptr<Group>> groups;
  std::map<std::string, bool> met;
  for (const Plan* plan : rows.plans()) {
    groups.push_back(std::make_unique<Group>(
        Group{pg::RowsOf(*plan), NewSubjects(*plan, met), States(*plan), Counters(*plan)}));
    groups.back()->last.push_back({"COMMIT", {}});
  }
  return SpentOn([&] {
    for (const auto& group : groups) {
      Must(connection->Run("BEGIN"));
      for (const postgresql::Rows* one : group->added.all()) Must(connection->CopyIn(*one));
      Must(connection->CopyIn(group->subjects));
      Must(connection->CopyIn(group->states));
      Must(connection->Pipeline(group->last).status());
    }
  });
}

}  // namespace assay::evidence
