#include "services/evidence/storage/postgresql/watcher.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"

namespace assay::evidence::pg {

using postgresql::Connection;
using postgresql::Result;

Watcher::Watcher(std::vector<int64_t> counters, absl::Duration interval, postgresql::Pool& pool)
    : interval_(interval), pool_(pool), counters_(std::move(counters)) {
  thread_ = std::thread([this] { RunThread(); });
}

Watcher::~Watcher() {
  {
    const std::lock_guard<std::mutex> lock(stop_mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void Watcher::RunThread() {
  std::unique_lock<std::mutex> lock(stop_mutex_);
  while (!stopped_.wait_for(lock, absl::ToChronoMicroseconds(interval_),
                            [this] { return stopping_; })) {
    lock.unlock();
    // Where the database cannot be reached there is no news; writers and readers say why.
    if (Refresh().ok()) Wake();
    lock.lock();
  }
}

std::vector<int64_t> Watcher::Counters() const {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  return counters_;
}

void Watcher::Raise(const std::vector<std::pair<int32_t, int64_t>>& counters) {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  for (const auto& [partition, counter] : counters) {
    int64_t& known = counters_[static_cast<size_t>(partition)];
    raised_ = raised_ || counter > known;
    known = std::max(known, counter);
  }
}

void Watcher::Wake() {
  {
    const std::lock_guard<std::mutex> lock(counters_mutex_);
    if (!raised_) return;
    raised_ = false;
  }
  const std::lock_guard<std::mutex> lock(listeners_mutex_);
  for (const auto& [key, wake] : listeners_) wake();
}

absl::Status Watcher::Refresh() {
  // What was known before the question is in the answer; what is raised meanwhile may not be.
  const std::vector<int64_t> before = Counters();
  const absl::StatusOr<Result> result = pool_.Read([](Connection& connection) {
    return connection.Query({"SELECT partition_id, revision FROM partition_revision", {}});
  });
  if (!result.ok()) return result.status();
  std::vector<int64_t> read(before.size(), 0);
  std::vector<std::pair<int32_t, int64_t>> counters;
  for (int row = 0; row < result->rows(); ++row) {
    const auto partition = static_cast<int32_t>(result->Int(row, 0));
    if (partition < 0 || static_cast<size_t>(partition) >= read.size()) continue;
    read[static_cast<size_t>(partition)] = result->Int(row, 1);
    counters.emplace_back(partition, result->Int(row, 1));
  }
  for (size_t partition = 0; partition < read.size(); ++partition) {
    if (read[partition] >= before[partition]) continue;
    return errors::Corrupt(
        "evidence store",
        absl::StrCat("partition ", partition, " went back from counter ", before[partition], " to ",
                     read[partition], ": the database lost records, or is another one"));
  }
  Raise(counters);
  return absl::OkStatus();
}

uint64_t Watcher::AddListener(std::function<void()> wake) {
  const std::lock_guard<std::mutex> lock(listeners_mutex_);
  listeners_.emplace(next_listener_, std::move(wake));
  return next_listener_++;
}

void Watcher::RemoveListener(uint64_t key) {
  const std::lock_guard<std::mutex> lock(listeners_mutex_);
  listeners_.erase(key);
}

}  // namespace assay::evidence::pg
