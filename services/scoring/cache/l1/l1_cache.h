#pragma once

// Rendered results in this process's memory: what is asked for often is answered from here in about
// a tenth of a microsecond.
//
// A result is kept under (subject, view) with its validity interval and the revision it rests on; a
// lookup names the day and the revision it wants and is answered by a result that holds for both,
// or not at all. A few results a (subject, view) are kept side by side, so that questions about the
// past do not push out the present.
//
// What the bytes depend on beside these (the models, the rendering, the epoch) belongs to the
// cache's generation: whoever changes one of them starts a new generation, which empties the cache
// and refuses results that were begun before it.
//
// Thread safety: all methods, from any thread; a shard's mutex is held for some tens of
// nanoseconds. Memory: at most Options::max_bytes, with an estimate of the cache's own structures.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/strings/string_view.h"

#include "services/common/clock/day.h"
#include "services/scoring/cache/cache_key.h"
#include "services/scoring/cache/rating_cache.h"

namespace assay::scoring {

struct L1Stats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t inserts = 0;
  // Results that came too late for their generation or are too large for a shard.
  std::uint64_t refused = 0;
  // Results pushed out to make room, and those of past generations.
  std::uint64_t evicted = 0;
  // Present values.
  std::uint64_t results = 0;
  std::uint64_t bytes = 0;
};

// A result and what it holds for.
struct Rendered {
  // First day for which the bytes hold.
  clock::Day valid_from;
  // First day for which they no longer do. Not set: open.
  std::optional<clock::Day> valid_before;
  SubjectRevision revision;
  // Not null.
  Buffer bytes;
};

class L1Cache {
 public:
  struct Options {
    // Bytes kept in all. 0: nothing is kept and every lookup is a miss.
    std::size_t max_bytes = std::size_t{256} << 20;
    // Parts with a lock each, 1 to 256; rounded up to a power of two.
    int shards = 16;
  };

  // How many results are kept for one subject and view.
  static constexpr std::size_t kResultsPerKey = 4;

  explicit L1Cache(const Options& options);
  ~L1Cache();
  L1Cache(const L1Cache&) = delete;
  L1Cache& operator=(const L1Cache&) = delete;

  // The bytes that hold on `day` at exactly `revision`; null where there are none.
  Buffer Find(absl::string_view subject, absl::string_view view, clock::Day day,
              const SubjectRevision& revision);

  // Read before a rendering begins, and given to Insert with what came of it.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Keeps a result; one with the same first day and revision is replaced. Nothing is kept where
  // `generation` has passed, the interval is empty or the result is larger than an eighth of a
  // shard.
  void Insert(std::uint64_t generation, absl::string_view subject, absl::string_view view,
              Rendered rendered);

  // Forgets everything, and whatever is being rendered now. Takes a moment for each result kept.
  void StartGeneration();

  L1Stats Stats() const;

 private:
  class Shard;

  Shard& ShardOf(absl::string_view subject, absl::string_view view);

  std::atomic<std::uint64_t> generation_{1};
  std::size_t mask_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace assay::scoring
