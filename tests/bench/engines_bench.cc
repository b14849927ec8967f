// How fast the record is written, read and followed, on each engine. Every figure of ingest stands
// beside a bare equivalent of the same rows in the same run (raw_writes.h).
// tests/bench/run-evidence runs it and makes a table.
//
// ASSAY_BENCH_HOMES: locations with 34 judgements each for the benchmarks of a nation; default
// 2000. England has 57,000; 570000 shows how the cost grows, and takes some 20 GB.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "benchmark/benchmark.h"
#include "grpcpp/grpcpp.h"

#include "services/common/clock/clock.h"
#include "services/common/config/server_options.h"
#include "services/common/server/client_channel.h"
#include "services/common/server/server_runner.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/services.h"
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
// Locations of one measurement of ingest: 70,000 rows.
constexpr int kHomesWritten = 2000;
// Batches without an answer; what the command line sends by default.
constexpr size_t kWindow = 4;

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

  // Writes as the service makes them of these.
  std::vector<Write> Prepared(const std::vector<v1::RecordWrite>& requests) const {
    static const Known known = [&] {
      References named;
      named.versions.insert(kSaf);
      return backend_->Find(named).value();
    }();
    const PrepareContext context = backend_->Context(known);
    std::vector<Write> writes;
    writes.reserve(requests.size());
    errors::Violations bad;
    for (const v1::RecordWrite& request : requests) {
      writes.push_back(Prepare(request, context, "", bad));
    }
    if (!bad.empty()) {
      std::cerr << bad.ToStatus() << "\n";
      std::abort();
    }
    return writes;
  }

  // With so many batches unanswered at the most, as a stream has them.
  void Append(std::vector<Batch> batches, size_t window) {
    std::mutex mutex;
    std::condition_variable answered;
    size_t open = 0;
    for (Batch& batch : batches) {
      std::unique_lock<std::mutex> lock(mutex);
      answered.wait(lock, [&] { return open < window; });
      ++open;
      lock.unlock();
      store_->Append(std::move(batch), [&](const BatchResult& result) {
        if (!result.status.ok()) std::abort();
        const std::lock_guard<std::mutex> inner(mutex);
        --open;
        answered.notify_one();
      });
    }
    std::unique_lock<std::mutex> lock(mutex);
    answered.wait(lock, [&] { return open == 0; });
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

// The service over loopback gRPC, with a client's channel to it.
class BenchServer {
 public:
  explicit BenchServer(const Backend& backend) {
    config::ServerOptions options = config::ServerDefaults("evidence", 0, 0);
    options.metrics_address = "";
    options.log_level = "off";
    options.max_receive_bytes = int64_t{5} << 20;
    runner_ = server::ServerRunner::Create(options).value();
    services_ = std::make_unique<Services>(runner_->calls(), &backend);
    services_->AddTo(*runner_);
    if (!runner_->Start().ok()) std::abort();
    server::ChannelOptions to;
    to.address = runner_->listen_address();
    stub_ = v1::RecordService::NewStub(server::MakeChannel(to).value());
  }
  ~BenchServer() {
    runner_->RequestStop();
    runner_->Wait();
  }
  BenchServer(const BenchServer&) = delete;
  BenchServer& operator=(const BenchServer&) = delete;

  void Ingest(const std::vector<v1::IngestRecordsRequest>& batches, size_t window) const {
    grpc::ClientContext context;
    const auto stream = stub_->IngestRecords(&context);
    const auto read = [&] {
      v1::IngestRecordsResponse answer;
      if (!stream->Read(&answer) || answer.status().code() != 0) std::abort();
    };
    for (size_t at = 0; at < batches.size(); ++at) {
      if (at >= window) read();
      if (!stream->Write(batches[at])) std::abort();
    }
    stream->WritesDone();
    for (size_t left = std::min(window, batches.size()); left > 0; --left) read();
    if (!stream->Finish().ok()) std::abort();
  }

 private:
  std::unique_ptr<server::ServerRunner> runner_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<v1::RecordService::Stub> stub_;
};

// A location and 34 judgements of each home from `first` on, with request ids and sources, as an
// import brings them.
std::vector<v1::RecordWrite> Requests(int first, int count) {
  static const std::vector<std::string> items = [] {
    std::vector<std::string> all;
    const auto model = ShippedCatalogue().Find(kSaf).value();
    for (int item = 0; item < model->PositionCount(model::ClosedAxis::kItem); ++item) {
      type::v1::Node node;
      model->FillNode(model::ClosedAxis::kItem, item, node);
      all.push_back(node.item());
    }
    return all;
  }();
  static const clock::SystemClock clock;
  static digest::SystemRandom random;
  static clock::UuidV7Source ids(clock, random);
  std::vector<v1::RecordWrite> writes;
  for (int home = first; home < first + count; ++home) {
    const std::string name = absl::StrCat("locations/1-", home);
    auto& location = *writes.emplace_back().mutable_location();
    *location.mutable_location() = LocationOf(name);
    location.set_request_id(ids.NewId());
    for (int item = 0; item < kItems; ++item) {
      v1::CreateJudgementRequest& score = *writes.emplace_back().mutable_judgement();
      score = ScoreRequest(name, items[static_cast<size_t>(item) % items.size()], 1 + item % 4,
                           "2025-01-01");
      score.set_request_id(ids.NewId());
      score.mutable_judgement()->mutable_source()->set_system("bench");
      score.mutable_judgement()->mutable_source()->set_reference(absl::StrCat(home, "/", item));
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
      const int count = std::min(kHomesAtOnce, Homes() - first);
      nation->Append(Batches(nation->Prepared(Requests(first, count)), 5000), kWindow);
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

// What the raw equivalent takes in an empty store of the engine.
double SecondsOfRaw(int64_t engine, const std::vector<Write>& writes, size_t batch_size) {
  const DecidedRows rows(writes, batch_size);
  if (engine == kPostgresql) {
    return CopyRaw(Server().Url(MakeStoreDatabase(Server()).value()), rows);
  }
  const TemporaryFolder folder;
  const clock::SystemClock clock;
  digest::SystemRandom random;
  SqliteOptions options;
  options.path = folder.File("raw.db");
  if (!OpenSqliteRecordStore(options, clock, random).ok()) std::abort();
  return InsertRaw(options.path, rows);
}

void ReportRatio(double ours, double raw, double rows, benchmark::State& state) {
  state.counters["rows_per_s"] = rows / ours;
  state.counters["raw_rows_per_s"] = rows / raw;
  state.counters["ratio"] = raw / ours;
  NameEngine(state);
}

// The store alone: writes that are validated and prepared already.
void BM_StoreBesideRaw(benchmark::State& state) {
  const auto batch_size = static_cast<size_t>(state.range(1));
  double ours = 0;
  double raw = 0;
  double rows = 0;
  for ([[maybe_unused]] auto _ : state) {
    Bench bench(state.range(0));
    const std::vector<Write> writes = bench.Prepared(Requests(0, kHomesWritten));
    raw += SecondsOfRaw(state.range(0), writes, batch_size);
    std::vector<Batch> batches = Batches(writes, batch_size);
    ours += SecondsOf([&] { bench.Append(std::move(batches), kWindow); });
    rows += static_cast<double>(writes.size());
  }
  ReportRatio(ours, raw, rows, state);
}
BENCHMARK(BM_StoreBesideRaw)
    ->ArgsProduct({{kSqlite, kPostgresql}, {1000, 5000}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

// IngestRecords over loopback, from messages in the client's memory to their acknowledgements, in
// one process with the service.
void BM_StreamBesideRaw(benchmark::State& state) {
  const auto batch_size = static_cast<size_t>(state.range(1));
  double ours = 0;
  double raw = 0;
  double rows = 0;
  for ([[maybe_unused]] auto _ : state) {
    Bench bench(state.range(0));
    const std::vector<v1::RecordWrite> requests = Requests(0, kHomesWritten);
    raw += SecondsOfRaw(state.range(0), bench.Prepared(requests), batch_size);
    std::vector<v1::IngestRecordsRequest> batches;
    for (const v1::RecordWrite& request : requests) {
      if (batches.empty() || static_cast<size_t>(batches.back().writes_size()) == batch_size) {
        batches.emplace_back().set_sequence(static_cast<int64_t>(batches.size()));
      }
      *batches.back().add_writes() = request;
    }
    const BenchServer server(bench.backend());
    ours += SecondsOf([&] { server.Ingest(batches, kWindow); });
    rows += static_cast<double>(requests.size());
  }
  ReportRatio(ours, raw, rows, state);
}
BENCHMARK(BM_StreamBesideRaw)
    ->ArgsProduct({{kSqlite, kPostgresql}, {1000, 5000}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3)
    ->UseRealTime();

void BM_SingleWrites(benchmark::State& state) {
  const auto clients = static_cast<int>(state.range(1));
  const int writes_each = clients == 1 ? 500 : 100;
  std::vector<double> seconds;
  double elapsed = 0;
  for ([[maybe_unused]] auto _ : state) {
    Bench bench(state.range(0));
    const std::vector<Write> writes = bench.Prepared(Requests(0, clients * 4));
    std::vector<Write> states;
    std::vector<Write> judgements;
    for (const Write& write : writes) {
      (write.registry.has_value() ? states : judgements).push_back(write);
    }
    bench.Append(Batches(states, states.size()), 1);
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
    const auto feed = Feed::Open(nation.store(), nation.backend().clock(), {}).value();
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
  state.counters["locations"] = Homes();
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

BENCHMARK_MAIN();
