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
#include <future>
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
#include "google/protobuf/arena.h"
#include "grpcpp/grpcpp.h"

#include "services/common/clock/clock.h"
#include "services/common/config/server_options.h"
#include "services/common/server/batch_arena.h"
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
    channel_ = server::MakeChannel(to).value();
    stub_ = v1::RecordService::NewStub(channel_);
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

  void Create(const v1::CreateJudgementRequest& request) const {
    grpc::ClientContext context;
    v1::Judgement answer;
    if (!stub_->CreateJudgement(&context, request, &answer).ok()) std::abort();
  }

  // Every change from the first, as a follower reads them when it starts.
  int64_t CatchUp() const {
    grpc::ClientContext context;
    v1::StreamChangesRequest request;
    request.set_until_caught_up(true);
    const auto stub = v1::ChangeService::NewStub(channel_);
    const auto stream = stub->StreamChanges(&context, request);
    int64_t changes = 0;
    google::protobuf::Arena arena(server::BatchArena());
    while (true) {
      auto* const batch = google::protobuf::Arena::CreateMessage<v1::StreamChangesResponse>(&arena);
      if (!stream->Read(batch)) break;
      changes += batch->changes_size();
      arena.Reset();
    }
    if (!stream->Finish().ok()) std::abort();
    return changes;
  }

 private:
  std::unique_ptr<server::ServerRunner> runner_;
  std::unique_ptr<Services> services_;
  std::shared_ptr<grpc::Channel> channel_;
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

// How many locations the nation of this run has.
int Homes() {
  int homes = 2000;
  const char* wanted = std::getenv("ASSAY_BENCH_HOMES");
  if (wanted != nullptr && !absl::SimpleAtoi(wanted, &homes)) std::abort();
  return homes;
}

// A store that holds the nation, filled when it is first asked for.
struct Nation {
  explicit Nation(int64_t engine) : bench(engine) {
    const auto prepare = [this](int first) {
      return Batches(bench.Prepared(Requests(first, std::min(kHomesAtOnce, Homes() - first))),
                     5000);
    };
    // The next are made while these are written.
    std::future<std::vector<Batch>> next;
    std::vector<Batch> batches = prepare(0);
    for (int first = 0; first < Homes(); first += kHomesAtOnce) {
      const int after = first + kHomesAtOnce;
      if (after < Homes()) next = std::async(std::launch::async, prepare, after);
      const double took = SecondsOf([&] { bench.Append(std::move(batches), kWindow); });
      seconds += took;
      if (after < Homes()) batches = next.get();
      const int done = std::min(after, Homes());
      // What the last tenth took shows what the size costs.
      if (first >= Homes() * 9 / 10) {
        last_seconds += took;
        last_homes += done - first;
      }
      if (done % (kHomesAtOnce * 20) == 0) {
        std::cerr << "filling: " << done << " of " << Homes() << " locations, " << seconds
                  << " s\n";
      }
    }
  }

  Bench bench;
  double seconds = 0;
  double last_seconds = 0;
  int last_homes = 0;
};

