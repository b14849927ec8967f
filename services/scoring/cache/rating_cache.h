#pragma once

// The shared cache of rendered results: other replicas, and this one after a restart, find there
// what has been rendered once. It only ever saves work: whoever asks must be able to do without an
// answer.
//
// A value is found under exactly the key it was put under, with exactly the bytes that were put, or
// not at all: an engine proves that of each value before it hands it out.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "services/scoring/cache/cache_key.h"

namespace assay::scoring {

// Rendered bytes, shared and never changed. Whoever holds one keeps the bytes alive, so that they
// can be handed to a socket without a copy.
using Buffer = std::shared_ptr<const std::string>;

// Counts since the engine was made. Every key looked up is counted in exactly one of hits, misses,
// timeouts, corrupt, errors and rejected.
struct CacheStats {
  // Upper bounds of `latency`, in microseconds; the last bucket has none.
  static constexpr std::array<std::uint64_t, 12> kLatencyBoundsUs = {
      20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000, 500000};

  std::uint64_t hits = 0;
  // The cache answered that it has no such value.
  std::uint64_t misses = 0;
  // No answer within the budget.
  std::uint64_t timeouts = 0;
  // A value that is not what was put under the key; it was deleted.
  std::uint64_t corrupt = 0;
  // The cache refused, or the connection was lost before it answered.
  std::uint64_t errors = 0;
  // Not asked: the cache was out of reach, too much was under way, or the key was too long.
  std::uint64_t rejected = 0;

  std::uint64_t puts = 0;
  std::uint64_t stored = 0;
  // Puts that were not tried: out of reach, slow, too many waiting, or too large.
  std::uint64_t dropped_puts = 0;
  // Puts that the cache refused, or whose answer was lost with the connection.
  std::uint64_t failed_puts = 0;

  // Bytes of the values found as the cache keeps them, and of the keys and values stored.
  std::uint64_t hit_bytes = 0;
  std::uint64_t stored_bytes = 0;

  // Connections made, and lost or given up.
  std::uint64_t connects = 0;
  std::uint64_t disconnects = 0;
  // Tries to connect that failed.
  std::uint64_t failed_connects = 0;
  // How often the circuit opened because answers stayed away in time.
  std::uint64_t circuit_opened = 0;

  // Keys asked for and puts accepted that have no answer yet, and the bytes of those puts. Present
  // values, not counts.
  std::uint64_t pending_gets = 0;
  std::uint64_t pending_puts = 0;
  std::uint64_t pending_put_bytes = 0;

  // Time from Get() to the answer of the cache, of hits and misses, by kLatencyBoundsUs.
  std::array<std::uint64_t, kLatencyBoundsUs.size() + 1> latency{};
  std::uint64_t latency_sum_us = 0;
};

// Thread safety: every method may be called from any thread, callbacks included, and none blocks.
//
// Callbacks are called exactly once. They run on the engine's own thread, or, where the answer
// needs no waiting, on the caller's before the call returns: hold no lock that the callback takes.
// A callback must never block and must be quick (tens of microseconds): all others wait behind it.
// What a callback uses must outlive the engine, whose destructor answers what is under way with
// misses. An engine is not destroyed from a callback.
class RatingCache {
 public:
  using GetCallback = absl::AnyInvocable<void(std::optional<std::string> bytes)>;
  using GetManyCallback = absl::AnyInvocable<void(std::vector<std::optional<std::string>> values)>;

  // Budget of a caller that has no better one.
  static constexpr absl::Duration kDefaultBudget = absl::Milliseconds(5);
  // Longer budgets are cut to this.
  static constexpr absl::Duration kMaxBudget = absl::Seconds(1);
  // A key longer than this, written out, is a miss, and its Put is dropped.
  static constexpr std::size_t kMaxKeyBytes = 1024;
  // Keys of a GetMany beyond these are misses.
  static constexpr std::size_t kMaxKeys = 1000;

  virtual ~RatingCache() = default;

  // Looks a value up. Whatever happens, `done` is called within the budget (and the engine's grain
  // of about a millisecond); nullopt is a miss. A budget of 0 or less is a miss at once.
  virtual void Get(const CacheKey& key, absl::Duration budget, GetCallback done) = 0;

  // Looks many values up in one go; the answer has one entry a key, in the order asked. When the
  // budget ends, what has come counts and the rest are misses.
  virtual void GetMany(const std::vector<CacheKey>& keys, absl::Duration budget,
                       GetManyCallback done) = 0;

  // Keeps a value, if that is easy: it is dropped where the cache is slow, full or out of reach, or
  // the value too large. `bytes` is not null.
  virtual void Put(const CacheKey& key, Buffer bytes) = 0;

  virtual CacheStats Stats() const = 0;

  // OK while lookups are answered; else UNAVAILABLE (DEPENDENCY_UNAVAILABLE) with the cause as its
  // private detail. Never slow.
  virtual absl::Status Health() const = 0;
};

}  // namespace assay::scoring
