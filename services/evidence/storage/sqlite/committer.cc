#include "services/evidence/storage/sqlite/committer.h"

#include <algorithm>
#include <future>
#include <utility>

#include "services/common/errors/errors.h"

namespace assay::evidence::sqlite {

absl::StatusOr<std::unique_ptr<Committer>> Committer::Start(std::unique_ptr<Database> database,
                                                            uint64_t epoch, size_t group_writes,
                                                            const clock::Clock& clock,
                                                            WalWiper::Listener on_wipe) {
  absl::StatusOr<std::unique_ptr<Facts>> facts = Facts::Make(*database);
  if (!facts.ok()) return facts.status();
  absl::StatusOr<std::unique_ptr<PlanWriter>> writer = PlanWriter::Make(*database);
  if (!writer.ok()) return writer.status();
  return std::unique_ptr<Committer>(
      new Committer(std::move(database), *std::move(facts), *std::move(writer), epoch,
                    std::max<size_t>(group_writes, 1), clock, std::move(on_wipe)));
}

Committer::Committer(std::unique_ptr<Database> database, std::unique_ptr<Facts> facts,
                     std::unique_ptr<PlanWriter> writer, uint64_t epoch, size_t group_writes,
                     const clock::Clock& clock, WalWiper::Listener on_wipe)
    : database_(std::move(database)),
      facts_(std::move(facts)),
      writer_(std::move(writer)),
      epoch_(epoch),
      group_writes_(group_writes),
      clock_(clock),
      wiper_(*database_, std::move(on_wipe)) {
  // What an erasure before a crash left in the log.
  wiper_.Want();
  wiper_.Try();
  for (const PartitionState& state : facts_->partitions()) {
    counters_.push_back(state.counter);
    logs_.push_back(state.log);
  }
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

void Committer::Enqueue(Request request) {
  {
    const std::lock_guard<std::mutex> lock(queue_mutex_);
    if (!stopping_) {
      queue_.push_back(std::move(request));
      queued_.notify_one();
      return;
    }
  }
  BatchResult refused;
  refused.status = errors::Draining();
  request.done(std::move(refused));
}

void Committer::Append(Batch batch, RecordStore::Done done) {
  Request request;
  request.batch = std::move(batch);
  request.done = std::move(done);
  Enqueue(std::move(request));
}

absl::Status Committer::RunAlone(std::function<absl::Status(Database&)> work) {
  // Shared: the answering thread may still be inside the promise when this one has its answer.
  const auto answer = std::make_shared<std::promise<absl::Status>>();
  std::future<absl::Status> answered = answer->get_future();
  Request request;
  request.work = std::move(work);
  request.done = [answer](BatchResult given) { answer->set_value(std::move(given.status)); };
  Enqueue(std::move(request));
  return answered.get();
}

Committer::Group Committer::Take() {
  Group group;
  std::unique_lock<std::mutex> lock(queue_mutex_);
  const auto ready = [this] { return stopping_ || !queue_.empty(); };
  if (wiper_.wanted()) {
    queued_.wait_until(lock, wiper_.due(), ready);
  } else {
    queued_.wait(lock, ready);
  }
  size_t writes = 0;
  while (!queue_.empty()) {
    const Request& next = queue_.front();
    writes += next.batch.writes.size();
    if (!group.empty() && (writes > group_writes_ || next.work)) break;
    const bool alone = next.work != nullptr;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) break;
  }
  return group;
}

bool Committer::Ended() {
  const std::lock_guard<std::mutex> lock(queue_mutex_);
  return stopping_ && queue_.empty();
}

void Committer::RunThread() {
  while (!Ended()) {
    Group group = Take();
    if (group.empty()) {
      wiper_.Try();
    } else {
      Commit(group);
    }
  }
}

void Committer::Commit(Group& group) {
  if (group.front().work) return CommitWork(group.front());
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
    NoteEnd(status);
  }
  wiper_.Try();
  Answer(group, changed);
}

void Committer::CommitWork(Request& request) {
  {
    const std::lock_guard<std::mutex> lock(stamp_mutex_);
    request.result.status = broken_;
    if (broken_.ok()) {
      request.result.status = RunTransaction([&] { return request.work(*database_); });
    }
    NoteEnd(request.result.status);
  }
  wiper_.Try();
  request.done(std::move(request.result));
}

absl::Status Committer::RunTransaction(const std::function<absl::Status()>& work) {
  absl::Status status = database_->Run("BEGIN IMMEDIATE");
  if (status.ok()) status = work();
  const bool committing = status.ok();
  if (committing) status = database_->Run("COMMIT");
  if (status.ok()) return status;
  const absl::Status undone = database_->Idle() ? absl::OkStatus() : database_->Run("ROLLBACK");
  // After a failed fsync the pages that the kernel holds and those on the disk may differ; going on
  // could build on what a crash takes away.
  if ((committing && IsIoError(status)) || !undone.ok()) broken_ = status;
  return status;
}

absl::Status Committer::TryCommit(Request* begin, Request* end) {
  const bool as_new =
      std::all_of(begin, end, [](const Request& one) { return MayTakeAsNew(one.batch); }) &&
      guess_.MayGuess();
  if (as_new) {
    const absl::StatusOr<bool> committed = TryCommitWith(begin, end, RequestIds::kTakenAsNew);
    if (committed.ok() && *committed) return absl::OkStatus();
    if (!broken_.ok()) return broken_;
    // Whatever it was, the ids' own key among them: nothing of it is written.
    guess_.Failed();
  }
  return TryCommitWith(begin, end, RequestIds::kLookedUp).status();
}

absl::StatusOr<bool> Committer::TryCommitWith(Request* begin, Request* end,
                                              RequestIds request_ids) {
  if (!broken_.ok()) return broken_;
  facts_->StartGroup();
  Decider decider(*facts_, epoch_, absl::ToUnixMicros(clock_.Now()), floor_us_, request_ids);
  const Plan* plan = nullptr;
  absl::Status status = RunTransaction([&]() -> absl::Status {
    for (Request* one = begin; one != end; ++one) {
      absl::StatusOr<BatchResult> result = decider.Decide(one->batch);
      if (!result.ok()) return result.status();
      one->result = *std::move(result);
    }
    if (decider.doubtful()) return absl::OkStatus();
    plan = &decider.Finish();
    return writer_->Write(*plan);
  });
  if (!status.ok()) return status;
  if (plan == nullptr) return false;
  facts_->Committed(*plan);
  Publish(plan->partitions);
  if (!plan->erasures.empty()) wiper_.Want();
  for (Request* one = begin; one != end; ++one) Decider::Deliver(one->batch, one->result);
  return true;
}

void Committer::Publish(const std::vector<std::pair<int32_t, PartitionState>>& partitions) {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  for (const auto& [partition, state] : partitions) {
    counters_[static_cast<size_t>(partition)] = state.counter;
    logs_[static_cast<size_t>(partition)] = state.log;
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

absl::Status Committer::Check() const {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  return last_end_;
}

void Committer::NoteEnd(const absl::Status& ended) {
  // What a caller did wrong says nothing of the store.
  const bool of_store = absl::IsDataLoss(ended) || absl::IsInternal(ended) ||
                        absl::IsResourceExhausted(ended) || absl::IsUnavailable(ended);
  if (!ended.ok() && !of_store) return;
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  last_end_ = broken_.ok() ? ended : broken_;
}

std::vector<digest::CompactRange> Committer::Logs() const {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  return logs_;
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
