#pragma once

// The threads that write: each takes batches whose partitions no other thread is writing, decides
// and commits them in one transaction, and answers them. Disjoint lanes are worth more than
// anything else to PostgreSQL; within a partition the order of arrival is kept, and within a stream
// (Batch::stream).
//
// A COMMIT that fails is in doubt: the lane connects again, waits for the partition's lock, looks
// whether its first record is there, and either answers or writes the group once more. While the
// database cannot be reached, a group is tried again for `patience`; then its callers are told so,
// and their request ids tell later what became of it.
//
// Thread safety: all methods from any thread. Ownership: borrows pool and clock, owns its threads.
// Cost: a transaction for each group; what arrives meanwhile for the same partitions waits for the
// next. The queue has no bound of its own: callers are bounded (a pool's threads, a stream's
// window).

#include <bitset>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/common/clock/clock.h"
#include "services/common/postgresql/pool.h"
#include "services/evidence/core/decide.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence::pg {

struct LanesOptions {
  // Threads; each uses one connection of the pool.
  size_t count = 1;
  // Writes that one transaction takes at the most, of whole batches.
  size_t group_writes = 1;
  // How long a group is tried again while the database cannot be reached.
  absl::Duration patience;
};

class Lanes {
 public:
  // Asked what was committed before a group begins; told of the partitions that a group locked,
  // with their counters now, before its callers are answered; then that they were.
  struct Followers {
    // The newest counters that are known to be committed, by partition; and whether those that were
    // found under the locks after that are none below, or the group must not be written.
    std::function<std::vector<int64_t>()> known;
    std::function<absl::Status(const std::vector<int64_t>& known,
                               const std::vector<std::pair<int32_t, int64_t>>& found)>
        check;
    std::function<void(const std::vector<std::pair<int32_t, int64_t>>& counters)> committed;
    std::function<void()> answered;
  };

  Lanes(const LanesOptions& options, uint64_t epoch, postgresql::Pool& pool,
        const clock::Clock& clock, Followers followers);
  // Answers all that is queued, then stops.
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  void Append(Batch batch, RecordStore::Done done);

 private:
  // Streams that are told apart; two that share a number wait for each other, no more.
  static constexpr size_t kStreams = 63;
  // What one lane at a time may write: partitions, and after them the streams whose order is kept.
  using Partitions = std::bitset<kPartitions + kStreams>;
  struct Request {
    Batch batch;
    RecordStore::Done done;
    Partitions partitions;
    BatchResult result;
  };
  using Group = std::vector<Request>;
  // The first record of a plan: enough to know later whether its transaction was committed.
  struct Mark {
    Position position;
    digest::Digest leaf;
  };
  // How far a transaction came.
  struct Progress {
    bool committing = false;
    // The plan added records, so that `mark` tells.
    bool marked = false;
    Mark mark;
    std::vector<std::pair<int32_t, int64_t>> counters;
  };

  void RunThread();
  // The next group, its partitions marked as busy; empty where the lane stops.
  Group Take();
  void Release(const Group& group);
  void Commit(Group& group, RequestIdGuess* guess);
  // One transaction for these requests, tried until it is known what became of it, or patience
  // ends. An error means that nothing was written, or that it is not known.
  absl::Status Write(Request* begin, Request* end, RequestIdGuess* guess, Progress* progress);
  // One transaction. False: nothing was written, since a request id that was taken as new may not
  // be.
  absl::StatusOr<bool> Try(postgresql::Connection& connection, Request* begin, Request* end,
                           RequestIds request_ids, Progress* progress);
  static absl::Status WriteDecided(postgresql::Connection& connection, const Plan& plan,
                                   Progress* progress);
  // Whether the transaction of the mark was committed; waits for it to end.
  static absl::StatusOr<bool> WasCommitted(postgresql::Connection& connection, const Mark& mark);
  // Waits a little before another try; false where the store closes.
  bool Pause(absl::Duration wait);

  const LanesOptions options_;
  const uint64_t epoch_;
  postgresql::Pool& pool_;
  const clock::Clock& clock_;
  const Followers followers_;

  // The thread sanitizer sees std::mutex, not Abseil's.
  std::mutex mutex_;
  std::condition_variable changed_;
  // Apart, so that a lane that waits for the database takes no word of a new batch from another.
  std::condition_variable stopped_;
  std::deque<Request> queue_;  // guarded by mutex_, as the next
  Partitions busy_;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace assay::evidence::pg
