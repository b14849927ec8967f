// How long the caches take, beside a bare hiredis loop on the same Redis in the same run.
//
//   build/release/bin/cache_bench
//
// Prints a table a value, then the ratios: what the seal, the hand-over to the cache's thread,
// budgets and bookkeeping cost on top of Redis itself. Values are of 1,200 bytes, a rendered
// rating's size.

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"

#include "services/scoring/cache/l1/l1_cache.h"
#include "services/scoring/cache/redis/redis_rating_cache.h"
#include "services/scoring/cache/redis/seal.h"
#include "tests/common/testing/redis_server.h"

namespace assay::scoring {
namespace {

constexpr int kSubjects = 1000;
constexpr int kBatch = 200;
constexpr std::size_t kValueBytes = 1200;
const std::string kSecret(32, 's');

CacheKey KeyOf(int number) {
  CacheKey key;
  key.partition = number % 256;
  key.epoch = "0123456789abcdef";
  key.render_version = 1;
  key.model_digest = std::string(64, 'd');
  key.subject = absl::StrCat("locations/1-", 1'000'000'000 + number);
  key.view = "basic";
  key.revision = SubjectRevision::OfCounter(static_cast<std::uint64_t>(number));
  return key;
}

// The server and the cache of the whole run, with every value stored.
struct Setting {
  std::unique_ptr<testing::RedisServer> server;
  std::unique_ptr<redis::RedisRatingCache> cache;
  redisContext* raw = nullptr;
  std::vector<CacheKey> keys;
  std::vector<std::string> names;
};

[[noreturn]] void Fail(absl::string_view why) {
  std::fprintf(stderr, "cache_bench: %s\n", std::string(why).c_str());
  std::exit(1);
}

Setting& Shared() {
  static Setting setting = [] {
    Setting made;
    auto server = testing::RedisServer::Start();
    if (!server.ok()) Fail(server.status().message());
    made.server = *std::move(server);
    redis::RedisOptions options;
    options.secret = kSecret;
    auto cache = redis::RedisRatingCache::Create(
        options, std::make_unique<redis::SingleNode>(
                     redis::ParseEndpoint("address", made.server->address()).value()));
    if (!cache.ok()) Fail(cache.status().message());
    made.cache = *std::move(cache);
    if (!made.cache->WaitUntilAvailable(true, absl::Seconds(10))) Fail("redis does not answer");
    made.raw = redisConnectUnix(made.server->socket_path().c_str());
    redis::Sealer sealer(kSecret);
    for (int i = 0; i < kSubjects; ++i) {
      made.keys.push_back(KeyOf(i));
      made.names.push_back(made.keys.back().ToString());
      const std::string stored = sealer.Seal(made.names.back(), std::string(kValueBytes, 'x'));
      if (!made.server->Command({"SET", made.names.back(), stored}).ok()) Fail("SET failed");
    }
    return made;
  }();
  return setting;
}

// Counts answers; a caller waits for all of a round.
class Round {
 public:
  void Expect(int answers) { left_ = answers; }
  void Answer(bool hit) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!hit) ++misses_;
    if (--left_ == 0) changed_.notify_all();
  }
  // How many of the round were no hits.
  int Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return left_ == 0; });
    return std::exchange(misses_, 0);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int left_ = 0;
  int misses_ = 0;
};

void L1Get(benchmark::State& state) {
  L1Cache cache({});
  const auto bytes = std::make_shared<const std::string>(kValueBytes, 'x');
  for (int i = 0; i < kSubjects; ++i) {
    const CacheKey key = KeyOf(i);
    cache.Insert(cache.generation(), key.subject, key.view,
                 Rendered{key.valid_from, std::nullopt, key.revision, bytes});
  }
  std::size_t i = 0;
  const std::vector<CacheKey>& keys = Shared().keys;
  for ([[maybe_unused]] auto _ : state) {
    const CacheKey& key = keys[i++ % kSubjects];
    Buffer found = cache.Find(key.subject, key.view, key.valid_from, key.revision);
    if (found == nullptr) state.SkipWithError("a miss");
    benchmark::DoNotOptimize(found);
  }
  state.SetItemsProcessed(state.iterations());
}

