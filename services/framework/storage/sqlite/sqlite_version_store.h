#pragma once

// Framework versions in one SQLite file (WAL, synchronous=FULL). Contents are kept by digest, so
// that an answer that was given once can be given again at the cost of a row.
//
// Thread safety: as VersionStore; one connection behind a lock. Ownership: owns its file; a lock
// beside it (PATH.lock) keeps every other process out. Cost: a write is one fsync.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "services/framework/storage/version_store.h"

namespace assay::framework {

struct SqliteVersionOptions {
  // The file; made where it is not there. Required.
  std::string path;
  // Largest size of the file, in pages of 4 KiB; default 0: no limit but the disk's.
  std::int64_t max_pages = 0;
};

// Opens or makes the store, and checks the whole file before it writes to it. A file that can be
// read and not written opens too; Check() says so. That rows were taken out of a sound file cannot
// be noticed. Errors:
//   FAILED_PRECONDITION  another application's database, one of a newer version of this software,
//                        one that another process has open, or one with a second name (a hard
//                        link); the message says which and what to do
//   DATA_LOSS            (DATA_CORRUPT) the file is damaged, is no database, or was emptied; it
//                        stays as it is
//   RESOURCE_EXHAUSTED   (DISK_FULL) no room to make it
//   UNAVAILABLE          the path cannot be read or written
absl::StatusOr<std::unique_ptr<VersionStore>> OpenSqliteVersionStore(
    const SqliteVersionOptions& options);

}  // namespace assay::framework
