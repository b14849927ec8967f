#pragma once

// Writes batches inside a transaction that its user opens and ends: checks, counters, recorded
// times, rows. Knows nothing of threads.
//
// Thread safety: none; it belongs to the writer thread. Ownership: owns its statements, uses a
// connection that outlives it. Cost: per record one clustered row, one entry of the state index,
// and one small row for each of its id, request id and source reference.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/evidence/storage/record_store.h"
#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

// The newest counter and recorded time (microseconds since 1970) of a partition.
struct PartitionState {
  int64_t counter = 0;
  int64_t recorded_us = 0;
};
using PartitionStates = std::array<PartitionState, kPartitions>;

// Reads the states and compares them with the log itself. DATA_LOSS where they differ.
absl::StatusOr<PartitionStates> LoadPartitions(Database& database);

class LogWriter {
 public:
  // `epoch` makes etags.
  static absl::StatusOr<std::unique_ptr<LogWriter>> Make(Database& database, uint64_t epoch);

  // Before the first batch of a transaction. Records are stamped `now_us` or just after the
  // partition's newest, and after `floor_us`.
  void Begin(int64_t now_us, int64_t floor_us);

  // Writes a batch into the open transaction. A refused batch leaves nothing behind. An error is
  // the store's: the transaction must be rolled back.
  absl::StatusOr<BatchResult> Apply(Batch& batch);

  // Writes the counters; then the transaction may be committed.
  absl::Status Flush();
  // After the commit.
  void Committed();
  // After a rollback: forgets all since Begin.
  void RolledBack();

  const PartitionStates& partitions() const { return partitions_; }
  // The largest recorded time stamped so far.
  int64_t newest_us() const { return newest_us_; }

 private:
  // Every statement that writing needs.
  struct Statements {
    Statement find_request, find_current, find_same, find_origin, find_id, find_supersession,
        read_record;
    Statement add_record, add_id, add_request, add_source, add_supersession;
    Statement put_registry, drop_areas, add_area, put_partition;
    Statement savepoint, release, rollback_to;
  };
  struct Current {
    bool known = false;
    int64_t counter = 0;
  };

  LogWriter(Database& database, uint64_t epoch) : database_(database), epoch_(epoch) {}

  absl::Status PrepareAll();
  absl::StatusOr<WriteResult> ApplyWrite(Write& write);
  // OK and a result where the request id is known: the first answer, or the refusal.
  absl::StatusOr<absl::optional<WriteResult>> FirstAnswer(const Write& write);
  absl::StatusOr<absl::optional<WriteResult>> SameState(const Write& write);
  absl::StatusOr<absl::optional<WriteResult>> SameSource(const Write& write);
  // The refusals, OK where there is none. What is superseded is found by its name, or chosen.
  absl::StatusOr<absl::Status> CheckSuperseded(const Write& write, int64_t* superseded);
  absl::StatusOr<absl::Status> ChooseSuperseded(Write& write);
  absl::StatusOr<absl::Status> CheckSubject(const Write& write);
  absl::StatusOr<WriteResult> Unchanged(const Write& write, int64_t counter, bool note_request);
  absl::Status AddImpliedProvider(const RecordRow& provider, WriteResult* result);
  // Stamps and writes the log's row, and the record's id.
  absl::StatusOr<StoredRecord> AddRecord(const RecordRow& row);
  absl::Status AddReferences(const Write& write, int64_t counter, int64_t superseded);
  absl::Status AddRequest(const Write& write, int64_t counter);
  absl::Status PutRegistry(const RecordRow& row, const RegistryRow& registry, int64_t counter);
  absl::StatusOr<Current> FindCurrent(int32_t partition, absl::string_view name);
  absl::StatusOr<bool> IsSuperseded(int32_t partition, int64_t counter);
  absl::StatusOr<StoredRecord> ReadRecord(int32_t partition, int64_t counter);
  PartitionState& Touch(int32_t partition);

  Database& database_;
  const uint64_t epoch_;
  Statements sql_;
  PartitionStates partitions_{};
  // The states before this transaction, and before this batch, of what they touched.
  std::map<int32_t, PartitionState> before_;
  std::map<int32_t, PartitionState> before_batch_;
  // Subjects that the registry is known to hold; committed ones only. A subject never leaves it.
  absl::flat_hash_set<std::string> known_subjects_;
  int64_t now_us_ = 0;
  int64_t floor_us_ = 0;
  int64_t newest_us_ = 0;
  bool registry_touched_ = false;
};

}  // namespace assay::evidence::sqlite
