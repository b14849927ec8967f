#pragma once

// CacheStats as it is counted: relaxed atomics, written by callers and by the cache's thread.
// Thread-safe. Cost: a few nanoseconds a count.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "services/scoring/cache/rating_cache.h"

namespace assay::scoring::redis {

class Counter {
 public:
  void Add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  void Subtract(std::uint64_t n = 1) { value_.fetch_sub(n, std::memory_order_relaxed); }
  std::uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

  // Adds `n` unless the value would exceed `limit`; says whether it did.
  bool AddWithin(std::uint64_t n, std::uint64_t limit) {
    if (value_.fetch_add(n, std::memory_order_relaxed) + n <= limit) return true;
    Subtract(n);
    return false;
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct Counters {
  Counter hits, misses, timeouts, corrupt, errors, rejected;
  Counter puts, stored, dropped_puts, failed_puts;
  Counter hit_bytes, stored_bytes;
  Counter connects, disconnects, failed_connects, circuit_opened;
  Counter pending_gets, pending_puts, pending_put_bytes;
  std::array<Counter, CacheStats::kLatencyBoundsUs.size() + 1> latency;
  Counter latency_sum_us;

  void ObserveLatency(std::uint64_t us) {
    std::size_t bucket = 0;
    while (bucket < CacheStats::kLatencyBoundsUs.size() &&
           us > CacheStats::kLatencyBoundsUs[bucket]) {
      ++bucket;
    }
    latency[bucket].Add();
    latency_sum_us.Add(us);
  }

  // Read one after the other while they may change: sums can be off by what is under way.
  CacheStats Snapshot() const {
    CacheStats stats;
    stats.hits = hits.Get();
    stats.misses = misses.Get();
    stats.timeouts = timeouts.Get();
    stats.corrupt = corrupt.Get();
    stats.errors = errors.Get();
    stats.rejected = rejected.Get();
    stats.puts = puts.Get();
    stats.stored = stored.Get();
    stats.dropped_puts = dropped_puts.Get();
    stats.failed_puts = failed_puts.Get();
    stats.hit_bytes = hit_bytes.Get();
    stats.stored_bytes = stored_bytes.Get();
    stats.connects = connects.Get();
    stats.disconnects = disconnects.Get();
    stats.failed_connects = failed_connects.Get();
    stats.circuit_opened = circuit_opened.Get();
    stats.pending_gets = pending_gets.Get();
    stats.pending_puts = pending_puts.Get();
    stats.pending_put_bytes = pending_put_bytes.Get();
    for (std::size_t i = 0; i < latency.size(); ++i) stats.latency[i] = latency[i].Get();
    stats.latency_sum_us = latency_sum_us.Get();
    return stats;
  }
};

}  // namespace assay::scoring::redis
