#pragma once

// How far the record has come, for all who follow it: the newest counters, and who is told of new
// ones. What this process commits it knows at once; what other replicas commit is found by reading
// the counters again and again, since nothing else reaches everybody on a cluster and through a
// pooler.
//
// Thread safety: all methods from any thread. Ownership: borrows the pool; owns a thread. Cost: one
// read of 257 rows every `interval`, a fraction of a millisecond.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "services/common/postgresql/pool.h"

namespace assay::evidence::pg {

class Watcher {
 public:
  // `counters`: of all partitions, as they were read first.
  Watcher(std::vector<int64_t> counters, absl::Duration interval, postgresql::Pool& pool);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  std::vector<int64_t> Counters() const;
  // Takes counters that are committed; older ones change nothing.
  void Raise(const std::vector<std::pair<int32_t, int64_t>>& counters);
  // Calls the listeners where something was raised since the last time.
  void Wake();
  // Reads the counters now. DATA_LOSS where they went back: then another database answers, or one
  // that lost something, and tokens that were given out may name other records.
  absl::Status Refresh();

  uint64_t AddListener(std::function<void()> wake);
  void RemoveListener(uint64_t key);

 private:
  void RunThread();

  const absl::Duration interval_;
  postgresql::Pool& pool_;

  // The thread sanitizer sees std::mutex, not Abseil's.
  mutable std::mutex counters_mutex_;
  std::vector<int64_t> counters_;  // guarded by counters_mutex_, as the next
  bool raised_ = false;

  std::mutex listeners_mutex_;
  uint64_t next_listener_ = 1;  // guarded by listeners_mutex_, as the next
  std::map<uint64_t, std::function<void()>> listeners_;

  std::mutex stop_mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by stop_mutex_
  std::thread thread_;
};

}  // namespace assay::evidence::pg
