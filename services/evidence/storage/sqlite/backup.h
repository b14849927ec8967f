#pragma once

// A copy of a store in one file, and a store made from such a copy.
//
// Thread safety: functions of their own connections. Cost: one pass over the file; a service that
// uses the store goes on beside a backup, and its log of writes grows meanwhile.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/common/digest/random.h"

namespace assay::evidence {

// What a backup holds.
struct BackupReport {
  int64_t records = 0;
  // Size of the file.
  int64_t bytes = 0;
};

// Copies the store at `from`, which a service may have open, as it stands at one moment, to `to`,
// checks the copy and makes it durable. Nothing is at `to` before it is whole. Errors:
//   FAILED_PRECONDITION  `from` is no evidence store of a known version, or something is at `to`
//   NOT_FOUND            nothing is at `from`
//   DATA_LOSS            the store is damaged
//   RESOURCE_EXHAUSTED   no room for the copy
//   UNAVAILABLE          a path cannot be read or written
absl::StatusOr<BackupReport> BackUpStore(const std::string& from, const std::string& to);

// Makes the store `to` from the backup `from`, under a new epoch: counters may be used again, and
// with other content, after the moment of the backup, so that every token from before is refused.
// Errors as BackUpStore.
absl::StatusOr<BackupReport> RestoreStore(const std::string& from, const std::string& to,
                                          digest::RandomSource& random);

}  // namespace assay::evidence
