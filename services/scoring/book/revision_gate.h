// Holds reads back until the book has come as far as their caller has seen (decision 4: fresh
// enough, by token).
//
// Thread safety: all methods may be called from any thread. Ownership: one a replica; destroy it
// after whoever calls Advance. Cost: one lock a change batch and a wait; waiters that are already
// served never queue.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "services/common/revision/revision.h"

namespace assay::scoring {

class RevisionGate {
 public:
  // Runs once: OK when the revision was reached, REVISION_UNAVAILABLE when the deadline passed,
  // TOKEN_OF_ANOTHER_EPOCH when it belongs to another record. On a thread of the gate or of the
  // caller of Advance: it must not block.
  using Done = std::function<void(absl::Status)>;

  RevisionGate();
  ~RevisionGate();
  RevisionGate(const RevisionGate&) = delete;
  RevisionGate& operator=(const RevisionGate&) = delete;

  // Starts over with another record: whoever waits on the old one is told so.
  void Reset(std::uint64_t epoch);

  // Notes how far the partitions have come; a counter never goes back. Another epoch than that of
  // the last Reset is ignored.
  void Advance(const revision::RevisionVector& reached);

  // OK at once, an error at once, or std::nullopt where it would have to wait. `partition` >= 0:
  // only that partition of `wanted` counts (a read of one subject); -1: all of them.
  std::optional<absl::Status> Check(const revision::RevisionVector& wanted, int partition) const;

  // Calls `done` when `wanted` is reached or `deadline` passes, in this call where it is already.
  void Wait(const revision::RevisionVector& wanted, int partition, absl::Time deadline, Done done);

  // How far the partitions have come.
  revision::RevisionVector Reached() const;

 private:
  struct Waiter {
    revision::RevisionVector wanted;
    int partition;
    absl::Time deadline;
    Done done;
  };

  std::optional<absl::Status> CheckLocked(const revision::RevisionVector& wanted,
                                          int partition) const;
  // The lock is held. Takes out the waiters that have an answer by `now`.
  std::list<std::pair<Waiter, absl::Status>> TakeAnswered(absl::Time now);
  void RunTimer();

  // All below is guarded by it. Standard, because TSan cannot see into the packaged absl::Mutex.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Epoch 0 until the first Reset: nothing is known of any record yet, and everyone waits.
  revision::RevisionVector reached_{0};
  bool stopping_ = false;
  std::list<Waiter> waiters_;
  std::thread timer_;
};

}  // namespace assay::scoring
