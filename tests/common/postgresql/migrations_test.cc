#include "services/common/postgresql/migrations.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/testing/postgres_server.h"

namespace assay::postgresql {
namespace {

using assay::testing::SharedPostgres;
using ::testing::HasSubstr;

class MigrationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto server = SharedPostgres();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *server;
    database_ = server_->CreateDatabase().value();
  }

  absl::Status Run(const Migrations& migrations) {
    ConnectOptions options;
    options.target = server_->Url(database_);
    const auto connection = Connection::Open(options);
    return connection.ok() ? Migrate(**connection, migrations) : connection.status();
  }
  std::string Ask(const std::string& sql) { return server_->Ask(sql, database_).value_or("error"); }

  assay::testing::PostgresServer* server_ = nullptr;
  std::string database_;
};

TEST_F(MigrationsTest, RunsWhatIsMissingOnce) {
  const std::string one = "CREATE TABLE t(a int); INSERT INTO t VALUES (1)";
  const std::string two = "INSERT INTO t VALUES (2)";
  ASSERT_TRUE(Run({"x", {one}}).ok());
  ASSERT_TRUE(Run({"x", {one}}).ok());
  EXPECT_EQ(Ask("SELECT sum(a) FROM t"), "1");
  ASSERT_TRUE(Run({"x", {one, two}}).ok());
  EXPECT_EQ(Ask("SELECT sum(a) FROM t"), "3");
  EXPECT_EQ(Ask("SELECT version FROM assay_schema WHERE component = 'x'"), "2");
}

TEST_F(MigrationsTest, AFailedStepLeavesNothing) {
  EXPECT_FALSE(Run({"x", {"CREATE TABLE t(a int)", "no sql"}}).ok());
  EXPECT_EQ(Ask("SELECT count(*) FROM pg_class WHERE relname IN ('t', 'assay_schema')"), "0");
}

TEST_F(MigrationsTest, RefusesANewerDatabase) {
  ASSERT_TRUE(Run({"x", {"SELECT 1", "SELECT 1"}}).ok());
  const absl::Status status = Run({"x", {"SELECT 1"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("has version 2 of the tables of x"));
  // Another component counts for itself.
  EXPECT_TRUE(Run({"y", {"SELECT 1"}}).ok());
}

TEST_F(MigrationsTest, OfSeveralAtOnceOneGoesFirst) {
  const Migrations migrations{"x", {"CREATE TABLE t(a int); INSERT INTO t VALUES (1)"}};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 5; ++thread) {
    threads.emplace_back([&] {
      const absl::Status status = Run(migrations);
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Ask("SELECT count(*) FROM t"), "1");
}

}  // namespace
}  // namespace assay::postgresql
