#include "services/evidence/storage/postgresql/watcher.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "services/common/digest/random.h"
#include "services/common/errors/errors.h"

namespace assay::evidence::pg {

namespace {

// Longer than a reader of the pool is waited for while others read much.
constexpr absl::Duration kLongestSilence = absl::Seconds(15);

}  // namespace

using postgresql::Connection;
using postgresql::Result;
using postgresql::Statement;

Watcher::Watcher(uint64_t epoch, std::vector<int64_t> counters, absl::Duration interval,
                 postgresql::Pool& pool, const postgresql::ConnectOptions& notified,
                 const clock::Clock& clock)
    : epoch_(epoch),
      interval_(interval),
      pool_(pool),
      clock_(clock),
      counters_(std::move(counters)),
      last_read_at_(clock.Now()),
      doorbell_(notified, "assay_evidence", clock) {
  thread_ = std::thread([this] { RunThread(); });
}

Watcher::~Watcher() {
  doorbell_.Stop();
  thread_.join();
}

void Watcher::RunThread() {
  while (true) {
    doorbell_.Wait(interval_);
    if (doorbell_.stopped()) return;
    // Where the database cannot be reached there is no news; writers and readers say why.
    if (Refresh().ok()) Wake();
  }
}

void Watcher::Announce() {
  Wake();
  doorbell_.Ring();
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
  absl::Status read = ReadCounters();
  // That all readers are lent says nothing of the database.
  if (absl::IsResourceExhausted(read)) return read;
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  last_read_ = read;
  last_read_at_ = clock_.Now();
  return read;
}

absl::Status Watcher::Check() const {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  const absl::Duration silent = clock_.Now() - last_read_at_;
  if (!last_read_.ok() || silent < interval_ + kLongestSilence) return last_read_;
  return errors::DependencyUnavailable(
      "evidence store", absl::StrCat("no answer for ", absl::FormatDuration(silent)));
}

absl::Status Watcher::ReadCounters() {
  // What was known before the question is in the answer; what is raised meanwhile may not be.
  const std::vector<int64_t> before = Counters();
  const absl::StatusOr<std::vector<Result>> results = pool_.Read([](Connection& connection) {
    const std::vector<Statement> statements = {
        {"SELECT partition_id, revision FROM partition_revision", {}},
        {"SELECT epoch FROM store", {}}};
    return connection.Pipeline(statements);
  });
  if (!results.ok()) return results.status();
  const Result& result = results->front();
  std::vector<std::pair<int32_t, int64_t>> counters;
  std::vector<std::pair<int32_t, int64_t>> all;
  for (int32_t partition = 0; static_cast<size_t>(partition) < before.size(); ++partition) {
    all.emplace_back(partition, 0);
  }
  for (int row = 0; row < result.rows(); ++row) {
    const auto partition = static_cast<int32_t>(result.Int(row, 0));
    if (partition < 0 || static_cast<size_t>(partition) >= before.size()) continue;
    all[static_cast<size_t>(partition)].second = result.Int(row, 1);
    counters.emplace_back(partition, result.Int(row, 1));
  }
  const absl::Status kept = CheckKept(before, all);
  if (!Lost().ok()) RenewEpoch();
  if (!kept.ok()) return kept;
  const Result& epoch = results->back();
  if (epoch.rows() != 1 || static_cast<uint64_t>(epoch.Int(0, 0)) != epoch_) {
    const std::lock_guard<std::mutex> lock(counters_mutex_);
    renewed_ = true;
    lost_ = errors::Corrupt("evidence store", "another epoch than when it was opened");
    return lost_;
  }
  Raise(counters);
  return absl::OkStatus();
}

absl::Status Watcher::Lost() const {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  return lost_;
}

absl::Status Watcher::CheckKept(const std::vector<int64_t>& before,
                                const std::vector<std::pair<int32_t, int64_t>>& now) {
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  for (const auto& [partition, counter] : now) {
    const int64_t known = before[static_cast<size_t>(partition)];
    if (!lost_.ok() || counter >= known) continue;
    lost_ = errors::Corrupt(
        "evidence store",
        absl::StrCat("partition ", partition, " went back from counter ", known, " to ", counter,
                     ": the database lost records, or is another one"));
  }
  return lost_;
}

void Watcher::RenewEpoch() {
  {
    const std::lock_guard<std::mutex> lock(counters_mutex_);
    if (renewed_) return;
  }
  int64_t fresh = 0;
  for (const char byte : digest::RandomBytes(sizeof(fresh))) {
    fresh =
        static_cast<int64_t>(static_cast<uint64_t>(fresh) << 8 | static_cast<unsigned char>(byte));
  }
  Statement renew{"UPDATE store SET epoch = $1 WHERE epoch = $2", {}};
  renew.params.Int8(fresh).Int8(static_cast<int64_t>(epoch_));
  // Where another replica renewed it, it is another one already.
  absl::StatusOr<postgresql::Pool::Loan> loan = pool_.Borrow();
  if (!loan.ok() || !(*loan)->Query(renew).ok()) return;
  const std::lock_guard<std::mutex> lock(counters_mutex_);
  renewed_ = true;
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
