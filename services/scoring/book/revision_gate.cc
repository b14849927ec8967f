#include "services/scoring/book/revision_gate.h"

#include <algorithm>
#include <utility>

#include "services/common/errors/errors.h"

namespace assay::scoring {
namespace {

constexpr absl::Duration kRetryAfter = absl::Milliseconds(100);

}  // namespace

RevisionGate::RevisionGate() : timer_([this] { RunTimer(); }) {}

RevisionGate::~RevisionGate() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  timer_.join();
  for (Waiter& waiter : waiters_) waiter.done(errors::Draining());
}

void RevisionGate::Reset(std::uint64_t epoch) {
  std::list<std::pair<Waiter, absl::Status>> answered;
  {
    std::lock_guard lock(mutex_);
    reached_ = revision::RevisionVector(epoch);
    answered = TakeAnswered(absl::InfinitePast());
  }
  for (auto& [waiter, status] : answered) waiter.done(status);
}

void RevisionGate::Advance(const revision::RevisionVector& reached) {
  std::list<std::pair<Waiter, absl::Status>> answered;
  {
    std::lock_guard lock(mutex_);
    if (!reached_.Join(reached).ok() || waiters_.empty()) return;
    answered = TakeAnswered(absl::InfinitePast());
  }
  for (auto& [waiter, status] : answered) waiter.done(status);
}

std::optional<absl::Status> RevisionGate::Check(const revision::RevisionVector& wanted,
                                                int partition) const {
  std::lock_guard lock(mutex_);
  return CheckLocked(wanted, partition);
}

std::optional<absl::Status> RevisionGate::CheckLocked(const revision::RevisionVector& wanted,
                                                      int partition) const {
  if (reached_.epoch() == 0) return std::nullopt;
  if (reached_.epoch() != wanted.epoch()) return errors::ForeignToken("at_least");
  if (partition >= 0) {
    const auto one = static_cast<names::Partition>(partition);
    if (reached_.At(one) >= wanted.At(one)) return absl::OkStatus();
    return std::nullopt;
  }
  absl::StatusOr<bool> covers = reached_.Covers(wanted);
  if (!covers.ok()) return covers.status();
  if (*covers) return absl::OkStatus();
  return std::nullopt;
}

void RevisionGate::Wait(const revision::RevisionVector& wanted, int partition, absl::Time deadline,
                        Done done) {
  std::optional<absl::Status> now;
  {
    std::lock_guard lock(mutex_);
    now = CheckLocked(wanted, partition);
    if (!now) {
      waiters_.push_back({wanted, partition, deadline, std::move(done)});
      changed_.notify_one();
      return;
    }
  }
  done(*now);
}

revision::RevisionVector RevisionGate::Reached() const {
  std::lock_guard lock(mutex_);
  return reached_;
}

std::list<std::pair<RevisionGate::Waiter, absl::Status>> RevisionGate::TakeAnswered(
    absl::Time now) {
  std::list<std::pair<Waiter, absl::Status>> answered;
  for (auto at = waiters_.begin(); at != waiters_.end();) {
    std::optional<absl::Status> status = CheckLocked(at->wanted, at->partition);
    if (!status && at->deadline <= now) {
      status = errors::RevisionUnavailable(at->wanted.ToString(), kRetryAfter);
    }
    if (!status) {
      ++at;
      continue;
    }
    answered.emplace_back(std::move(*at), *std::move(status));
    at = waiters_.erase(at);
  }
  return answered;
}

void RevisionGate::RunTimer() {
  while (true) {
    std::list<std::pair<Waiter, absl::Status>> answered;
    {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      absl::Time next = absl::InfiniteFuture();
      for (const Waiter& waiter : waiters_) next = std::min(next, waiter.deadline);
      if (next == absl::InfiniteFuture()) {
        changed_.wait(lock);
      } else {
        changed_.wait_until(lock, absl::ToChronoTime(next));
      }
      if (stopping_) return;
      answered = TakeAnswered(absl::Now());
    }
    for (auto& [waiter, status] : answered) waiter.done(status);
  }
}

}  // namespace assay::scoring
