#include "tests/common/testing/postgres_server.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace assay::testing {
namespace {

TEST(PostgresServerTest, KeepsItsDataOverAKill) {
  auto server = PostgresServer::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  const auto name = (*server)->CreateDatabase();
  ASSERT_TRUE(name.ok()) << name.status();
  ASSERT_TRUE((*server)->Ask("CREATE TABLE t AS SELECT 7 AS n", *name).ok());
  (*server)->Kill();
  EXPECT_FALSE((*server)->Ask("SELECT 1").ok());
  const absl::Status again = (*server)->Restart();
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(*(*server)->Ask("SELECT n FROM t", *name), "7");
  EXPECT_EQ(*(*server)->Ask("SHOW fsync"), "on");
}

TEST(PostgresServerTest, LeavesNothingBehind) {
  std::string folder;
  {
    auto server = PostgresServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    folder = (*server)->host();
    (*server)->Pause();
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(PostgresServerTest, ListensOnNoPort) {
  const auto server = SharedPostgres();
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(*(*server)->Ask("SHOW listen_addresses"), "");
}

TEST(PostgresServerTest, SaysWhyItDoesNotStart) {
  PostgresServer::Options options;
  options.settings = {"no_such_setting = 1"};
  const auto server = PostgresServer::Start(options);
  ASSERT_FALSE(server.ok());
  EXPECT_NE(server.status().message().find("no_such_setting"), absl::string_view::npos)
      << server.status();
}

TEST(PostgresServerTest, APromotedStandbyHasWhatWasCommitted) {
  auto primary = PostgresServer::Start();
  ASSERT_TRUE(primary.ok()) << primary.status();
  auto standby = (*primary)->StartSynchronousStandby();
  ASSERT_TRUE(standby.ok()) << standby.status();
  ASSERT_TRUE((*primary)->Ask("CREATE TABLE t AS SELECT 7 AS n").ok());
  EXPECT_FALSE((*standby)->Ask("CREATE TABLE u(n int)").ok());
  (*primary)->Kill();
  const absl::Status promoted = (*standby)->Promote();
  ASSERT_TRUE(promoted.ok()) << promoted;
  EXPECT_EQ(*(*standby)->Ask("SELECT n FROM t"), "7");
  EXPECT_TRUE((*standby)->Ask("CREATE TABLE u(n int)").ok());
}

TEST(PgBouncerTest, PassesOnInTransactionMode) {
  const auto server = SharedPostgres();
  ASSERT_TRUE(server.ok()) << server.status();
  const auto bouncer = PgBouncer::Start(**server);
  if (bouncer.status().code() == absl::StatusCode::kNotFound) GTEST_SKIP() << bouncer.status();
  ASSERT_TRUE(bouncer.ok()) << bouncer.status();
}

}  // namespace
}  // namespace assay::testing
