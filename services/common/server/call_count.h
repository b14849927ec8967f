#pragma once

// How many calls run, so that a drain ends as soon as the last one is answered.
//
// Thread safety: all methods from any thread. Cost: one atomic a call; a lock when the last one
// ends.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/time/time.h"

namespace assay::server {

class CallCount {
 public:
  CallCount() = default;
  CallCount(const CallCount&) = delete;
  CallCount& operator=(const CallCount&) = delete;

  void Begin() { running_.fetch_add(1, std::memory_order_relaxed); }
  void End();

  int64_t running() const { return running_.load(std::memory_order_acquire); }

  // Waits until no call runs; false where `timeout` passed first.
  bool WaitForNone(absl::Duration timeout);

 private:
  std::atomic<int64_t> running_{0};
  std::mutex mutex_;
  std::condition_variable none_;
};

}  // namespace assay::server
