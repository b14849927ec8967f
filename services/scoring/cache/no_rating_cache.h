#pragma once

// The engine of a deployment without a shared cache: every lookup is a miss, every put is dropped.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/scoring/cache/rating_cache.h"

namespace assay::scoring {

// Thread-safe. Callbacks run on the caller's thread before the call returns.
class NoRatingCache final : public RatingCache {
 public:
  void Get(const CacheKey& /*key*/, absl::Duration /*budget*/, GetCallback done) override {
    rejected_.fetch_add(1, std::memory_order_relaxed);
    done(std::nullopt);
  }

  void GetMany(const std::vector<CacheKey>& keys, absl::Duration /*budget*/,
               GetManyCallback done) override {
    rejected_.fetch_add(keys.size(), std::memory_order_relaxed);
    done(std::vector<std::optional<std::string>>(keys.size()));
  }

  void Put(const CacheKey& /*key*/, Buffer /*bytes*/) override {
    dropped_puts_.fetch_add(1, std::memory_order_relaxed);
  }

  CacheStats Stats() const override {
    CacheStats stats;
    stats.rejected = rejected_.load(std::memory_order_relaxed);
    stats.puts = stats.dropped_puts = dropped_puts_.load(std::memory_order_relaxed);
    return stats;
  }

  // OK: nothing is missing that was asked for.
  absl::Status Health() const override { return absl::OkStatus(); }

 private:
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> dropped_puts_{0};
};

}  // namespace assay::scoring
