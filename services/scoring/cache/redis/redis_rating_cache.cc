#include "services/scoring/cache/redis/redis_rating_cache.h"

#include <uv.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "services/common/errors/violations.h"
#include "services/scoring/cache/redis/secret.h"
#include "services/scoring/cache/redis/worker.h"

namespace assay::scoring::redis {
namespace {

void CheckRange(errors::Violations& bad, absl::string_view field, std::uint64_t got,
                std::uint64_t least, std::uint64_t most) {
  if (got >= least && got <= most) return;
  bad.Add(field, got, absl::StrCat("a whole number from ", least, " to ", most));
}

void CheckRange(errors::Violations& bad, absl::string_view field, absl::Duration got,
                absl::Duration most) {
  if (got >= absl::Milliseconds(1) && got <= most) return;
  bad.Add(field, absl::FormatDuration(got),
          absl::StrCat("a duration from 1ms to ", absl::FormatDuration(most)));
}

// The end of a budget that begins at `start`, both by uv_hrtime().
std::uint64_t EndOf(std::uint64_t start, absl::Duration budget) {
  const absl::Duration held = std::min(budget, RatingCache::kMaxBudget);
  return start + static_cast<std::uint64_t>(absl::ToInt64Nanoseconds(held));
}

}  // namespace

absl::Status Validate(const RedisOptions& options) {
  errors::Violations bad;
  // Never the secrets themselves, only their sizes.
  CheckRange(bad, "secret.size", options.secret.size(), kMinKeyBytes, kMaxSecretBytes);
  CheckRange(bad, "user.size", options.user.size(), 0, kMaxSecretBytes);
  CheckRange(bad, "password.size", options.password.size(), 0, kMaxSecretBytes);
  if (!options.user.empty() && options.password.empty()) {
    bad.AddText("password", "got nothing beside a user, want the user's password");
  }
  if (options.database < 0 || options.database > 1'000'000) {
    bad.Add("database", options.database, "a whole number from 0 to 1000000");
  }
  CheckRange(bad, "max_value_bytes", options.max_value_bytes, 1, std::uint64_t{1} << 20);
  CheckRange(bad, "max_pending_gets", options.max_pending_gets, 1, 1'000'000);
  CheckRange(bad, "max_pending_puts", options.max_pending_puts, 1, 1'000'000);
  CheckRange(bad, "max_pending_put_bytes", options.max_pending_put_bytes, 1,
             std::uint64_t{1} << 30);
  CheckRange(bad, "ttl", options.ttl, absl::Hours(24 * 366));
  CheckRange(bad, "connect_timeout", options.connect_timeout, absl::Minutes(1));
  CheckRange(bad, "stall_timeout", options.stall_timeout, absl::Minutes(1));
  CheckRange(bad, "ping_interval", options.ping_interval, absl::Hours(1));
  CheckRange(bad, "backoff_min", options.backoff_min, absl::Hours(1));
  CheckRange(bad, "backoff_max", options.backoff_max, absl::Hours(1));
  if (options.backoff_max < options.backoff_min) {
    bad.Add("backoff_max", absl::FormatDuration(options.backoff_max), "at least backoff_min");
  }
  if (options.timeouts_to_open < 1 || options.timeouts_to_open > 1000) {
    bad.Add("timeouts_to_open", options.timeouts_to_open, "a whole number from 1 to 1000");
  }
  return bad.ToStatus();
}

absl::StatusOr<std::unique_ptr<RedisRatingCache>> RedisRatingCache::Create(
    RedisOptions options, std::unique_ptr<const NodeDirectory> nodes) {
  const absl::Status valid = Validate(options);
  if (!valid.ok()) return valid;
  auto worker = std::make_unique<Worker>(std::move(options), std::move(nodes));
  const absl::Status started = worker->Start();
  if (!started.ok()) return started;
  return std::unique_ptr<RedisRatingCache>(new RedisRatingCache(std::move(worker)));
}

RedisRatingCache::RedisRatingCache(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}

RedisRatingCache::~RedisRatingCache() = default;

void RedisRatingCache::Get(const CacheKey& key, absl::Duration budget, GetCallback done) {
  Counters& counters = worker_->counters();
  std::string name = key.ToString();
  const bool tried = budget > absl::ZeroDuration() && name.size() <= kMaxKeyBytes &&
                     worker_->IsAvailable(name) &&
                     counters.pending_gets.AddWithin(1, worker_->options().max_pending_gets);
  if (!tried) {
    counters.rejected.Add();
    done(std::nullopt);
    return;
  }
  auto lookup = std::make_shared<Lookup>(std::move(done), 1);
  lookup->keys.push_back(std::move(name));
  lookup->start = uv_hrtime();
  lookup->deadline = EndOf(lookup->start, budget);
  if (worker_->Submit(lookup)) return;
  counters.pending_gets.Subtract();
  counters.rejected.Add();
  lookup->Deliver();
}

void RedisRatingCache::GetMany(const std::vector<CacheKey>& keys, absl::Duration budget,
                               GetManyCallback done) {
  Counters& counters = worker_->counters();
  auto lookup = std::make_shared<Lookup>(std::move(done), keys.size());
  const std::size_t asked = std::min(keys.size(), kMaxKeys);
  counters.rejected.Add(keys.size() - asked);
  const bool tried = asked > 0 && budget > absl::ZeroDuration() &&
                     counters.pending_gets.AddWithin(asked, worker_->options().max_pending_gets);
  if (!tried) {
    counters.rejected.Add(asked);
    lookup->Deliver();
    return;
  }
  lookup->keys.reserve(asked);
  for (std::size_t i = 0; i < asked; ++i) lookup->keys.push_back(keys[i].ToString());
  lookup->start = uv_hrtime();
  lookup->deadline = EndOf(lookup->start, budget);
  const bool reachable =
      std::any_of(lookup->keys.begin(), lookup->keys.end(),
                  [this](const std::string& key) { return worker_->IsAvailable(key); });
  if (reachable && worker_->Submit(lookup)) return;
  counters.pending_gets.Subtract(asked);
  counters.rejected.Add(asked);
  lookup->Deliver();
}

void RedisRatingCache::Put(const CacheKey& key, Buffer bytes) {
  Counters& counters = worker_->counters();
  const RedisOptions& options = worker_->options();
  counters.puts.Add();
  auto write = std::make_unique<Write>(Write{key.ToString(), std::move(bytes)});
  const std::uint64_t cost = write->cost();
  if (write->key.size() > kMaxKeyBytes || write->bytes->size() > options.max_value_bytes ||
      !worker_->IsAvailable(write->key) ||
      !counters.pending_puts.AddWithin(1, options.max_pending_puts)) {
    counters.dropped_puts.Add();
    return;
  }
  if (!counters.pending_put_bytes.AddWithin(cost, options.max_pending_put_bytes)) {
    counters.pending_puts.Subtract();
    counters.dropped_puts.Add();
    return;
  }
  if (worker_->Submit(write)) return;
  worker_->Release(cost);
  counters.dropped_puts.Add();
}

CacheStats RedisRatingCache::Stats() const { return worker_->counters().Snapshot(); }

absl::Status RedisRatingCache::Health() const { return worker_->Health(); }

bool RedisRatingCache::WaitUntilAvailable(bool available, absl::Duration timeout) const {
  return worker_->WaitUntilAvailable(available, timeout);
}

}  // namespace assay::scoring::redis
