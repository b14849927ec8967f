#pragma once

// What callers hand over to the cache's thread.
//
// Thread safety: made by a caller, then used by the cache's thread alone. Every Lookup's callback
// is called exactly once, by Deliver().

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "services/scoring/cache/rating_cache.h"

namespace assay::scoring::redis {

// One Get or GetMany.
struct Lookup {
  using Callback = std::variant<RatingCache::GetCallback, RatingCache::GetManyCallback>;

  Lookup(Callback callback, std::size_t size) : done(std::move(callback)), values(size) {}

  Callback done;
  // Keys as Redis knows them; fewer than `values` where the last ones are not to be asked for.
  std::vector<std::string> keys;
  std::vector<std::optional<std::string>> values;
  // uv_hrtime() of the call and of the end of its budget.
  std::uint64_t start = 0;
  std::uint64_t deadline = 0;
  // Keys that were sent and have neither an answer nor lost their connection.
  std::size_t unanswered = 0;
  bool delivered = false;

  // Calls the callback with the values that have come.
  void Deliver() {
    delivered = true;
    if (auto* one = std::get_if<RatingCache::GetCallback>(&done)) {
      (*one)(std::move(values.front()));
    } else {
      std::get<RatingCache::GetManyCallback>(done)(std::move(values));
    }
    // What the callback holds is let go now, not when a late answer comes.
    done = RatingCache::GetCallback();
    values.clear();
  }
};

// One Put.
struct Write {
  std::string key;
  Buffer bytes;

  // What it counts for while it is under way.
  std::uint64_t cost() const { return key.size() + bytes->size(); }
};

}  // namespace assay::scoring::redis
