#pragma once

// Writes that belong together, and what became of them.
//
// Thread safety: plain values.

#include <cstdint>
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
  // Batches under the same number are written in the order in which they were appended, whatever
  // partitions they are of; 0: in that order within a partition only.
  uint64_t stream = 0;
};

struct WriteResult {
  // OK, or why the write was refused:
  //   NOT_FOUND (<TYPE>_NOT_FOUND)         the subject is not in the registry, or what is to be
  //                                        superseded or erased is not in the record, or an
  //                                        attachment was not uploaded
  //   what Write::choose refuses with
  //   ALREADY_EXISTS (REQUEST_ID_REUSED)   the request id was used with another body
  //   ABORTED (ALREADY_SUPERSEDED)         something else superseded it before
  //   ABORTED (ETAG_MISMATCH)              the registry's state is another
  absl::Status status;
  // True where a record was added; false where it was there already.
  bool written = false;
  // The record: the new one, or the one that was there.
  StoredRecord record;
  // The provider that was created by id alone, where one was.
  absl::optional<Position> implied_provider;
};

struct BatchResult {
  // OK: what was written is durable. Else nothing of the batch was written:
  //   the first refused write's status     without `allow_partial`
  //   RESOURCE_EXHAUSTED (DISK_FULL)       no room
  //   UNAVAILABLE, INTERNAL, DATA_LOSS     the store failed; whether the batch was written, its
  //                                        request ids tell
  absl::Status status;
  // One for each write; empty where the store failed.
  std::vector<WriteResult> writes;
};

}  // namespace assay::evidence
