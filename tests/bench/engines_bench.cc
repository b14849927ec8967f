// How fast the record is written, read and followed, on each engine. Every figure of ingest stands
// beside a bare equivalent of the same rows in the same run (raw_writes.h). evidence_bench.cc looks
// at SQLite alone, more closely; both are one program.
//
//   ASSAY_BENCH_HOMES=57000 build/release/bin/evidence_bench --benchmark_filter=Nation
//
// ASSAY_BENCH_HOMES: locations with 34 judgements each for the benchmarks of a nation; default
// 2000. England has 57,000; 570000 shows how the cost grows, and takes some 20 GB.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "benchmark/benchmark.h"

#include "services/common/clock/clock.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/core/prepare.h"
#include "services/evidence/storage/postgresql/postgresql_record_store.h"
#include "services/evidence/storage/sqlite/sqlite_record_store.h"
#include "tests/bench/raw_writes.h"
#include "tests/common/testing/postgres_server.h"
#include "tests/evidence/evidence_testing.h"
#include "tests/evidence/storage/postgresql/postgresql_testing.h"

namespace assay::evidence {
namespace {

using assay::testing::PostgresServer;

constexpr int kItems = 34;
constexpr int kHomesAtOnce = 500;

enum Engine : int64_t { kSqlite, kPostgresql };

double SecondsOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A server with the memory and the log that a deployment would give it.
PostgresServer& Server() {
  // Ended with the program, or its folder would stay.
  static const std::unique_ptr<PostgresServer> server = [] {
    PostgresServer::Options options;
    options.settings = {"shared_buffers = 512MB", "max_wal_size = 4GB"};
    return PostgresServer::Start(options).value();
  }();
  return *server;
}

// The parts of a service over one engine, without gRPC.
class Bench {
 public:
  explicit Bench(int64_t engine) {
    if (engine == kSqlite) {
      SqliteOptions options;
      options.path = folder_.File("bench.db");
      store_ = OpenSqliteRecordStore(options, clock_, random_).value();
    } else {
      PostgresqlOptions options;
      options.target = Server().Url(MakeStoreDatabase(Server()).value());
      store_ = OpenPostgresqlRecordStore(options, clock_, random_).value();
    }
    backend_ = std::make_unique<Backend>(BackendParts{store_.get(), &clock_, &calendar_, &ids_,
                                                      &ShippedCatalogue(), &random_, &key_});
  }

  RecordStore& store() { return *store_; }
  const Backend& backend() const { return *backend_; }
  std::string File(const char* name) const { return folder_.File(name); }

  // A location and 34 judgements of each home from `first` on, as writes with request ids and
  // sources, as an import brings them.
  std::vector<Write> Writes(int first, int count) {
    References named;
    named.versions.insert(kSaf);
    const Known known = backend_->Find(named).value();
    static const std::vector<std::string> items = [&known] {
      std::vector<std::string> all;
      const model::CompiledModel& model = *known.versions.at(kSaf);
      for (int item = 0; item < model.PositionCount(model::ClosedAxis::kItem); ++item) {
        all.push_back(model.PositionName(model::ClosedAxis::kItem, item));
      }
      return all;
    }();
    const PrepareContext context = backend_->Context(known);
    std::vector<Write> writes;
    errors::Violations bad;
    for (int home = first; home < first + count; ++home) {
      const std::string name = absl::StrCat("locations/1-", home);
      writes.push_back(PrepareLocation(LocationOf(name), ids_.NewId(), "", bad));
      for (int item = 0; item < kItems; ++item) {
        v1::CreateJudgementRequest request = ScoreRequest(
            name, items[static_cast<size_t>(item) % items.size()], 1 + item % 4, "2025-01-01");
        request.set_request_id(ids_.NewId());
        request.mutable_judgement()->mutable_source()->set_system("bench");
        request.mutable_judgement()->mutable_source()->set_reference(absl::StrCat(home, "/", item));
        writes.push_back(Prepare(request, context, "", bad));
      }
    }
    if (!bad.empty()) std::abort();
    return writes;
  }

