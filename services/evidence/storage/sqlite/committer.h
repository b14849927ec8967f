#pragma once

// The one thread that writes: takes what many callers have queued, writes it in one transaction and
// answers them all after the commit, so that they share one fsync.
//
// Thread safety: all methods from any thread. Ownership: owns the writing connection and its
// thread. Cost: one commit at a time; what arrives meanwhile waits for the next. The queue has no
// bound of its own: callers are bounded (a pool's threads, a stream's window).

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/common/clock/clock.h"
#include "services/evidence/storage/record_store.h"
#include "services/evidence/storage/sqlite/database.h"
#include "services/evidence/storage/sqlite/facts.h"
#include "services/evidence/storage/sqlite/plan_writer.h"
#include "services/evidence/storage/sqlite/wal_wiper.h"

namespace assay::evidence::sqlite {

class Committer {
 public:
  // `clock` must outlive it. `group_writes`, `on_wipe`: as SqliteOptions. Empties the log of writes
  // before it serves, where no reader is in the way.
  static absl::StatusOr<std::unique_ptr<Committer>> Start(std::unique_ptr<Database> database,
                                                          uint64_t epoch, size_t group_writes,
                                                          const clock::Clock& clock,
                                                          WalWiper::Listener on_wipe);
  // Answers all that is queued, then stops.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  void Append(Batch batch, RecordStore::Done done);
  // Runs `work` on the writing thread in a transaction of its own, and waits for its commit. An
  // error of `work` rolls it back.
  absl::Status RunAlone(std::function<absl::Status(Database&)> work);
  std::vector<int64_t> Counters() const;
  // How the last transaction ended, or the one after which no other is tried; OK before the first.
  absl::Status Check() const;
  // The partitions' logs.
  std::vector<digest::CompactRange> Logs() const;
  // After this, nothing is stamped with a time up to `known_at`. Waits for a commit that runs.
  void RaiseFloor(absl::Time known_at);
  uint64_t AddListener(std::function<void()> wake);
  void RemoveListener(uint64_t key);

 private:
  struct Request {
    Batch batch;
    RecordStore::Done done;
    BatchResult result;
    // In place of a batch.
    std::function<absl::Status(Database&)> work;
  };
  using Group = std::vector<Request>;

  Committer(std::unique_ptr<Database> database, std::unique_ptr<Facts> facts,
            std::unique_ptr<PlanWriter> writer, uint64_t epoch, size_t group_writes,
            const clock::Clock& clock, WalWiper::Listener on_wipe);

  void Enqueue(Request request);

  void RunThread();
  // The next group; empty where the log of writes is to be emptied first, or at the end.
  Group Take();
  // Nothing is queued and nothing will be.
  bool Ended();
  void Commit(Group& group);
  // One transaction, under stamp_mutex_; an error means that nothing was written.
  absl::Status TryCommit(Request* begin, Request* end);
  // False: nothing was written, since a request id that was taken as new may not be.
  absl::StatusOr<bool> TryCommitWith(Request* begin, Request* end, RequestIds request_ids);
  absl::Status RunTransaction(const std::function<absl::Status()>& work);
  void CommitWork(Request& request);
  // For Check(). Called under stamp_mutex_.
  void NoteEnd(const absl::Status& ended);
  // Makes the counters and logs of these partitions known.
  void Publish(const std::vector<std::pair<int32_t, PartitionState>>& partitions);
  void Answer(Group& group, bool changed);

  const std::unique_ptr<Database> database_;
  const std::unique_ptr<Facts> facts_;
  const std::unique_ptr<PlanWriter> writer_;
  const uint64_t epoch_;
  const size_t group_writes_;
  const clock::Clock& clock_;

  // The thread sanitizer sees std::mutex, not Abseil's.
  std::mutex queue_mutex_;
  std::condition_variable queued_;
  std::deque<Request> queue_;  // guarded by queue_mutex_, as the next
  bool stopping_ = false;

  // Held from the first stamp of a transaction to the end of its commit.
  std::mutex stamp_mutex_;
  int64_t floor_us_ = 0;  // guarded by stamp_mutex_, as the next
  // Set once the disk failed in a commit: what it holds is not known any more.
  absl::Status broken_;
  RequestIdGuess guess_;
  // The writing thread's.
  WalWiper wiper_;

  mutable std::mutex counters_mutex_;
  std::vector<int64_t> counters_;  // guarded by counters_mutex_, as the next
  std::vector<digest::CompactRange> logs_;
  absl::Status last_end_;

  std::mutex listeners_mutex_;
  uint64_t next_listener_ = 1;  // guarded by listeners_mutex_, as the next
  std::map<uint64_t, std::function<void()>> listeners_;

  std::thread thread_;
};

}  // namespace assay::evidence::sqlite
