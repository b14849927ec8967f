// What the APIs of scoring share: the parts that answer, and the wait for a revision.
//
// Thread safety: what it points to is thread-safe. Ownership: borrows everything.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "services/common/server/work_pool.h"
#include "services/scoring/api/rating_reader.h"
#include "services/scoring/book/book.h"
#include "services/scoring/book/revision_gate.h"
#include "services/scoring/book/today.h"
#include "services/scoring/book/watch_hub.h"
#include "services/scoring/core/validate.h"

namespace assay::scoring {

// The longest that a read waits for `at_least`, whatever its deadline.
inline constexpr absl::Duration kLongestWait = absl::Seconds(1);

// Metadata of an answer about one subject, for callers that send kWantRevisionKey (with any value):
// how far the replica had come in its partition, as a revision.
inline constexpr char kRevisionKey[] = "assay-revision-bin";
inline constexpr char kWantRevisionKey[] = "assay-want-revision";

struct Serving {
  Book* book = nullptr;
  RevisionGate* gate = nullptr;
  WatchHub* hub = nullptr;
  RatingReader* reader = nullptr;
  const Today* today = nullptr;
  // For questions about whole areas, which must not hold up single reads.
  server::WorkPool* heavy = nullptr;

  // Calls `done` once the replica has reached `at_least` (in `partition` only, where that is not
  // negative), or cannot in time. At once where nothing is asked. `done` must not block.
  void Await(const std::optional<revision::RevisionVector>& at_least, int partition,
             absl::Time deadline, std::function<void(absl::Status)> done) const;

  // How far the replica has come in one partition, as the value of kRevisionKey; empty while it
  // follows no record. Ask before reading: an answer rests on this revision or a later one.
  std::string RevisionNow(names::Partition partition) const;
};

}  // namespace assay::scoring
