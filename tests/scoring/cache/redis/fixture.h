#pragma once

// A real server and a cache on it, and calls that wait for their callback.
//
// Budgets here are long where a test wants an answer (a loaded machine is slow) and short only
// where it wants the budget to end.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "services/scoring/cache/redis/redis_rating_cache.h"
#include "tests/common/testing/redis_server.h"

namespace assay::scoring::redis {

using Value = std::optional<std::string>;
using Values = std::vector<Value>;

inline constexpr absl::Duration kPatience = absl::Seconds(30);

inline CacheKey KeyOf(int number) {
  CacheKey key;
  key.partition = number % 256;
  key.epoch = "e1";
  key.render_version = 1;
  key.model_digest = "d0";
  key.subject = absl::StrCat("locations/1-", number);
  key.view = "basic";
  key.revision = SubjectRevision::OfCounter(static_cast<std::uint64_t>(number));
  key.valid_from = clock::Day::FromCivil(2025, 1, 1).value();
  return key;
}

inline std::string BytesOf(int number) { return absl::StrCat("rating of ", number); }

inline Buffer Shared(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

// Every key looked up is in exactly one of these.
inline std::uint64_t LookupsOf(const CacheStats& stats) {
  return stats.hits + stats.misses + stats.timeouts + stats.corrupt + stats.errors + stats.rejected;
}

// Waits for a number of calls. By the standard library, whose locks the thread sanitizer sees.
class Countdown {
 public:
  explicit Countdown(int calls) : left_(calls) {}

  void Down() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--left_ == 0) changed_.notify_all();
  }

  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return left_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int left_;
};

class RedisCacheTest : public ::testing::Test {
 protected:
  // Patient, so that a busy machine is not taken for a dead server; back-off short for quick tests.
  static RedisOptions Patient() {
    RedisOptions options;
    options.secret = std::string(32, 's');
    options.connect_timeout = absl::Seconds(20);
    options.stall_timeout = absl::Seconds(20);
    options.backoff_min = absl::Milliseconds(1);
    options.backoff_max = absl::Milliseconds(20);
    return options;
  }

  void StartServer(assay::testing::RedisServer::Options options = {}) {
    auto server = assay::testing::RedisServer::Start(std::move(options));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::unique_ptr<RedisRatingCache> Connect(RedisOptions options) {
    return ConnectTo(server_->address(), std::move(options));
  }

  static std::unique_ptr<RedisRatingCache> ConnectTo(const std::string& address,
                                                     RedisOptions options) {
    auto cache = RedisRatingCache::Create(
        std::move(options), std::make_unique<SingleNode>(ParseEndpoint("test", address).value()));
    EXPECT_TRUE(cache.ok()) << cache.status();
    return *std::move(cache);
  }

  void StartBoth(RedisOptions options) {
    StartServer();
    cache_ = Connect(std::move(options));
    ASSERT_TRUE(cache_->WaitUntilAvailable(true, kPatience)) << cache_->Health();
  }

  static Value Get(RedisRatingCache& cache, const CacheKey& key,
                   absl::Duration budget = RatingCache::kMaxBudget) {
    Value value;
    Countdown done(1);
    cache.Get(key, budget, [&](Value got) {
      value = std::move(got);
      done.Down();
    });
    done.Wait();
    return value;
  }

  Value Get(const CacheKey& key, absl::Duration budget = RatingCache::kMaxBudget) {
    return Get(*cache_, key, budget);
  }

  Values GetMany(const std::vector<CacheKey>& keys,
                 absl::Duration budget = RatingCache::kMaxBudget) {
    Values values;
    Countdown done(1);
    cache_->GetMany(keys, budget, [&](Values got) {
      values = std::move(got);
      done.Down();
    });
    done.Wait();
    return values;
  }

  // Puts, and waits until nothing is under way.
  void Put(int number) { Put(KeyOf(number), BytesOf(number)); }
  void Put(const CacheKey& key, std::string bytes) {
    cache_->Put(key, Shared(std::move(bytes)));
    Settle();
  }

  // Answers come in order: once this lookup has its answer, so has everything before it. Repeated
  // where puts wait for the answers of others.
  void Settle() {
    const absl::Time end = absl::Now() + kPatience;
    while (cache_->Stats().pending_puts != 0) {
      ASSERT_LT(absl::Now(), end);
      Get(KeyOf(-1));
    }
  }

  std::string Raw(const CacheKey& key) {
    return server_->Command({"GET", key.ToString()}).value_or("-");
  }

  std::unique_ptr<assay::testing::RedisServer> server_;
  std::unique_ptr<RedisRatingCache> cache_;
};

}  // namespace assay::scoring::redis
