#include "services/common/postgresql/pool.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "tests/common/testing/postgres_server.h"

namespace assay::postgresql {
namespace {

using assay::testing::PostgresServer;

class PoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  PoolOptions Options(size_t size) {
    PoolOptions options;
    options.connect.target = server_->Url();
    options.size = size;
    options.wait = absl::ZeroDuration();
    return options;
  }

  std::unique_ptr<PostgresServer> server_;
  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
};

int64_t PidOf(Connection& connection) {
  const auto pid = connection.Query({"SELECT pg_backend_pid()", {}});
  return pid.ok() ? pid->Int(0, 0) : 0;
}

TEST_F(PoolTest, LendsNoMoreThanItHasAndUsesThemAgain) {
  Pool pool(Options(2), clock_);
  int64_t first = 0;
  {
    auto one = pool.Borrow();
    auto two = pool.Borrow();
    ASSERT_TRUE(one.ok() && two.ok());
    first = PidOf(**one);
    EXPECT_NE(first, PidOf(**two));
    EXPECT_EQ(errors::Reason(pool.Borrow().status()), "OVERLOADED");
  }
  auto again = pool.Borrow();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->reused());
  EXPECT_EQ(PidOf(**again), first);
}

TEST_F(PoolTest, WhoWaitsGetsTheNextOneThatComesBack) {
  PoolOptions options = Options(1);
  options.wait = absl::Seconds(30);
  Pool pool(options, clock_);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 20; ++turn) {
        auto loan = pool.Borrow();
        ASSERT_TRUE(loan.ok()) << loan.status();
        EXPECT_NE(PidOf(**loan), 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(PoolTest, ATransactionThatWasLeftOpenIsRolledBack) {
  Pool pool(Options(1), clock_);
  ASSERT_TRUE((*pool.Borrow())->Run("CREATE TABLE t(a int)").ok());
  ASSERT_TRUE((*pool.Borrow())->Run("BEGIN; INSERT INTO t VALUES (1)").ok());
  auto loan = pool.Borrow();
  ASSERT_TRUE(loan.ok());
  EXPECT_FALSE((*loan)->in_transaction());
  EXPECT_EQ((*loan)->Query({"SELECT count(*) FROM t", {}})->Int(0, 0), 0);
}

TEST_F(PoolTest, ARestartOfTheServerIsNotNoticedByReaders) {
  Pool pool(Options(2), clock_);
  const auto read = [&] {
    return pool.Read([](Connection& connection) { return connection.Query({"SELECT 1", {}}); });
  };
  ASSERT_TRUE(read().ok());
  ASSERT_TRUE(server_->Restart().ok());
  const auto after = read();
  EXPECT_TRUE(after.ok()) << after.status() << errors::PrivateDetail(after.status());
}

TEST_F(PoolTest, TriesAgainOnlyAfterTheBackoff) {
  Pool pool(Options(1), clock_);
  server_->Kill();
  EXPECT_EQ(pool.Borrow().status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(server_->Restart().ok());
  // It is there again, but nobody asks before the time.
  EXPECT_EQ(pool.Borrow().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(*server_->Ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'assay'"),
            "0");
  clock_.Advance(absl::Milliseconds(100));
  const auto loan = pool.Borrow();
  EXPECT_TRUE(loan.ok()) << loan.status();
}

}  // namespace
}  // namespace assay::postgresql
