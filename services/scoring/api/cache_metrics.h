// What the caches count, in Prometheus' form. `cache` is memory (L1) or redis:
//   assay_cache_lookups_total{cache,result}    hit, miss; redis also timeout, corrupt, error,
//   rejected assay_cache_puts_total{cache,result}       stored, dropped; redis also failed
//   assay_cache_bytes_total{cache,direction}   redis: read (values found), written (keys and
//   values) assay_cache_lookup_seconds{cache}          redis: from the question to its answer, a
//   histogram assay_cache_connections_total{cache,event} redis: made, lost, failed, circuit_opened
//   assay_cache_evicted_total{cache}           memory: results pushed out or of a past generation
//   assay_cache_results{cache}                 memory: results kept now
//   assay_cache_kept_bytes{cache}              memory: bytes kept now
//
// Thread safety: Collect from any thread. Ownership: borrows both caches, which outlive it. Cost: a
// few microseconds a scrape, and the lock of each L1 shard for a moment; nothing between scrapes.
#pragma once

#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

#include "services/scoring/cache/l1/l1_cache.h"
#include "services/scoring/cache/rating_cache.h"

namespace assay::scoring {

class CacheMetrics final : public prometheus::Collectable {
 public:
  CacheMetrics(const L1Cache& memory, const RatingCache& redis) : memory_(memory), redis_(redis) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const L1Cache& memory_;
  const RatingCache& redis_;
};

}  // namespace assay::scoring
