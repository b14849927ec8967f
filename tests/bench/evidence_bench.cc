// How fast the record is written and followed. Every figure stands beside a bare equivalent of the
// same rows in the same run: multi-row inserts into the log table alone, by SQLite itself.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"

#include "services/common/clock/clock.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/core/prepare.h"
#include "tests/bench/raw_writes.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

constexpr int kHomes = 500;
constexpr int kRows = 34 * kHomes;

// What some work took: on the clock, and of all threads' processor time, which other programs on
// the machine change less.
struct Spent {
  double seconds = 0;
  double processor = 0;

  void operator+=(const Spent& other) {
    seconds += other.seconds;
    processor += other.processor;
  }
};

double ProcessorSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Spent SpentOn(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  const double before = ProcessorSeconds();
  work();
  const double after = ProcessorSeconds();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  return {passed.count(), after - before};
}

// A location and 34 actions of each home, as writes.
std::vector<Write> Writes(clock::IdSource& ids) {
  static digest::SystemRandom random;
  const Known none;
  PrepareContext context;
  context.today = clock::Day::Parse("2025-06-15").value();
  context.known = &none;
  context.ids = &ids;
  context.random = &random;
  std::vector<Write> writes;
  errors::Violations bad;
  for (int home = 0; home < kHomes; ++home) {
    const std::string name = absl::StrCat("locations/1-", home);
    writes.push_back(PrepareLocation(LocationOf(name), "", "", bad));
    for (int action = 0; action < 34; ++action) {
      v1::CreateRegulatoryActionRequest request;
      request.set_parent(name);
      *request.mutable_action() = ActionOf("2025-01-01");
      request.mutable_action()->mutable_source()->set_system("bench");
      request.mutable_action()->mutable_source()->set_reference(absl::StrCat(home, "/", action));
      writes.push_back(Prepare(request, context, "", bad));
    }
  }
  return writes;
}

std::vector<Batch> Batches(const std::vector<Write>& writes, size_t batch_size) {
  std::vector<Batch> batches;
  for (size_t at = 0; at < writes.size(); at += batch_size) {
    const size_t end = std::min(writes.size(), at + batch_size);
    batches.emplace_back().writes.assign(writes.begin() + static_cast<ptrdiff_t>(at),
                                         writes.begin() + static_cast<ptrdiff_t>(end));
  }
  return batches;
}

void AppendAll(RecordStore& store, std::vector<Batch> batches) {
  for (Batch& batch : batches) {
    if (!store.AppendAndWait(std::move(batch)).status.ok()) std::abort();
  }
}

void BM_IngestBesideRawInserts(benchmark::State& state) {
  const auto batch_size = static_cast<size_t>(state.range(0));
  const clock::SystemClock clock;
  digest::SystemRandom random;
  clock::UuidV7Source ids(clock, random);
  const std::vector<Write> writes = Writes(ids);
  Spent ours;
  Spent raw;
  for ([[maybe_unused]] auto _ : state) {
    const TemporaryFolder folder;
    SqliteOptions options;
    options.path = folder.File("ours.db");
    const auto store = OpenSqliteRecordStore(options, clock, random).value();
    std::vector<Batch> batches = Batches(writes, batch_size);
    ours += SpentOn([&] { AppendAll(*store, std::move(batches)); });
    raw += SpentOn([&] { InsertRaw(folder.File("raw.db"), writes, batch_size); });
  }
  const double rows = static_cast<double>(writes.size()) * static_cast<double>(state.iterations());
  state.counters["rows_per_s"] = rows / ours.seconds;
  state.counters["raw_rows_per_s"] = rows / raw.seconds;
  state.counters["ratio"] = raw.seconds / ours.seconds;
  state.counters["processor_ratio"] = raw.processor / ours.processor;
}
BENCHMARK(BM_IngestBesideRawInserts)
    ->Arg(1000)
    ->Arg(5000)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

void BM_FeedCatchUp(benchmark::State& state) {
  TestBackend test;
  const clock::SystemClock clock;
  digest::SystemRandom random;
  clock::UuidV7Source ids(clock, random);
  AppendAll(test.store(), Batches(Writes(ids), 5000));
  int64_t changes = 0;
  for ([[maybe_unused]] auto _ : state) {
    const auto feed = Feed::Open(test.store(), {}).value();
    v1::StreamChangesResponse batch;
    while (feed->Next(&batch).value() == Feed::Step::kBatch) {
      changes += batch.changes_size();
      benchmark::DoNotOptimize(batch.SerializeAsString());
      batch.Clear();
    }
  }
  state.counters["changes_per_s"] =
      benchmark::Counter(static_cast<double>(changes), benchmark::Counter::kIsRate);
  state.counters["rows"] = kRows;
}
BENCHMARK(BM_FeedCatchUp)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay::evidence

BENCHMARK_MAIN();