void RawGet(benchmark::State& state) {
  Setting& setting = Shared();
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    const std::string& name = setting.names[i++ % kSubjects];
    auto* reply =
        static_cast<redisReply*>(redisCommand(setting.raw, "GET %b", name.data(), name.size()));
    if (reply == nullptr || reply->type != REDIS_REPLY_STRING) state.SkipWithError("no value");
    freeReplyObject(reply);
  }
  state.SetItemsProcessed(state.iterations());
}

void RawPipelined(benchmark::State& state) {
  Setting& setting = Shared();
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (int n = 0; n < kBatch; ++n) {
      const std::string& name = setting.names[i++ % kSubjects];
      redisAppendCommand(setting.raw, "GET %b", name.data(), name.size());
    }
    for (int n = 0; n < kBatch; ++n) {
      void* reply = nullptr;
      if (redisGetReply(setting.raw, &reply) != REDIS_OK) state.SkipWithError("no answer");
      freeReplyObject(reply);
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

// So many single lookups at once as the argument says.
void CacheGet(benchmark::State& state) {
  Setting& setting = Shared();
  const int at_once = static_cast<int>(state.range(0));
  Round round;
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    round.Expect(at_once);
    for (int n = 0; n < at_once; ++n) {
      setting.cache->Get(
          setting.keys[i++ % kSubjects], RatingCache::kMaxBudget,
          [&](const std::optional<std::string>& value) { round.Answer(value.has_value()); });
    }
    if (round.Wait() != 0) state.SkipWithError("a miss");
  }
  state.SetItemsProcessed(state.iterations() * at_once);
}

void CachePipelined(benchmark::State& state) {
  Setting& setting = Shared();
  Round round;
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    std::vector<CacheKey> keys;
    keys.reserve(kBatch);
    for (int n = 0; n < kBatch; ++n) keys.push_back(setting.keys[i++ % kSubjects]);
    round.Expect(1);
    setting.cache->GetMany(keys, RatingCache::kMaxBudget,
                           [&](const std::vector<std::optional<std::string>>& values) {
                             bool hits = true;
                             for (const auto& value : values) hits = hits && value.has_value();
                             round.Answer(hits);
                           });
    if (round.Wait() != 0) state.SkipWithError("a miss");
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

void Seal(benchmark::State& state) {
  redis::Sealer sealer(kSecret);
  const std::string stored = sealer.Seal(Shared().names[0], std::string(kValueBytes, 'x'));
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(sealer.Open(Shared().names[0], stored));
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(L1Get);
BENCHMARK(Seal);
BENCHMARK(RawGet)->UseRealTime();
BENCHMARK(CacheGet)->Arg(1)->Arg(64)->UseRealTime();
BENCHMARK(RawPipelined)->UseRealTime();
BENCHMARK(CachePipelined)->UseRealTime();

// Keeps microseconds a value by benchmark, for the ratios.
class Reporter final : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const auto items = run.counters.find("items_per_second");
      if (items != run.counters.end()) us_[run.benchmark_name()] = 1e6 / items->second;
    }
  }

  void PrintRatio(const char* label, const std::string& ours, const std::string& theirs) const {
    const auto a = us_.find(ours), b = us_.find(theirs);
    if (a == us_.end() || b == us_.end()) return;
    std::printf("%-44s %7.2f us : %6.2f us = %.2f\n", label, a->second, b->second,
                a->second / b->second);
  }

 private:
  std::map<std::string, double> us_;
};

}  // namespace
}  // namespace assay::scoring

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  assay::scoring::Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  std::printf("\ntime a value, ours : bare\n");
  reporter.PrintRatio("one lookup at a time : bare GET", "CacheGet/1/real_time",
                      "RawGet/real_time");
  reporter.PrintRatio("64 lookups at once : bare GET", "CacheGet/64/real_time", "RawGet/real_time");
  reporter.PrintRatio("GetMany of 200 : bare pipeline of 200", "CachePipelined/real_time",
                      "RawPipelined/real_time");
  reporter.PrintRatio("L1 : bare GET", "L1Get", "RawGet/real_time");
  return 0;
}
