#include "services/evidence/storage/sqlite/committer.h"

#include <algorithm>
#include <utility>

#include "services/common/errors/errors.h"

namespace assay::evidence::sqlite {

absl::StatusOr<std::unique_ptr<Committer>> Committer::Start(std::unique_ptr<Database> database,
                                                            uint64_t epoch, size_t group_writes,
                                                            const clock::Clock& clock) {
  absl::StatusOr<std::unique_ptr<LogWriter>> writer = LogWriter::Make(*database, epoch);
  if (!writer.ok()) return writer.status();
  return std::unique_ptr<Committer>(new Committer(std::move(database), *std::move(writer),
                                                  std::max<size_t>(group_writes, 1), clock));
}

Committer::Committer(std::unique_ptr<Database> database, std::unique_ptr<LogWriter> writer,
                     size_t group_writes, const clock::Clock& clock)
    : database_(std::move(database)),
      writer_(std::move(writer)),
      group_writes_(group_writes),
      clock_(clock),
      counters_(kPartitions, 0) {
  Publish();
  thread_ = std::thread([this] { RunThread(); });
}

Committer::~Committer() {
  {
    const std::lock_guard<std::mutex> lock(queue_mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  thread_.join();
}

void Committer::Append(Batch batch, RecordStore::Done done) {
  {
    const std::lock_guard<std::mutex> lock(queue_mutex_);
    if (!stopping_) {
      queue_.push_back({std::move(batch), std::move(done), {}});
      queued_.notify_one();
      return;
    }
  }
  BatchResult refused;
  refused.status = errors::Draining();
  done(std::move(refused));
}

Committer::Group Committer::Take() {
  Group group;
  std::unique_lock<std::mutex> lock(queue_mutex_);
  queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  size_t writes = 0;
  while (!queue_.empty()) {
    writes += queue_.front().batch.writes.size();
    if (!group.empty() && writes > group_writes_) break;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void Committer::RunThread() {
  while (true) {
    Group group = Take();
    if (group.empty()) return;
    Commit(group);
  }
}

void Committer::Commit(Group& group) {
  bool changed = false;
  {
    const std::lock_guard<std::mutex> lock(stamp_mutex_);
    Request* const begin = group.data();
    Request* const end = begin + group.size();
    absl::Status status = TryCommit(begin, end);
    // One caller's batch may be what does not fit: then the others must not pay for it.
    const bool alone = !status.ok() && group.size() > 1 && broken_.ok();
    for (Request* one = begin; one != end; ++one) {
      if (alone) status = TryCommit(one, one + 1);
      if (!status.ok()) one->result = {status, {}};
      for (const WriteResult& write : one->result.writes) changed = changed || write.written;
    }
    Publish();
  }
  Answer(group, changed);
}

absl::Status Committer::TryCommit(Request* begin, Request* end) {
  if (!broken_.ok()) return broken_;
  writer_->Begin(absl::ToUnixMicros(clock_.Now()), floor_us_);
  absl::Status status = database_->Run("BEGIN IMMEDIATE");
  for (Request* one = begin; status.ok() && one != end; ++one) {
    absl::StatusOr<BatchResult> result = writer_->Apply(one->batch);
    status = result.status();
    if (status.ok()) one->result = *std::move(result);
  }
  if (status.ok()) status = writer_->Flush();
  const bool committing = status.ok();
  if (committing) status = database_->Run("COMMIT");
  if (status.ok()) {
    writer_->Committed();
    return status;
  }
  writer_->RolledBack();
  const absl::Status undone = database_->Idle() ? absl::OkStatus() : database_->Run("ROLLBACK");
  // After a failed fsync the pages that the kernel holds and those on the disk may differ; going on
  // could build on what a crash takes away.
  if ((committing && IsIoError(status)) || !undone.ok()) broken_ = status;
  return status;
}

void Committer::Publish() {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    counters_[partition] = writer_->partitions()[partition].counter;
  }
}

void Committer::Answer(Group& group, bool changed) {
  for (Request& request : group) request.done(std::move(request.result));
  if (!changed) return;
  const std::lock_guard<std::mutex> lock(listeners_mutex_);
  for (const auto& [key, wake] : listeners_) wake();
}

std::vector<int64_t> Committer::Counters() const {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  return counters_;
}

void Committer::RaiseFloor(absl::Time known_at) {
  const std::lock_guard<std::mutex> lock(stamp_mutex_);
  floor_us_ = std::max(floor_us_, absl::ToUnixMicros(known_at));
}

uint64_t Committer::AddListener(std::function<void()> wake) {
  const std::lock_guard<std::mutex> lock(listeners_mutex_);
  listeners_.emplace(next_listener_, std::move(wake));
  return next_listener_++;
}

void Committer::RemoveListener(uint64_t key) {
  const std::lock_guard<std::mutex> lock(listeners_mutex_);
  listeners_.erase(key);
}

}  // namespace assay::evidence::sqlite
