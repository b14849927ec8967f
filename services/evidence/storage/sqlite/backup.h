#pragma once

// A copy of a store in one file, and a store made from such a copy.
//
// Thread safety: functions of their own connections. Cost: one pass over the file for the copy,
// during which a service that uses the store goes on, while its log of writes grows; and a check of
// every record of the copy (log_check.h).

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/common/digest/random.h"
#include "services/evidence/storage/sqlite/log_check.h"

namespace assay::evidence {

// What a backup holds.
struct BackupReport {
  int64_t records = 0;
  // Size of the file.
  int64_t bytes = 0;
};

// Copies the store at `from`, which a service may have open, as it stands at one moment, to `to`,
// checks the copy (pages, records, logs) and makes it durable. Nothing is at `to` before it is
// whole. `progress` hears of the check. Errors:
//   FAILED_PRECONDITION  `from` is no evidence store of a known version, or something is at `to`
//   NOT_FOUND            nothing is at `from`
//   DATA_LOSS            the store is damaged; the first damaged records are named
//   RESOURCE_EXHAUSTED   no room for the copy
//   UNAVAILABLE          a path cannot be read or written
absl::StatusOr<BackupReport> BackUpStore(const std::string& from, const std::string& to,
                                         const CheckProgress& progress = {});

// Makes the store `to` from the backup `from`, under a new epoch: counters may be used again, and
// with other content, after the moment of the backup, so that every token from before is refused.
// Errors as BackUpStore.
absl::StatusOr<BackupReport> RestoreStore(const std::string& from, const std::string& to,
                                          digest::RandomSource& random,
                                          const CheckProgress& progress = {});

}  // namespace assay::evidence
