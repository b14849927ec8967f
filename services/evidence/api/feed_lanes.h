#pragma once

// The lanes of one reader, each over its share of the partitions, and what they read ahead of it: a
// reader that has far to go is given messages that other threads made while it took the last one.
//
// What is read ahead is bounded, so a slow reader costs a few messages of memory. A reader who is
// near the end has nothing read ahead: what it is given was read when it asked.
//
// Thread safety: one reader, one thread at a time; threads that read ahead are its own affair.
// Ownership: tasks that were spawned may run on after it is gone, until their read ends, so their
// threads must be joined before the store goes. Cost: a lock a message.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"

#include "services/evidence/api/feed_lane.h"

namespace assay::evidence {

// Threads that a feed may borrow.
struct ReadAhead {
  // Lanes, each of which one thread reads at a time; default 1; 0 is taken as 1.
  size_t lanes = 1;
  // Runs a task on another thread, some time; never before it returns. False where there is no room
  // for it now. Empty: nothing is read ahead.
  std::function<bool(std::function<void()> task)> spawn;
};

class FeedLanes {
 public:
  FeedLanes(std::vector<FeedLane> lanes, ReadAhead ahead);
  // What still reads ends by itself.
  ~FeedLanes();
  FeedLanes(const FeedLanes&) = delete;
  FeedLanes& operator=(const FeedLanes&) = delete;

  // What comes next up to `newest`, into an empty piece, which stays as it is where that is
  // nothing. Waits for a read that runs, for no task that has not begun. Errors of the store; after
  // one the lanes are of no use.
  absl::Status Next(const std::vector<int64_t>& newest, FeedPiece& piece);

 private:
  class State;
  const std::shared_ptr<State> state_;
};

}  // namespace assay::evidence