  void Append(const std::vector<Write>& writes, size_t batch_size) {
    for (size_t at = 0; at < writes.size(); at += batch_size) {
      Batch batch;
      const size_t end = std::min(writes.size(), at + batch_size);
      batch.writes.assign(writes.begin() + static_cast<ptrdiff_t>(at),
                          writes.begin() + static_cast<ptrdiff_t>(end));
      if (!store_->AppendAndWait(std::move(batch)).status.ok()) std::abort();
    }
  }

 private:
  const TemporaryFolder folder_;
  const clock::SystemClock clock_;
  digest::SystemRandom random_;
  clock::UuidV7Source ids_{clock_, random_};
  const digest::SigningKey key_ = digest::SigningKey::Make();
  const clock::LondonCalendar calendar_ = clock::LondonCalendar::Load().value();
  std::unique_ptr<RecordStore> store_;
  std::unique_ptr<Backend> backend_;
};

// The nation of an engine, made once.
int Homes() {
  int homes = 2000;
  const char* wanted = std::getenv("ASSAY_BENCH_HOMES");
  if (wanted != nullptr && !absl::SimpleAtoi(wanted, &homes)) std::abort();
  return homes;
}

Bench& Nation(int64_t engine) {
  Server();  // before the nations, so that it ends after them
  static std::map<int64_t, std::unique_ptr<Bench>> nations;
  std::unique_ptr<Bench>& nation = nations[engine];
  if (nation == nullptr) {
    nation = std::make_unique<Bench>(engine);
    for (int first = 0; first < Homes(); first += kHomesAtOnce) {
      nation->Append(nation->Writes(first, std::min(kHomesAtOnce, Homes() - first)), 5000);
    }
  }
  return *nation;
}

// Peak resident memory of this process since the last call to ForgetPeak, in MiB.
double PeakMib() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    int64_t kib = 0;
    absl::string_view value = line;
    if (absl::ConsumePrefix(&value, "VmHWM:") && absl::ConsumeSuffix(&value, " kB") &&
        absl::SimpleAtoi(value, &kib)) {
      return static_cast<double>(kib) / 1024;
    }
  }
  return 0;
}

double ForgetPeak() {
  std::ofstream("/proc/self/clear_refs") << "5";
  return PeakMib();
}

void ReportTimes(std::vector<double>& seconds, benchmark::State& state) {
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double share) {
    return 1e6 * seconds[static_cast<size_t>(share * static_cast<double>(seconds.size() - 1))];
  };
  state.counters["p50_us"] = at(0.5);
  state.counters["p99_us"] = at(0.99);
}

void NameEngine(benchmark::State& state) {
  state.SetLabel(state.range(0) == kSqlite ? "sqlite" : "postgresql");
}

