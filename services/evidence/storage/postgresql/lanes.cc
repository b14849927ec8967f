#include "services/evidence/storage/postgresql/lanes.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/common/postgresql/status.h"
#include "services/evidence/storage/postgresql/facts.h"
#include "services/evidence/storage/postgresql/plan_writer.h"

namespace assay::evidence::pg {
namespace {

using postgresql::Connection;
using postgresql::Pool;
using postgresql::Result;
using postgresql::Statement;
using Steady = std::chrono::steady_clock;

constexpr absl::Duration kPause = absl::Milliseconds(20);

}  // namespace

Lanes::Lanes(const LanesOptions& options, uint64_t epoch, Pool& pool, const clock::Clock& clock,
             Followers followers)
    : options_(options),
      epoch_(epoch),
      pool_(pool),
      clock_(clock),
      followers_(std::move(followers)) {
  for (size_t lane = 0; lane < options_.count; ++lane) {
    threads_.emplace_back([this] { RunThread(); });
  }
}

Lanes::~Lanes() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  stopped_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Lanes::Append(Batch batch, RecordStore::Done done) {
  Request request;
  if (batch.stream != 0) request.partitions.set(kPartitions + batch.stream % kStreams);
  for (const evidence::Write& write : batch.writes) {
    request.partitions.set(static_cast<size_t>(write.row.partition));
    if (write.implied_provider.has_value()) {
      request.partitions.set(static_cast<size_t>(write.implied_provider->partition));
    }
  }
  request.batch = std::move(batch);
  request.done = std::move(done);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!stopping_) {
      queue_.push_back(std::move(request));
      changed_.notify_one();
      return;
    }
  }
  BatchResult refused;
  refused.status = errors::Draining();
  request.done(std::move(refused));
}

Lanes::Group Lanes::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    Group group;
    size_t writes = 0;
    // What must stay behind something that waits, waits too.
    Partitions blocked = busy_;
    for (auto request = queue_.begin(); request != queue_.end();) {
      const size_t more = request->batch.writes.size();
      const bool full = !group.empty() && writes + more > options_.group_writes;
      if (full) break;
      if ((request->partitions & blocked).any()) {
        blocked |= request->partitions;
        ++request;
        continue;
      }
      writes += more;
      group.push_back(std::move(*request));
      request = queue_.erase(request);
    }
    for (const Request& request : group) busy_ |= request.partitions;
    if (!group.empty() || (stopping_ && queue_.empty())) {
      // Another lane may find more that is free.
      if (!queue_.empty()) changed_.notify_one();
      return group;
    }
    changed_.wait(lock);
  }
}

void Lanes::Release(const Group& group) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Request& request : group) busy_ &= ~request.partitions;
  changed_.notify_all();
}

void Lanes::RunThread() {
  RequestIdGuess guess;
  while (true) {
    Group group = Take();
    if (group.empty()) return;
    Commit(group, &guess);
    Release(group);
  }
}

void Lanes::Commit(Group& group, RequestIdGuess* guess) {
  Request* const begin = group.data();
  Request* const end = begin + group.size();
  Progress progress;
  absl::Status status = Write(begin, end, guess, &progress);
  // One caller's batch may be what does not fit: then the others must not pay for it.
  const bool alone = !status.ok() && group.size() > 1 && !absl::IsUnavailable(status);
  if (status.ok()) followers_.committed(progress.counters);
  for (Request* one = begin; one != end; ++one) {
    if (alone) {
      status = Write(one, one + 1, guess, &progress);
      if (status.ok()) followers_.committed(progress.counters);
    }
    if (status.ok()) {
      Decider::Deliver(one->batch, one->result);
    } else {
      one->result = {status, {}};
    }
  }
  for (Request& request : group) request.done(std::move(request.result));
  followers_.answered();
}

bool Lanes::Pause(absl::Duration wait) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto end = Steady::now() + absl::ToChronoMicroseconds(wait);
  stopped_.wait_until(lock, end, [this] { return stopping_; });
  return !stopping_;
}