// The nation of one engine at a time, so that the memory of two is never held at once.
Nation& NationOf(int64_t engine) {
  Server();  // before the nations, so that it ends after them
  static std::unique_ptr<Nation> nation;
  static int64_t of = -1;
  if (of != engine) {
    nation.reset();
    nation = std::make_unique<Nation>(engine);
    of = engine;
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
Spent SpentRaw(int64_t engine, const std::vector<Write>& writes, size_t batch_size) {
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

// What the same rows took, once as they are measured and once raw.
struct Beside {
  double rows = 0;
  Spent ours;
  Spent raw;

  void AddRaw(int64_t engine, const std::vector<Write>& writes, size_t batch_size) {
    rows += static_cast<double>(writes.size());
    Add(SpentRaw(engine, writes, batch_size), raw);
  }
  void AddOurs(const std::function<void()>& work) { Add(SpentOn(work), ours); }
  static void Add(const Spent& more, Spent& sum) {
    sum.seconds += more.seconds;
    sum.cpu += more.cpu;
  }
  void Report(benchmark::State& state) const {
    state.counters["rows_per_s"] = rows / ours.seconds;
    state.counters["raw_rows_per_s"] = rows / raw.seconds;
    state.counters["ratio"] = raw.seconds / ours.seconds;
    state.counters["cpu_us"] = 1e6 * ours.cpu / rows;
    state.counters["raw_cpu_us"] = 1e6 * raw.cpu / rows;
    NameEngine(state);
  }
};

// The store alone: writes that are validated and prepared already.
void BM_StoreBesideRaw(benchmark::State& state) {
  const auto batch_size = static_cast<size_t>(state.range(1));
  Beside beside;
  for ([[maybe_unused]] auto _ : state) {
    Bench bench(state.range(0));
    const std::vector<Write> writes = bench.Prepared(Requests(0, kHomesWritten));
    beside.AddRaw(state.range(0), writes, batch_size);
    std::vector<Batch> batches = Batches(writes, batch_size);
    beside.AddOurs([&] { bench.Append(std::move(batches), kWindow); });
  }
  beside.Report(state);
}
BENCHMARK(BM_StoreBesideRaw)
    ->ArgsProduct({{kSqlite, kPostgresql}, {1000, 5000}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

// IngestRecords over loopback, from messages in the client's memory to their acknowledgements, in
// one process with the service.
void BM_StreamBesideRaw(benchmark::State& state) {
  const auto batch_size = static_cast<size_t>(state.range(1));
  Beside beside;
  for ([[maybe_unused]] auto _ : state) {
    Bench bench(state.range(0));
    const std::vector<v1::RecordWrite> requests = Requests(0, kHomesWritten);
    beside.AddRaw(state.range(0), bench.Prepared(requests), batch_size);
    std::vector<v1::IngestRecordsRequest> batches;
    for (const v1::RecordWrite& request : requests) {
      if (batches.empty() || static_cast<size_t>(batches.back().writes_size()) == batch_size) {
        batches.emplace_back().set_sequence(static_cast<int64_t>(batches.size()));
      }
      *batches.back().add_writes() = request;
    }
    const BenchServer server(bench.backend());
    beside.AddOurs([&] { server.Ingest(batches, kWindow); });
  }
  beside.Report(state);
}
BENCHMARK(BM_StreamBesideRaw)
    ->ArgsProduct({{kSqlite, kPostgresql}, {1000, 5000}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3)
    ->UseRealTime();

// Judgements of these homes, each of them a request of its own.
std::vector<v1::CreateJudgementRequest> JudgementRequests(int first, int count) {
  std::vector<v1::CreateJudgementRequest> judgements;
  for (v1::RecordWrite& write : Requests(first, count)) {
    if (write.has_judgement()) judgements.push_back(std::move(*write.mutable_judgement()));
  }
  return judgements;
}

// CreateJudgement over loopback from so many clients at once, each of whom waits for its answer.
// The seconds of each call, and those of all together.
std::vector<double> SingleWrites(Bench& bench, int first_home, int clients, int writes_each,
                                 double* elapsed) {
  const int homes = (clients * writes_each + kItems - 1) / kItems;
  std::vector<Batch> states(1);
  for (Write& write : bench.Prepared(Requests(first_home, homes))) {
    if (write.registry.has_value()) states[0].writes.push_back(std::move(write));
  }
  bench.Append(std::move(states), 1);
  const std::vector<v1::CreateJudgementRequest> requests = JudgementRequests(first_home, homes);
  const BenchServer server(bench.backend());
  std::vector<std::vector<double>> taken(static_cast<size_t>(clients));
  *elapsed += SecondsOf([&] {
    std::vector<std::thread> threads;
    for (int client = 0; client < clients; ++client) {
      threads.emplace_back([&, client] {
        for (int write = 0; write < writes_each; ++write) {
          const auto at = static_cast<size_t>(client) * static_cast<size_t>(writes_each) +
                          static_cast<size_t>(write);
          taken[static_cast<size_t>(client)].push_back(
              SecondsOf([&] { server.Create(requests[at]); }));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::vector<double> seconds;
  for (const auto& one : taken) seconds.insert(seconds.end(), one.begin(), one.end());
  return seconds;
}

void ReportSingles(std::vector<double>& seconds, double elapsed, benchmark::State& state) {
  state.counters["writes_per_s"] = static_cast<double>(seconds.size()) / elapsed;
  ReportTimes(seconds, state);
  NameEngine(state);
}

// Beside it the raw equivalent: the rows of one such write after another, each committed by itself,
// from one client.
void BM_SingleWrites(benchmark::State& state) {
  const auto clients = static_cast<int>(state.range(1));
  const int writes_each = clients == 1 ? 1000 : 200;
  std::vector<double> seconds;
  double elapsed = 0;
  double raw = 0;
  for ([[maybe_unused]] auto _ : state) {
    Bench bench(state.range(0));
    raw +=
        SpentRaw(state.range(0), bench.Prepared(Requests(0, 30)), 1).seconds / (30 * (kItems + 1));
    seconds = SingleWrites(bench, 1000, clients, writes_each, &elapsed);
  }
  ReportSingles(seconds, elapsed, state);
  state.counters["raw_writes_per_s"] = 1 / raw;
  state.counters["ratio"] = state.counters["writes_per_s"] * raw;
}
BENCHMARK(BM_SingleWrites)
    ->ArgsProduct({{kSqlite, kPostgresql}, {1, 64}})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

// How the nation was written, by the store alone.
void BM_NationFill(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    const Nation& nation = NationOf(state.range(0));
    state.counters["rows_per_s"] = Homes() * (kItems + 1) / nation.seconds;
    state.counters["last_rows_per_s"] = nation.last_homes * (kItems + 1) / nation.last_seconds;
  }
  state.counters["locations"] = Homes();
  NameEngine(state);
}

// What scoring does when it starts: every change from the first, over loopback, with a client that
// parses them in the same process. The memory is that of both.
void BM_NationCatchUp(benchmark::State& state) {
  Nation& nation = NationOf(state.range(0));
  const BenchServer server(nation.bench.backend());
  int64_t changes = 0;
  const double before = ForgetPeak();
  for ([[maybe_unused]] auto _ : state) changes += server.CatchUp();
  state.counters["changes_per_s"] =
      benchmark::Counter(static_cast<double>(changes), benchmark::Counter::kIsRate);
  state.counters["changes"] =
      static_cast<double>(changes) / static_cast<double>(state.iterations());
  state.counters["locations"] = Homes();
  state.counters["peak_mib_more"] = PeakMib() - before;
  NameEngine(state);
}

// The same made into the bytes that are sent, without a client: what the service spends.
void BM_NationFeed(benchmark::State& state) {
  Nation& nation = NationOf(state.range(0));
  int64_t changes = 0;
  for ([[maybe_unused]] auto _ : state) {
    v1::StreamChangesRequest request;
    request.set_until_caught_up(true);
    const auto feed =
        Feed::Open(nation.bench.store(), nation.bench.backend().clock(), request).value();
    std::string bytes;
    while (feed->NextBytes(&bytes).value() == Feed::Step::kBatch) {
      benchmark::DoNotOptimize(bytes.data());
      bytes.clear();
    }
    for (const int64_t counter : nation.bench.store().Counters()) changes += counter;
  }
  state.counters["changes_per_s"] =
      benchmark::Counter(static_cast<double>(changes), benchmark::Counter::kIsRate);
  NameEngine(state);
}

// The state of one location at a date, of locations all over the nation.
void BM_NationState(benchmark::State& state) {
  Nation& nation = NationOf(state.range(0));
  std::vector<double> seconds;
  int turn = 0;
  for ([[maybe_unused]] auto _ : state) {
    v1::GetStateRequest request;
    turn = (turn + 7919) % Homes();
    request.set_name(absl::StrCat("locations/1-", turn));
    *request.mutable_as_of()->mutable_effective_date() = DateOf("2025-03-01");
    seconds.push_back(SecondsOf([&] {
      if (!GetState(nation.bench.backend(), request).ok()) std::abort();
    }));
  }
  ReportTimes(seconds, state);
  NameEngine(state);
}

// Single writes from one client into the nation.
void BM_NationSingles(benchmark::State& state) {
  Nation& nation = NationOf(state.range(0));
  std::vector<double> seconds;
  double elapsed = 0;
  for ([[maybe_unused]] auto _ : state) {
    seconds = SingleWrites(nation.bench, Homes() + 1000, 1, 500, &elapsed);
  }
  ReportSingles(seconds, elapsed, state);
}

// All of a nation for one engine, and then for the other.
[[maybe_unused]] const bool kRegistered = [] {
  for (const int64_t engine : {kSqlite, kPostgresql}) {
    const auto add = [engine](const char* name, void (*run)(benchmark::State&), int iterations) {
      benchmark::RegisterBenchmark(name, run)
          ->Arg(engine)
          ->Unit(benchmark::kMillisecond)
          ->Iterations(iterations)
          ->UseRealTime();
    };
    add("BM_NationFill", &BM_NationFill, 1);
    add("BM_NationCatchUp", &BM_NationCatchUp, 1);
    add("BM_NationFeed", &BM_NationFeed, 1);
    add("BM_NationState", &BM_NationState, 2000);
    add("BM_NationSingles", &BM_NationSingles, 1);
  }
  return true;
}();

}  // namespace
}  // namespace assay::evidence

BENCHMARK_MAIN();