void BM_IngestBesideRaw(benchmark::State& state) {
  const int64_t engine = state.range(0);
  const auto batch_size = static_cast<size_t>(state.range(1));
  double ours = 0;
  double raw = 0;
  double rows = 0;
  for ([[maybe_unused]] auto _ : state) {
    Bench bench(engine);
    const std::vector<Write> writes = bench.Writes(0, kHomesAtOnce);
    // Both are given their writes in memory, and both encode them.
    ours += SecondsOf([&] { bench.Append(writes, batch_size); });
    raw += engine == kSqlite
               ? SecondsOf([&] { InsertRaw(bench.File("raw.db"), writes, batch_size); })
               : CopyRaw(Server().Url(Server().CreateDatabase().value()), writes, batch_size);
    rows += static_cast<double>(writes.size());
  }
  state.counters["rows_per_s"] = rows / ours;
  state.counters["raw_rows_per_s"] = rows / raw;
  state.counters["ratio"] = raw / ours;
  NameEngine(state);
}
BENCHMARK(BM_IngestBesideRaw)
    ->ArgsProduct({{kSqlite, kPostgresql}, {1000, 5000}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

void BM_SingleWrites(benchmark::State& state) {
  const auto clients = static_cast<int>(state.range(1));
  const int writes_each = clients == 1 ? 500 : 100;
  std::vector<double> seconds;
  double elapsed = 0;
  for ([[maybe_unused]] auto _ : state) {
    Bench bench(state.range(0));
    const std::vector<Write> writes = bench.Writes(0, clients * 4);
    std::vector<Write> states;
    std::vector<Write> judgements;
    for (const Write& write : writes) {
      (write.registry.has_value() ? states : judgements).push_back(write);
    }
    bench.Append(states, states.size());
    std::vector<std::vector<double>> taken(static_cast<size_t>(clients));
    elapsed += SecondsOf([&] {
      std::vector<std::thread> threads;
      for (int client = 0; client < clients; ++client) {
        threads.emplace_back([&, client] {
          for (int write = 0; write < writes_each; ++write) {
            Batch batch;
            batch.writes = {
                judgements[static_cast<size_t>(client * writes_each + write) % judgements.size()]};
            // Each is a write of its own.
            batch.writes[0].request_id = digest::RandomBytes(16);
            batch.writes[0].origin = digest::RandomBytes(16);
            batch.writes[0].row.id = digest::RandomBytes(16);
            taken[static_cast<size_t>(client)].push_back(SecondsOf([&] {
              if (!bench.store().AppendAndWait(std::move(batch)).status.ok()) std::abort();
            }));
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
    });
    for (const auto& one : taken) seconds.insert(seconds.end(), one.begin(), one.end());
  }
  state.counters["writes_per_s"] = static_cast<double>(seconds.size()) / elapsed;
  ReportTimes(seconds, state);
  NameEngine(state);
}
BENCHMARK(BM_SingleWrites)
    ->ArgsProduct({{kSqlite, kPostgresql}, {1, 64}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

// What scoring does when it starts: every change from the first, made into the messages that are
// sent.
void BM_NationCatchUp(benchmark::State& state) {
  Bench& nation = Nation(state.range(0));
  int64_t changes = 0;
  const double before = ForgetPeak();
  for ([[maybe_unused]] auto _ : state) {
    const auto feed = Feed::Open(nation.store(), {}).value();
    v1::StreamChangesResponse batch;
    while (feed->Next(&batch).value() == Feed::Step::kBatch) {
      changes += batch.changes_size();
      benchmark::DoNotOptimize(batch.SerializeAsString());
      batch.Clear();
    }
  }
  state.counters["changes_per_s"] =
      benchmark::Counter(static_cast<double>(changes), benchmark::Counter::kIsRate);
  state.counters["changes"] =
      static_cast<double>(changes) / static_cast<double>(state.iterations());
  state.counters["peak_mib_more"] = PeakMib() - before;
  NameEngine(state);
}
BENCHMARK(BM_NationCatchUp)
    ->Arg(kSqlite)
    ->Arg(kPostgresql)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->UseRealTime();

// The state of one location at a date, of locations all over the nation.
void BM_NationState(benchmark::State& state) {
  Bench& nation = Nation(state.range(0));
  std::vector<double> seconds;
  int turn = 0;
  for ([[maybe_unused]] auto _ : state) {
    v1::GetStateRequest request;
    turn = (turn + 7919) % Homes();
    request.set_name(absl::StrCat("locations/1-", turn));
    *request.mutable_as_of()->mutable_effective_date() = DateOf("2025-03-01");
    seconds.push_back(SecondsOf([&] {
      if (!GetState(nation.backend(), request).ok()) std::abort();
    }));
  }
  ReportTimes(seconds, state);
  NameEngine(state);
}
BENCHMARK(BM_NationState)
    ->Arg(kSqlite)
    ->Arg(kPostgresql)
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(2000);

}  // namespace
}  // namespace assay::evidence
