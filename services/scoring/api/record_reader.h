// What scoring asks of the record when its book cannot answer: while the replica catches up, or
// where it is told not to serve from the book.
//
// Thread safety: all methods may be called from any thread. They block for a call to the evidence
// service: use them on a work pool.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "assay/evidence/v1/record.pb.h"
#include "services/common/revision/revision.h"

namespace assay::scoring {

// Where a subject stands in the record.
struct SubjectPosition {
  std::uint64_t epoch = 0;
  int partition = 0;
  std::int64_t counter = 0;  // of the newest change that touches it; 0: the record does not have it
};

// Everything recorded about a subject, in the order of the counters.
struct RecordedHistory {
  SubjectPosition position;
  std::vector<evidence::v1::Record> records;
  std::vector<std::int64_t> counters;  // one a record
  std::string chain_head;              // the hash of the newest leaf among them
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // UNAVAILABLE (DEPENDENCY_UNAVAILABLE) where the record does not answer by `deadline`.
  virtual absl::StatusOr<SubjectPosition> PositionOf(const std::string& subject,
                                                     absl::Time deadline) = 0;

  // As it was known at a moment, or all of it. The same, and NOT_FOUND where the registry did not
  // have the subject.
  virtual absl::StatusOr<RecordedHistory> HistoryOf(const std::string& subject,
                                                    std::optional<absl::Time> known_at,
                                                    absl::Time deadline) = 0;
};

}  // namespace assay::scoring
