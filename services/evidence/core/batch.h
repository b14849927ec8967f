#pragma once

// Writes that belong together, and what became of them.
//
// Thread safety: plain values.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"

#include "services/evidence/core/row.h"

namespace assay::evidence {

// Writes that belong together.
struct Batch {
  // In order; a later one may build on an earlier one. Any number that fits in memory.
  std::vector<Write> writes;
  // Write the good ones and refuse the others. False: one refusal refuses all.
  bool allow_partial = false;
  // Write nothing, and say all that would be refused. Not with `allow_partial`.
  bool check_only = false;
  // Batches under the same number are written in the order in which they were appended, whatever
  // partitions they are of; 0: in that order within a partition only.
  uint64_t stream = 0;
};

// One reason why a write was refused.
struct Refusal {
  // The field of its request that it is about: `parent`, `judgement.node.service`.
  std::string field;
  absl::Status status;
};

// Whether some of them have faults.
inline bool HasStandIn(const std::vector<Write>& writes) {
  for (const Write& write : writes) {
    if (write.stand_in) return true;
  }
  return false;
}

struct WriteResult {
  // OK, or why the write was refused:
  //   NOT_FOUND (<TYPE>_NOT_FOUND)         the subject is not in the registry, or the service that
  //                                        it names, or what is to be superseded or erased is not
  //                                        in the record, or an attachment was not uploaded
  //   RESOURCE_EXHAUSTED (SERVICES_FULL)   the location has as many services as it can have
  //   what Write::choose refuses with
  //   ALREADY_EXISTS (REQUEST_ID_REUSED)   the request id was used with another body
  //   ABORTED (ALREADY_SUPERSEDED)         something else superseded it before
  //   ABORTED (ETAG_MISMATCH)              the registry's state is another
  absl::Status status;
  // All that the store finds wrong with it, `status` being the first; empty where that is OK.
  std::vector<Refusal> refusals;
  // True where a record was added; false where it was there already.
  bool written = false;
  // The record: the new one, or the one that was there.
  StoredRecord record;
  // The provider that was created by id alone, where one was.
  absl::optional<Position> implied_provider;
};

struct BatchResult {
  // OK: what was written is durable. Else nothing of the batch was written:
  //   the first refused write's status     without `allow_partial`; the others were looked at too
  //   RESOURCE_EXHAUSTED (DISK_FULL)       no room
  //   UNAVAILABLE, INTERNAL, DATA_LOSS     the store failed; whether the batch was written, its
  //                                        request ids tell
  absl::Status status;
  // One for each write; empty where the store failed.
  std::vector<WriteResult> writes;
};

}  // namespace assay::evidence
