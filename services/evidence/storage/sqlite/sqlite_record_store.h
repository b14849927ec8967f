#pragma once

// The record in one SQLite file (WAL, synchronous=FULL): one writer thread that commits what many
// callers brought in one transaction, and a pool of readers beside it.
//
// Thread safety: as RecordStore. Ownership: owns its file; a lock beside it (PATH.lock) keeps every
// other process out. Cost: a commit is one fsync, shared by all that wait for it; a reader costs a
// connection and its page cache.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "services/common/clock/clock.h"
#include "services/common/digest/random.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

struct SqliteOptions {
  // The file; made where it is not there. Required.
  std::string path;
  // Reading connections; default 4; 0 is taken as 1.
  size_t readers = 4;
  // Page cache of the writer, in MiB; default 64; 0 leaves SQLite's own default (about 2).
  size_t writer_cache_mib = 64;
  // Writes that one transaction takes at the most, of whole batches; default 20000; 0 is taken
  // as 1.
  size_t group_writes = 20000;
  // Largest size of the file, in pages of 8 KiB; default 0: no limit but the disk's.
  int64_t max_pages = 0;
  // Checks the whole file when it is opened (about a second for each GiB); default true.
  bool check_at_start = true;
  // Told true when a reader at an older moment holds up that an erasure's remains leave the log of
  // writes (wal_wiper.h), false once they are gone. Called by the writing thread, and while the
  // store is opened; it must not block or call the store. Default: nobody is told.
  std::function<void(bool pending)> on_wipe;
};

// Opens or makes the store. Both references must outlive it. Errors:
//   FAILED_PRECONDITION  a file that is no evidence store, one of a newer version of this software,
//                        one that another process has open, or one with a second name (a hard
//                        link); the message says which and what to do
//   DATA_LOSS            (DATA_CORRUPT) the file is damaged, or was emptied (PATH.lock tells that
//                        there was a store)
//   RESOURCE_EXHAUSTED   (DISK_FULL) no room to make it
//   UNAVAILABLE          the path cannot be read or written
absl::StatusOr<std::unique_ptr<RecordStore>> OpenSqliteRecordStore(const SqliteOptions& options,
                                                                   const clock::Clock& clock,
                                                                   digest::RandomSource& random);

}  // namespace assay::evidence
