#include "services/scoring/api/cache_metrics.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

namespace assay::scoring {
namespace {

using ::testing::HasSubstr;

// A cache that has counted what a test says.
class CountedCache final : public RatingCache {
 public:
  explicit CountedCache(const CacheStats& stats) : stats_(stats) {}
  void Get(const CacheKey&, absl::Duration, GetCallback done) override { done(std::nullopt); }
  void GetMany(const std::vector<CacheKey>& keys, absl::Duration, GetManyCallback done) override {
    done(std::vector<std::optional<std::string>>(keys.size()));
  }
  void Put(const CacheKey&, Buffer) override {}
  CacheStats Stats() const override { return stats_; }
  absl::Status Health() const override { return absl::OkStatus(); }

 private:
  const CacheStats stats_;
};

std::string Page(const L1Cache& memory, const CacheStats& redis) {
  const CountedCache cache(redis);
  return prometheus::TextSerializer().Serialize(CacheMetrics(memory, cache).Collect());
}

TEST(CacheMetricsTest, NameEveryCountOfRedis) {
  CacheStats stats;
  stats.hits = 11;
  stats.misses = 12;
  stats.timeouts = 13;
  stats.corrupt = 14;
  stats.errors = 15;
  stats.rejected = 16;
  stats.stored = 17;
  stats.dropped_puts = 18;
  stats.failed_puts = 19;
  stats.hit_bytes = 20;
  stats.stored_bytes = 21;
  stats.connects = 22;
  stats.disconnects = 23;
  stats.failed_connects = 24;
  stats.circuit_opened = 25;
  const std::string page = Page(L1Cache(L1Cache::Options{}), stats);
  for (const char* line : {
           R"(assay_cache_lookups_total{cache="redis",result="hit"} 11)",
           R"(assay_cache_lookups_total{cache="redis",result="miss"} 12)",
           R"(assay_cache_lookups_total{cache="redis",result="timeout"} 13)",
           R"(assay_cache_lookups_total{cache="redis",result="corrupt"} 14)",
           R"(assay_cache_lookups_total{cache="redis",result="error"} 15)",
           R"(assay_cache_lookups_total{cache="redis",result="rejected"} 16)",
           R"(assay_cache_puts_total{cache="redis",result="stored"} 17)",
           R"(assay_cache_puts_total{cache="redis",result="dropped"} 18)",
           R"(assay_cache_puts_total{cache="redis",result="failed"} 19)",
           R"(assay_cache_bytes_total{cache="redis",direction="read"} 20)",
           R"(assay_cache_bytes_total{cache="redis",direction="written"} 21)",
           R"(assay_cache_connections_total{cache="redis",event="made"} 22)",
           R"(assay_cache_connections_total{cache="redis",event="lost"} 23)",
           R"(assay_cache_connections_total{cache="redis",event="failed"} 24)",
           R"(assay_cache_connections_total{cache="redis",event="circuit_opened"} 25)",
       }) {
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST(CacheMetricsTest, TimesAddUpBucketByBucket) {
  CacheStats stats;
  stats.latency[0] = 5;      // up to 20 us
  stats.latency[3] = 2;      // up to 200 us
  stats.latency.back() = 1;  // over half a second
  stats.latency_sum_us = 1'500'000;
  const std::string page = Page(L1Cache(L1Cache::Options{}), stats);
  for (const char* line : {
           R"(assay_cache_lookup_seconds_count{cache="redis"} 8)",
           R"(assay_cache_lookup_seconds_sum{cache="redis"} 1.5)",
           R"(assay_cache_lookup_seconds_bucket{cache="redis",le="0.0001"} 5)",
           R"(assay_cache_lookup_seconds_bucket{cache="redis",le="0.0002"} 7)",
           R"(assay_cache_lookup_seconds_bucket{cache="redis",le="0.5"} 7)",
           R"(assay_cache_lookup_seconds_bucket{cache="redis",le="+Inf"} 8)",
       }) {
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST(CacheMetricsTest, MemorysAreItsOwnCounts) {
  L1Cache memory{L1Cache::Options{}};
  const clock::Day day = *clock::Day::Parse("2025-06-01");
  const SubjectRevision revision{};
  EXPECT_EQ(memory.Find("locations/1-1", "full", day, revision), nullptr);
  memory.Insert(memory.generation(), "locations/1-1", "full",
                {day, std::nullopt, revision, std::make_shared<const std::string>("rating")});
  EXPECT_NE(memory.Find("locations/1-1", "full", day, revision), nullptr);
  EXPECT_NE(memory.Find("locations/1-1", "full", day, revision), nullptr);
  const std::string page = Page(memory, CacheStats());
  for (const char* line : {
           R"(assay_cache_lookups_total{cache="memory",result="hit"} 2)",
           R"(assay_cache_lookups_total{cache="memory",result="miss"} 1)",
           R"(assay_cache_puts_total{cache="memory",result="stored"} 1)",
           R"(assay_cache_results{cache="memory"} 1)",
       }) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  memory.StartGeneration();
  EXPECT_THAT(Page(memory, CacheStats()),
              HasSubstr(R"(assay_cache_evicted_total{cache="memory"} 1)"));
}

}  // namespace
}  // namespace assay::scoring
