// What the cache does while its server is absent, killed, stopped, slow or mad.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "absl/cleanup/cleanup.h"

#include "services/common/errors/errors.h"
#include "services/scoring/cache/redis/redis_rating_cache.h"
#include "tests/scoring/cache/redis/fixture.h"

namespace assay::scoring::redis {
namespace {

// Calls Get and says whether the answer, a miss, came before Get returned.
bool MissesAtOnce(RedisRatingCache& cache) {
  auto called = std::make_shared<std::atomic<bool>>(false);
  cache.Get(KeyOf(1), RatingCache::kMaxBudget, [called](const Value& value) {
    EXPECT_EQ(value, std::nullopt);
    *called = true;
  });
  return *called;
}

// Spins until `reached`; tests state what must come to be, not when.
template <typename Predicate>
bool Eventually(Predicate reached) {
  const absl::Time end = absl::Now() + kPatience;
  while (!reached()) {
    if (absl::Now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_F(RedisCacheTest, AbsentServerIsAMissAtOnceUntilItComes) {
  StartServer();
  server_->Kill();
  cache_ = Connect(Patient());
  ASSERT_TRUE(Eventually([&] { return cache_->Stats().failed_connects >= 3; }));
  EXPECT_TRUE(MissesAtOnce(*cache_));
  cache_->Put(KeyOf(1), Shared("x"));
  EXPECT_EQ(cache_->Stats().dropped_puts, 1u);
  EXPECT_EQ(errors::Reason(cache_->Health()), "DEPENDENCY_UNAVAILABLE");
  ASSERT_TRUE(server_->Restart().ok());
  ASSERT_TRUE(cache_->WaitUntilAvailable(true, kPatience));
  Put(1);
  EXPECT_EQ(Get(KeyOf(1)), BytesOf(1));
}

TEST_F(RedisCacheTest, AddressesThatNeverWorkDoNoHarm) {
  for (const char* address : {"unix:/nonexistent/redis.sock", "127.0.0.1:1", "[::1]:1"}) {
    cache_ = ConnectTo(address, Patient());
    ASSERT_TRUE(Eventually([&] { return cache_->Stats().failed_connects >= 2; })) << address;
    EXPECT_TRUE(MissesAtOnce(*cache_));
    cache_.reset();
  }
}

TEST_F(RedisCacheTest, KilledAndRestartedUnderLoad) {
  StartBoth(Patient());
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> asked{0}, answered{0}, wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; !stop; ++i) {
        const int number = i % 50;
        Countdown done(1);
        ++asked;
        cache_->Get(KeyOf(number), RatingCache::kMaxBudget, [&](Value value) {
          if (value && *value != BytesOf(number)) ++wrong;
          ++answered;
          done.Down();
        });
        done.Wait();
        cache_->Put(KeyOf(number), Shared(BytesOf(number)));
      }
    });
  }
  for (int round = 1; round <= 3; ++round) {
    const std::uint64_t hits = cache_->Stats().hits;
    EXPECT_TRUE(Eventually([&] { return cache_->Stats().hits > hits + 100; })) << round;
    server_->Kill();
    EXPECT_TRUE(cache_->WaitUntilAvailable(false, kPatience));
    EXPECT_TRUE(server_->Restart().ok());
    EXPECT_TRUE(cache_->WaitUntilAvailable(true, kPatience));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, asked);
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(cache_->Stats().connects, 4u);
  EXPECT_EQ(cache_->Stats().disconnects, 3u);
  EXPECT_EQ(LookupsOf(cache_->Stats()), asked);
}

// The stall timeout is far away, so only the budget can have ended these calls.
TEST_F(RedisCacheTest, StoppedServerCostsABudgetThenNothing) {
  RedisOptions options = Patient();
  options.stall_timeout = absl::Minutes(1);
  StartBoth(options);
  Put(1);
  server_->Pause();
  for (int i = 0; i < options.timeouts_to_open; ++i) {
    EXPECT_EQ(Get(KeyOf(1), RatingCache::kDefaultBudget), std::nullopt);
  }
  ASSERT_TRUE(cache_->WaitUntilAvailable(false, kPatience));
  const CacheStats stats = cache_->Stats();
  EXPECT_EQ(stats.timeouts, static_cast<std::uint64_t>(options.timeouts_to_open));
  EXPECT_EQ(stats.circuit_opened, 1u);
  EXPECT_EQ(stats.disconnects, 0u);
  EXPECT_TRUE(MissesAtOnce(*cache_));
  // The late answers close the circuit again, on the same connection.
  server_->Resume();
  ASSERT_TRUE(cache_->WaitUntilAvailable(true, kPatience));
  EXPECT_EQ(Get(KeyOf(1)), BytesOf(1));
  EXPECT_EQ(cache_->Stats().connects, 1u);
  EXPECT_EQ(cache_->Stats().pending_gets, 0u);
}

TEST_F(RedisCacheTest, ManyAnswersWithinTheBudgetAndTheRestAreMisses) {
  RedisOptions options = Patient();
  options.stall_timeout = absl::Minutes(1);
  StartBoth(options);
  server_->Pause();
  std::vector<CacheKey> keys;
  for (int i = 0; i < 500; ++i) keys.push_back(KeyOf(i));
  EXPECT_EQ(GetMany(keys, RatingCache::kDefaultBudget), Values(500));
  EXPECT_EQ(cache_->Stats().timeouts, 500u);
  EXPECT_EQ(cache_->Stats().circuit_opened, 0u) << "one call is one timeout, however many its keys";
  server_->Resume();
}

TEST_F(RedisCacheTest, StoppedServerIsGivenUpAndFoundAgain) {
  RedisOptions options = Patient();
  options.connect_timeout = options.stall_timeout = absl::Milliseconds(100);
  StartBoth(options);
  server_->Pause();
  Get(KeyOf(1), RatingCache::kDefaultBudget);
  // Given up, and not found again: the socket takes the connection, but nobody greets.
  ASSERT_TRUE(Eventually(
      [&] { return cache_->Stats().disconnects >= 1 && cache_->Stats().failed_connects >= 2; }));
  EXPECT_TRUE(MissesAtOnce(*cache_));
  EXPECT_EQ(cache_->Stats().pending_gets, 0u);
  server_->Resume();
  ASSERT_TRUE(cache_->WaitUntilAvailable(true, kPatience));
}

TEST_F(RedisCacheTest, IdleConnectionNoticesAStoppedServer) {
  RedisOptions options = Patient();
  options.connect_timeout = options.stall_timeout = absl::Milliseconds(100);
  options.ping_interval = absl::Milliseconds(20);
  StartBoth(options);
  server_->Pause();
  EXPECT_TRUE(cache_->WaitUntilAvailable(false, kPatience));
  server_->Resume();
  EXPECT_TRUE(cache_->WaitUntilAvailable(true, kPatience));
}

TEST_F(RedisCacheTest, PutsToASlowServerAreBounded) {
  RedisOptions options = Patient();
  options.stall_timeout = absl::Minutes(1);
  options.max_pending_puts = 1000;
  options.max_pending_put_bytes = 1 << 20;
  StartBoth(options);
  server_->Pause();
  const Buffer bytes = Shared(std::string(2000, 'x'));
  std::uint64_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    cache_->Put(KeyOf(i), bytes);
    most = std::max(most, cache_->Stats().pending_put_bytes);
  }
  const CacheStats stats = cache_->Stats();
  EXPECT_EQ(stats.puts, 100'000u);
  EXPECT_LE(most, options.max_pending_put_bytes);
  EXPECT_GT(stats.pending_puts, 100u);
  EXPECT_EQ(stats.dropped_puts + stats.pending_puts, 100'000u);
  server_->Resume();
  Settle();
  EXPECT_EQ(cache_->Stats().stored, stats.pending_puts);
  EXPECT_EQ(cache_->Stats().pending_put_bytes, 0u);
}

TEST_F(RedisCacheTest, LookupsUnderWayAreBounded) {
  RedisOptions options = Patient();
  options.stall_timeout = absl::Minutes(1);
  options.max_pending_gets = 100;
  StartBoth(options);
  server_->Pause();
  std::atomic<int> calls{0};
  for (int i = 0; i < 150; ++i) {
    cache_->Get(KeyOf(i), RatingCache::kMaxBudget, [&](const Value&) { ++calls; });
  }
  EXPECT_EQ(calls, 50);
  EXPECT_EQ(cache_->Stats().rejected, 50u);
  EXPECT_EQ(cache_->Stats().pending_gets, 100u);
  EXPECT_TRUE(Eventually([&] { return calls == 150; }));
  // The answers are still out and hold their places.
  EXPECT_EQ(cache_->Stats().pending_gets, 100u);
  server_->Resume();
  EXPECT_TRUE(Eventually([&] { return cache_->Stats().pending_gets == 0; }));
}

TEST_F(RedisCacheTest, EndingAnswersEveryCallExactlyOnce) {
  RedisOptions options = Patient();
  options.stall_timeout = absl::Minutes(1);
  StartBoth(options);
  for (const bool paused : {false, true}) {
    if (paused) server_->Pause();
    std::vector<std::atomic<int>> calls(400);
    auto cache = paused ? std::move(cache_) : Connect(options);
    ASSERT_TRUE(cache->WaitUntilAvailable(true, kPatience));
    for (int i = 0; i < 200; ++i) {
      const auto index = static_cast<std::size_t>(i);
      cache->Get(KeyOf(i), RatingCache::kMaxBudget,
                 [&calls, index](const Value&) { ++calls[index]; });
      cache->GetMany({KeyOf(i), KeyOf(i + 1)}, RatingCache::kMaxBudget,
                     [&calls, index](const Values& values) {
                       EXPECT_EQ(values.size(), 2u);
                       ++calls[200 + index];
                     });
      cache->Put(KeyOf(i), Shared(BytesOf(i)));
    }
    cache.reset();
    for (const std::atomic<int>& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST_F(RedisCacheTest, EndingWhileOthersCallIsNoRaceWithTheLastCall) {
  StartServer();
  for (int round = 0; round < 20; ++round) {
    auto cache = Connect(Patient());
    std::atomic<int> asked{0}, answered{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          ++asked;
          cache->Get(KeyOf(i), RatingCache::kMaxBudget, [&](const Value&) { ++answered; });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    cache.reset();  // connected or not yet, with calls under way
    EXPECT_EQ(answered, asked);
  }
}

// A server that speaks whatever it is told to, to everyone who connects.
class MadServer {
 public:
  explicit MadServer(std::string words, int repeats)
      : path_(absl::StrCat("/tmp/assay-mad-", getpid(), "-",
                           reinterpret_cast<std::uintptr_t>(this))) {
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    unlink(path_.c_str());
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    thread_ = std::thread([this, words = std::move(words), repeats] { Serve(words, repeats); });
  }

  ~MadServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    unlink(path_.c_str());
  }

  std::string address() const { return "unix:" + path_; }

 private:
  void Serve(const std::string& words, int repeats) const {
    while (true) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      const absl::Cleanup cleanup = [client] { close(client); };
      for (int i = 0; i < repeats; ++i) {
        if (send(client, words.data(), words.size(), MSG_NOSIGNAL) < 0) break;
      }
    }
  }

  std::string path_;
  int listener_ = -1;
  std::thread thread_;
};

// It greets well and then goes on talking.
TEST_F(RedisCacheTest, AnswersThatNobodyAskedForEndTheConnection) {
  for (const char* words : {"+PONG\r\n+PONG\r\n", "+PONG\r\n:1\r\n", "+PONG\r\n$-1\r\n",
                            "+PONG\r\n-ERR no\r\n", "+PONG\r\n$1\r\nx\r\n"}) {
    const MadServer server(words, 1);
    cache_ = ConnectTo(server.address(), Patient());
    EXPECT_TRUE(Eventually([&] { return cache_->Stats().disconnects >= 2; })) << words;
    cache_.reset();
  }
}

TEST_F(RedisCacheTest, MadServersAreNeverAvailableAndDoNoHarm) {
  const std::string megabyte(1 << 20, 'x');
  const std::vector<std::pair<std::string, int>> speeches = {
      {"", 0},                                  // hangs up
      {"HTTP/1.1 400 Bad Request\r\n\r\n", 1},  // speaks another language
      {"-LOADING not yet\r\n", 1},
      {"$-2\r\n", 1},
      {"*1000000000\r\n", 1},
      {"$2000000000\r\n" + megabyte, 1'000'000},  // an answer without end
      {std::string("\0\xff\r\n", 4), 1000},
  };
  for (const auto& [words, repeats] : speeches) {
    const MadServer server(words, repeats);
    cache_ = ConnectTo(server.address(), Patient());
    EXPECT_TRUE(Eventually([&] { return cache_->Stats().failed_connects >= 2; }))
        << words.substr(0, 20);
    EXPECT_TRUE(MissesAtOnce(*cache_));
    EXPECT_EQ(cache_->Stats().connects, 0u) << words.substr(0, 20);
    cache_.reset();
  }
}

}  // namespace
}  // namespace assay::scoring::redis
