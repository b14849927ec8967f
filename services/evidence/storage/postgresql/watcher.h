#pragma once

// How far the record has come, for all who follow it: the newest counters, and who is told of new
// ones. What this process commits it knows at once, and it tells the other replicas by NOTIFY, who
// then read the counters. They also read them again and again, since a notification does not reach
// everybody through a pooler.
//
// Thread safety: all methods from any thread. Ownership: borrows the pool; owns a thread and a
// connection to be notified on. Cost: one read of 257 rows every `interval` and for each
// notification, a fraction of a millisecond.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "services/common/clock/clock.h"
#include "services/common/postgresql/connection.h"
#include "services/common/postgresql/doorbell.h"
#include "services/common/postgresql/pool.h"

namespace assay::evidence::pg {

class Watcher {
 public:
  // `counters`: of all partitions, as they were read first. `notified`: how to connect to where
  // other replicas tell. The clock outlives it.
  Watcher(uint64_t epoch, std::vector<int64_t> counters, absl::Duration interval,
          postgresql::Pool& pool, const postgresql::ConnectOptions& notified,
          const clock::Clock& clock);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  std::vector<int64_t> Counters() const;
  // Takes counters that are committed; older ones change nothing.
  void Raise(const std::vector<std::pair<int32_t, int64_t>>& counters);
  // Tells listeners, and other replicas, what this one committed.
  void Announce();
  // Reads the counters now. DATA_LOSS where they went back, as after the promotion of a standby
  // that lacked something, and ever after: tokens that were given out may name other records. The
  // epoch in the database is renewed then, and a replica that finds another epoch than its own is
  // lost too; opening the store again mends it.
  absl::Status Refresh();
  // How the last reading of the counters ended; UNAVAILABLE where none has for longer than 15 s
  // over the interval. OK before the first.
  absl::Status Check() const;
  // DATA_LOSS once something was lost; else OK where these counters, read under their locks, are
  // not below what was known before.
  absl::Status Lost() const;
  absl::Status CheckKept(const std::vector<int64_t>& before,
                         const std::vector<std::pair<int32_t, int64_t>>& now);

  uint64_t AddListener(std::function<void()> wake);
  void RemoveListener(uint64_t key);

 private:
  void RunThread();
  absl::Status ReadCounters();
  // Calls the listeners where something was raised since the last time.
  void Wake();
  // So that no token from before names what takes the place of what was lost.
  void RenewEpoch();

  const uint64_t epoch_;
  const absl::Duration interval_;
  postgresql::Pool& pool_;
  const clock::Clock& clock_;

  // The thread sanitizer sees std::mutex, not Abseil's.
  mutable std::mutex counters_mutex_;
  std::vector<int64_t> counters_;  // guarded by counters_mutex_, as the next
  bool raised_ = false;
  absl::Status lost_;
  bool renewed_ = false;
  absl::Status last_read_;
  absl::Time last_read_at_;

  std::mutex listeners_mutex_;
  uint64_t next_listener_ = 1;  // guarded by listeners_mutex_, as the next
  std::map<uint64_t, std::function<void()>> listeners_;

  postgresql::Doorbell doorbell_;
  std::thread thread_;
};

}  // namespace assay::evidence::pg
