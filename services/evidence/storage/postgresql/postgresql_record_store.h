#pragma once

// The record in PostgreSQL 15 or later: on one machine, behind a pooler in transaction mode, or on
// Citus (docs/adr/0006-postgresql.md, deploy/postgresql/README.md). Several replicas of the service
// may serve one database: counters are locked in it, and each replica finds what others wrote by
// reading them.
//
// Thread safety: as RecordStore. Ownership: owns its connections and threads. Cost: a single write
// is two round trips and one commit; many at once share both.
//
// Less than SQLite: batches of one thread are written in their order within a partition; across
// partitions only those of one stream are (Batch::stream).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/common/clock/clock.h"
#include "services/common/digest/random.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

struct PostgresqlOptions {
  // `postgresql://...` or libpq's keywords and values. Required.
  std::string target;
  // Threads that write, each with a connection of its own; default 4; 0 is taken as 1.
  size_t writers = 4;
  // Connections for reading; default 4; 0 is taken as 1.
  size_t readers = 4;
  // Writes that one transaction takes at the most, of whole batches; default 5000; 0 is taken as 1.
  size_t group_writes = 5000;
  // How often to look for what other replicas wrote, who also say so by NOTIFY where nothing stands
  // between; default 20 ms; at least 1 ms.
  absl::Duration poll = absl::Milliseconds(20);
  // How long a write is tried again while the database cannot be reached, as during a promotion;
  // default 15 s; 0: it is tried once.
  absl::Duration patience = absl::Seconds(15);
  // Longest wait for an answer of the database; default 60 s; 0: no limit.
  absl::Duration statement_timeout = absl::Seconds(60);
  // Compares every partition's counter with its log when it is opened (some milliseconds); default
  // true.
  bool check_at_start = true;
};

// Opens the store, making its tables where there are none. Both references must outlive it. Errors:
//   FAILED_PRECONDITION  no such database or role, tables of a newer version, a server older than
//                        15, or one whose commits are not durable when they are acknowledged
//   INVALID_ARGUMENT     a target that libpq cannot read
//   DATA_LOSS            (DATA_CORRUPT) a counter differs from its log
//   UNAVAILABLE          it cannot be reached
absl::StatusOr<std::unique_ptr<RecordStore>> OpenPostgresqlRecordStore(
    const PostgresqlOptions& options, const clock::Clock& clock, digest::RandomSource& random);

}  // namespace assay::evidence