absl::Status Lanes::Write(Request* begin, Request* end, RequestIdGuess* guess, Progress* progress) {
  const auto until = Steady::now() + absl::ToChronoMicroseconds(options_.patience);
  absl::Duration pause = kPause;
  bool in_doubt = false;
  while (true) {
    absl::StatusOr<Pool::Loan> loan = pool_.Borrow();
    absl::Status status = loan.status();
    if (loan.ok() && in_doubt) {
      const absl::StatusOr<bool> committed = WasCommitted(**loan, progress->mark);
      status = committed.status();
      if (committed.ok() && *committed) return absl::OkStatus();
      if (committed.ok()) in_doubt = false;
    }
    if (loan.ok() && !in_doubt) {
      const bool as_new =
          std::all_of(begin, end, [](const Request& one) { return MayTakeAsNew(one.batch); }) &&
          guess->MayGuess();
      absl::StatusOr<bool> tried = false;
      if (as_new) {
        tried = Try(**loan, begin, end, RequestIds::kTakenAsNew, progress);
        // Whatever it was, the ids' own key among them: nothing of it is written, unless the
        // connection is lost.
        if (!tried.ok() || !*tried) guess->Failed();
        if (!tried.ok() && !(*loan)->broken()) tried = false;
      }
      if (tried.ok() && !*tried) tried = Try(**loan, begin, end, RequestIds::kLookedUp, progress);
      status = tried.status();
      if (status.ok()) return status;
      const bool lost = (*loan)->broken();
      if (!lost && !postgresql::MayRunAgain(status)) return status;
      // What added no record may be written again as it is: the same notes, the same answers.
      in_doubt = lost && progress->committing && progress->marked;
    } else if (!absl::IsUnavailable(status) && !absl::IsResourceExhausted(status)) {
      return status;
    }
    if (Steady::now() >= until || !Pause(pause)) return status;
    pause = std::min(pause * 2, absl::Milliseconds(500));
  }
}

absl::StatusOr<bool> Lanes::Try(Connection& connection, Request* begin, Request* end,
                                RequestIds request_ids, Progress* progress) {
  *progress = Progress{};
  FactKeys keys;
  for (Request* one = begin; one != end; ++one) keys.Add(one->batch);
  keys.Sort();
  const std::vector<int64_t> known = followers_.known();
  absl::StatusOr<std::unique_ptr<LoadedFacts>> facts =
      LoadedFacts::Begin(connection, keys, request_ids);
  absl::Status status = facts.status();
  if (status.ok()) {
    for (const auto& [partition, state] : (*facts)->partitions()) {
      progress->counters.emplace_back(partition, state.counter);
    }
    // A database that lost records must not get others under their counters.
    status = followers_.check(known, progress->counters);
  }
  bool doubtful = false;
  if (status.ok()) {
    // The floor is in the database: CounterAt raises the partition's recorded time.
    Decider decider(**facts, epoch_, absl::ToUnixMicros(clock_.Now()), 0, request_ids);
    for (Request* one = begin; status.ok() && one != end; ++one) {
      absl::StatusOr<BatchResult> result = decider.Decide(one->batch);
      status = result.status();
      if (status.ok()) one->result = *std::move(result);
    }
    doubtful = decider.doubtful();
    if (status.ok() && !doubtful) status = WriteDecided(connection, decider.Finish(), progress);
  }
  if ((!status.ok() || doubtful) && !connection.broken() && connection.in_transaction()) {
    connection.Run("ROLLBACK").IgnoreError();
  }
  if (!status.ok()) return status;
  return !doubtful;
}

absl::Status Lanes::WriteDecided(Connection& connection, const Plan& plan, Progress* progress) {
  if (!plan.records.empty()) {
    const Plan::Record& first = plan.records.front();
    progress->marked = true;
    progress->mark = {{first.row->partition, first.counter}, first.leaf};
  }
  for (const auto& [partition, state] : plan.partitions) {
    progress->counters.emplace_back(partition, state.counter);
  }
  return WritePlan(connection, plan, [progress] { progress->committing = true; });
}

absl::StatusOr<bool> Lanes::WasCommitted(Connection& connection, const Mark& mark) {
  // The lock is held by the old transaction until it has ended. This one writes too: with a
  // synchronous standby its own acknowledged commit means that all before it is there as well.
  std::vector<Statement> statements = {
      {"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", {}},
      {"UPDATE partition_revision SET revision = revision WHERE partition_id = $1", {}},
      {"SELECT leaf FROM record WHERE partition_id = $1 AND revision = $2", {}},
      {"COMMIT", {}}};
  statements[1].params.Int4(mark.position.partition);
  statements[2].params.Int4(mark.position.partition).Int8(mark.position.counter);
  const absl::StatusOr<std::vector<Result>> results = connection.Pipeline(statements);
  if (!results.ok()) return results.status();
  const Result& found = (*results)[2];
  return found.rows() > 0 && found.Bytes(0, 0) == mark.leaf.bytes();
}

}  // namespace assay::evidence::pg
