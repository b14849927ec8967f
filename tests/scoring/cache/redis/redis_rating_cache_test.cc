#include "services/scoring/cache/redis/redis_rating_cache.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/numbers.h"

#include "services/common/errors/errors.h"
#include "services/scoring/cache/redis/seal.h"
#include "tests/scoring/cache/redis/fixture.h"

namespace assay::scoring::redis {
namespace {

TEST_F(RedisCacheTest, MissThenHitWithTheSameBytes) {
  StartBoth(Patient());
  EXPECT_EQ(Get(KeyOf(1)), std::nullopt);
  const std::string bytes("a\0b\r\n\xff", 6);
  Put(KeyOf(1), bytes);
  EXPECT_EQ(Get(KeyOf(1)), bytes);
  EXPECT_EQ(Get(KeyOf(2)), std::nullopt);
  EXPECT_EQ(cache_->Stats().hits, 1u);
  EXPECT_EQ(cache_->Stats().stored, 1u);
  EXPECT_TRUE(cache_->Health().ok());
}

TEST_F(RedisCacheTest, EmptyValueIsAHit) {
  StartBoth(Patient());
  Put(KeyOf(1), "");
  EXPECT_EQ(Get(KeyOf(1)), "");
}

TEST_F(RedisCacheTest, ValueOutlivesTheProcessAndIsSharedByReplicas) {
  StartBoth(Patient());
  Put(1);
  const auto other = Connect(Patient());
  ASSERT_TRUE(other->WaitUntilAvailable(true, kPatience));
  EXPECT_EQ(Get(*other, KeyOf(1)), BytesOf(1));
}

TEST_F(RedisCacheTest, ValueExpires) {
  RedisOptions options = Patient();
  options.ttl = absl::Hours(3);
  StartBoth(options);
  Put(1);
  std::int64_t left = 0;
  ASSERT_TRUE(absl::SimpleAtoi(*server_->Command({"PTTL", KeyOf(1).ToString()}), &left));
  EXPECT_GT(left, 2 * 3'600'000);
  EXPECT_LE(left, 3 * 3'600'000);
}

TEST_F(RedisCacheTest, ManyKeepTheirOrder) {
  StartBoth(Patient());
  for (int i = 0; i < 300; i += 2) Put(i);
  std::vector<CacheKey> keys;
  for (int i = 0; i < 300; ++i) keys.push_back(KeyOf(i));
  keys.push_back(KeyOf(0));  // names may repeat
  const Values values = GetMany(keys);
  ASSERT_EQ(values.size(), 301u);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(values[static_cast<std::size_t>(i)], i % 2 == 0 ? Value(BytesOf(i)) : std::nullopt);
  }
  EXPECT_EQ(values[300], BytesOf(0));
  EXPECT_EQ(GetMany({}), Values());
}

TEST_F(RedisCacheTest, KeysBeyondTheLimitAreMisses) {
  StartBoth(Patient());
  Put(7);
  const Values values = GetMany(std::vector<CacheKey>(RatingCache::kMaxKeys + 2, KeyOf(7)));
  ASSERT_EQ(values.size(), RatingCache::kMaxKeys + 2);
  EXPECT_EQ(values[RatingCache::kMaxKeys - 1], BytesOf(7));
  EXPECT_EQ(values[RatingCache::kMaxKeys], std::nullopt);
  EXPECT_EQ(cache_->Stats().rejected, 2u);
}

TEST_F(RedisCacheTest, TooLargeOrTooLongIsDropped) {
  StartBoth(Patient());
  Put(KeyOf(1), std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(Get(KeyOf(1)), std::nullopt);
  Put(KeyOf(2), std::string(1 << 20, 'y'));
  EXPECT_EQ(Get(KeyOf(2)), std::string(1 << 20, 'y'));
  CacheKey longer = KeyOf(3);
  longer.view = std::string(RatingCache::kMaxKeyBytes, 'v');
  Put(longer, "bytes");
  EXPECT_EQ(Get(longer), std::nullopt);
  EXPECT_EQ(GetMany({longer, KeyOf(2)})[1]->size(), std::size_t{1} << 20);
  EXPECT_EQ(cache_->Stats().dropped_puts, 2u);
  EXPECT_EQ(*server_->Command({"DBSIZE"}), "1");
}

TEST_F(RedisCacheTest, BudgetOfZeroIsAMissBeforeTheCallReturns) {
  StartBoth(Patient());
  Put(1);
  for (const absl::Duration budget :
       {absl::ZeroDuration(), -absl::Seconds(1), -absl::InfiniteDuration()}) {
    bool called = false;
    cache_->Get(KeyOf(1), budget, [&](const Value& value) {
      called = true;
      EXPECT_EQ(value, std::nullopt);
    });
    EXPECT_TRUE(called);
  }
  EXPECT_EQ(Get(KeyOf(1), absl::InfiniteDuration()), BytesOf(1));  // cut to kMaxBudget
}

TEST_F(RedisCacheTest, SpeaksTcpPasswordUserAndDatabase) {
  assay::testing::RedisServer::Options options;
  options.tcp = true;
  options.password = "open sesame";
  options.arguments = {"--requirepass", options.password};
  StartServer(options);
  ASSERT_TRUE(server_->Command({"ACL", "SETUSER", "scoring", "on", ">pw", "~*", "+@all"}).ok());
  RedisOptions wanted = Patient();
  wanted.database = 3;
  const std::string tcp = absl::StrCat("127.0.0.1:", server_->port());
  const std::vector<std::tuple<std::string, std::string, std::string>> ways = {
      {server_->address(), "", options.password}, {tcp, "scoring", "pw"}};
  for (const auto& [address, user, password] : ways) {
    wanted.user = user;
    wanted.password = password;
    cache_ = ConnectTo(address, wanted);
    ASSERT_TRUE(cache_->WaitUntilAvailable(true, kPatience))
        << errors::PrivateDetail(cache_->Health());
    Put(1);
    EXPECT_EQ(Get(KeyOf(1)), BytesOf(1));
  }
  EXPECT_EQ(*server_->Command({"DBSIZE"}), "0") << "written to database 0";
}

TEST_F(RedisCacheTest, WrongPasswordIsUnhealthyAndSaysWhyToTheLogOnly) {
  assay::testing::RedisServer::Options options;
  options.password = "right";
  options.arguments = {"--requirepass", options.password};
  StartServer(options);
  RedisOptions wanted = Patient();
  wanted.password = "wrong-password";
  cache_ = Connect(wanted);
  while (cache_->Stats().failed_connects < 3) std::this_thread::yield();
  EXPECT_EQ(Get(KeyOf(1)), std::nullopt);
  const absl::Status health = cache_->Health();
  EXPECT_EQ(errors::Reason(health), "DEPENDENCY_UNAVAILABLE");
  EXPECT_NE(errors::PrivateDetail(health).find("WRONGPASS"), std::string::npos)
      << errors::PrivateDetail(health);
  EXPECT_EQ(health.message().find("WRONGPASS"), absl::string_view::npos);
  EXPECT_EQ(errors::PrivateDetail(health).find("wrong-password"), std::string::npos);
}

TEST_F(RedisCacheTest, MissingDatabaseIsUnhealthy) {
  StartServer();
  RedisOptions options = Patient();
  options.database = 5000;
  cache_ = Connect(options);
  while (cache_->Stats().failed_connects < 1) std::this_thread::yield();
  EXPECT_FALSE(cache_->Health().ok());
  EXPECT_EQ(cache_->Stats().connects, 0u);
}

TEST(RedisOptionsTest, EveryViolationIsNamedAtOnce) {
  RedisOptions options;
  options.secret = "short";
  options.user = "someone";
  options.database = -1;
  options.ttl = absl::ZeroDuration();
  options.max_value_bytes = (1 << 20) + 1;
  options.max_pending_gets = 0;
  options.max_pending_puts = 0;
  options.max_pending_put_bytes = 0;
  options.connect_timeout = absl::InfiniteDuration();
  options.stall_timeout = absl::ZeroDuration();
  options.ping_interval = absl::ZeroDuration();
  options.backoff_min = absl::Seconds(2);
  options.backoff_max = absl::Seconds(1);
  options.timeouts_to_open = 0;
  const absl::Status status = Validate(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(errors::FieldViolations(status).size(), 13u);
  options.secret = "hidden";
  for (const errors::Violation& violation : errors::FieldViolations(Validate(options))) {
    EXPECT_EQ(violation.description.find("hidden"), std::string::npos);
  }
  EXPECT_FALSE(RedisRatingCache::Create(options, std::make_unique<SingleNode>(Endpoint())).ok());
}

// What others may have done to the values.

TEST_F(RedisCacheTest, FlushedIsAMiss) {
  StartBoth(Patient());
  Put(1);
  ASSERT_TRUE(server_->Command({"FLUSHALL"}).ok());
  EXPECT_EQ(Get(KeyOf(1)), std::nullopt);
  EXPECT_EQ(cache_->Stats().misses, LookupsOf(cache_->Stats()));
}

TEST_F(RedisCacheTest, ForgedValuesAreMissesAndDeleted) {
  StartBoth(Patient());
  Put(1);
  Put(2);
  const std::string good = Raw(KeyOf(1));
  const std::string other = Raw(KeyOf(2));
  ASSERT_EQ(good.size(), BytesOf(1).size() + Sealer::kOverhead);
  std::vector<std::string> forged = {
      other,                              // of another key
      good.substr(0, good.size() - 1),    // cut at the end
      good.substr(0, Sealer::kOverhead),  // the seal alone
      good.substr(0, 5),                  // less than a seal
      good + "x",
      "planted",
      std::string(3 << 20, 'x'),                                           // larger than any value
      Sealer(std::string(32, 't')).Seal(KeyOf(1).ToString(), BytesOf(1)),  // another secret
  };
  for (const std::size_t bit : {std::size_t{0}, 8 * Sealer::kOverhead, 8 * good.size() - 1}) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    forged.push_back(flipped);
  }
  for (std::size_t i = 0; i < forged.size(); ++i) {
    ASSERT_TRUE(server_->Command({"SET", KeyOf(1).ToString(), forged[i]}).ok());
    EXPECT_EQ(Get(KeyOf(1)), std::nullopt) << i;
    EXPECT_EQ(cache_->Stats().corrupt, i + 1);
    Get(KeyOf(-1));  // behind the deletion
    EXPECT_EQ(Raw(KeyOf(1)), "-") << i;
  }
  EXPECT_EQ(Get(KeyOf(2)), BytesOf(2));
}

TEST_F(RedisCacheTest, SwappedValuesAreMisses) {
  StartBoth(Patient());
  Put(1);
  Put(2);
  const std::string one = KeyOf(1).ToString(), two = KeyOf(2).ToString();
  ASSERT_TRUE(server_->Command({"RENAME", one, "t"}).ok());
  ASSERT_TRUE(server_->Command({"RENAME", two, one}).ok());
  ASSERT_TRUE(server_->Command({"RENAME", "t", two}).ok());
  EXPECT_EQ(GetMany({KeyOf(1), KeyOf(2)}), (Values{std::nullopt, std::nullopt}));
  EXPECT_EQ(cache_->Stats().corrupt, 2u);
}

TEST_F(RedisCacheTest, ValueOfAnotherTypeIsAMissAndDeleted) {
  StartBoth(Patient());
  ASSERT_TRUE(server_->Command({"LPUSH", KeyOf(1).ToString(), "x"}).ok());
  EXPECT_EQ(Get(KeyOf(1)), std::nullopt);
  EXPECT_EQ(cache_->Stats().corrupt, 1u);
  Put(1);
  EXPECT_EQ(Get(KeyOf(1)), BytesOf(1));
}

TEST_F(RedisCacheTest, AnotherSecretReadsNothing) {
  StartBoth(Patient());
  Put(1);
  RedisOptions options = Patient();
  options.secret = std::string(32, 't');
  const auto other = Connect(options);
  ASSERT_TRUE(other->WaitUntilAvailable(true, kPatience));
  EXPECT_EQ(Get(*other, KeyOf(1)), std::nullopt);
  EXPECT_EQ(other->Stats().corrupt, 1u);
}

TEST_F(RedisCacheTest, RefusedPutIsCountedAndHarmless) {
  StartBoth(Patient());
  ASSERT_TRUE(server_->Command({"CONFIG", "SET", "maxmemory", "1"}).ok());
  Put(1);
  EXPECT_EQ(cache_->Stats().failed_puts, 1u);
  EXPECT_EQ(Get(KeyOf(1)), std::nullopt);
  EXPECT_TRUE(cache_->Health().ok());
}

TEST_F(RedisCacheTest, ManyThreadsGetWhatWasPut) {
  StartBoth(Patient());
  for (int i = 0; i < 64; ++i) Put(i);
  constexpr int kThreads = 4, kCalls = 500;
  const std::uint64_t before = LookupsOf(cache_->Stats());
  std::atomic<int> wrong{0}, hits{0};
  Countdown answered(kThreads * kCalls);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        const int number = (i * 31 + t) % 64;
        cache_->Get(KeyOf(number), RatingCache::kMaxBudget, [&, number](Value value) {
          if (value && *value != BytesOf(number)) ++wrong;
          if (value) ++hits;
          answered.Down();
        });
        if (i % 50 == 0) cache_->Put(KeyOf(number), Shared(BytesOf(number)));
        if (i % 100 == 0) (void)cache_->Health();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  answered.Wait();
  const CacheStats stats = cache_->Stats();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(hits, 0);
  EXPECT_EQ(stats.hits, static_cast<std::uint64_t>(hits.load()));
  EXPECT_EQ(LookupsOf(stats) - before, std::uint64_t{kThreads} * kCalls);
  std::uint64_t observed = 0;
  for (const std::uint64_t bucket : stats.latency) observed += bucket;
  EXPECT_EQ(observed, stats.hits + stats.misses);
}

TEST_F(RedisCacheTest, CallbackMayCallAgain) {
  StartBoth(Patient());
  Put(1);
  Countdown answered(2);
  cache_->Get(KeyOf(1), RatingCache::kMaxBudget, [&](const Value&) {
    cache_->Put(KeyOf(2), Shared("x"));
    cache_->Get(KeyOf(2), RatingCache::kMaxBudget, [&](const Value&) { answered.Down(); });
    answered.Down();
  });
  answered.Wait();
}

}  // namespace
}  // namespace assay::scoring::redis
