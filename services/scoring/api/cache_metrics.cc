#include "services/scoring/api/cache_metrics.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "prometheus/client_metric.h"
#include "prometheus/metric_type.h"

namespace assay::scoring {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double kMicrosecondsInSecond = 1e6;

// One family that is being written.
class Family {
 public:
  Family(const char* name, const char* help, MetricType type) {
    family_.name = name;
    family_.help = help;
    family_.type = type;
  }

  Family& Add(const char* cache, const char* label, const char* value, std::uint64_t count) {
    ClientMetric metric;
    metric.label = {{"cache", cache}};
    if (label != nullptr) metric.label.push_back({label, value});
    (family_.type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) =
        static_cast<double>(count);
    family_.metric.push_back(std::move(metric));
    return *this;
  }

  MetricFamily Take() { return std::move(family_); }

 private:
  MetricFamily family_;
};

MetricFamily Lookups(const L1Stats& memory, const CacheStats& redis) {
  return Family("assay_cache_lookups_total", "Ratings looked up, by cache and what came of it",
                MetricType::Counter)
      .Add("memory", "result", "hit", memory.hits)
      .Add("memory", "result", "miss", memory.misses)
      .Add("redis", "result", "hit", redis.hits)
      .Add("redis", "result", "miss", redis.misses)
      .Add("redis", "result", "timeout", redis.timeouts)
      .Add("redis", "result", "corrupt", redis.corrupt)
      .Add("redis", "result", "error", redis.errors)
      .Add("redis", "result", "rejected", redis.rejected)
      .Take();
}

MetricFamily Puts(const L1Stats& memory, const CacheStats& redis) {
  return Family("assay_cache_puts_total", "Ratings offered to a cache, by what came of it",
                MetricType::Counter)
      .Add("memory", "result", "stored", memory.inserts)
      .Add("memory", "result", "dropped", memory.refused)
      .Add("redis", "result", "stored", redis.stored)
      .Add("redis", "result", "dropped", redis.dropped_puts)
      .Add("redis", "result", "failed", redis.failed_puts)
      .Take();
}

MetricFamily Bytes(const CacheStats& redis) {
  return Family("assay_cache_bytes_total", "Bytes of values read, and of keys and values written",
                MetricType::Counter)
      .Add("redis", "direction", "read", redis.hit_bytes)
      .Add("redis", "direction", "written", redis.stored_bytes)
      .Take();
}

MetricFamily Connections(const CacheStats& redis) {
  return Family("assay_cache_connections_total", "What became of connections to the cache",
                MetricType::Counter)
      .Add("redis", "event", "made", redis.connects)
      .Add("redis", "event", "lost", redis.disconnects)
      .Add("redis", "event", "failed", redis.failed_connects)
      .Add("redis", "event", "circuit_opened", redis.circuit_opened)
      .Take();
}

MetricFamily LookupSeconds(const CacheStats& redis) {
  MetricFamily family;
  family.name = "assay_cache_lookup_seconds";
  family.help = "Time from a look-up to the cache's answer, hit or miss, in seconds";
  family.type = MetricType::Histogram;
  ClientMetric metric;
  metric.label = {{"cache", "redis"}};
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < redis.latency.size(); ++i) {
    cumulative += redis.latency[i];
    const double bound =
        i < CacheStats::kLatencyBoundsUs.size()
            ? static_cast<double>(CacheStats::kLatencyBoundsUs[i]) / kMicrosecondsInSecond
            : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = static_cast<double>(redis.latency_sum_us) / kMicrosecondsInSecond;
  family.metric.push_back(std::move(metric));
  return family;
}

}  // namespace

std::vector<MetricFamily> CacheMetrics::Collect() const {
  const L1Stats memory = memory_.Stats();
  const CacheStats redis = redis_.Stats();
  return {
      Lookups(memory, redis),
      Puts(memory, redis),
      Bytes(redis),
      LookupSeconds(redis),
      Connections(redis),
      Family("assay_cache_evicted_total",
             "Results pushed out to make room, or of a past generation", MetricType::Counter)
          .Add("memory", nullptr, nullptr, memory.evicted)
          .Take(),
      Family("assay_cache_results", "Results kept now", MetricType::Gauge)
          .Add("memory", nullptr, nullptr, memory.results)
          .Take(),
      Family("assay_cache_kept_bytes", "Bytes kept now", MetricType::Gauge)
          .Add("memory", nullptr, nullptr, memory.bytes)
          .Take(),
  };
}

}  // namespace assay::scoring
