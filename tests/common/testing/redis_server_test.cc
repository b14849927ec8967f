#include "tests/common/testing/redis_server.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace assay::testing {
namespace {

TEST(RedisServerTest, AnswersAndForgetsOnRestart) {
  auto server = RedisServer::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(*(*server)->Command({"SET", "a", "1"}), "OK");
  EXPECT_EQ(*(*server)->Command({"GET", "a"}), "1");
  (*server)->Kill();
  EXPECT_FALSE((*server)->Command({"PING"}).ok());
  ASSERT_TRUE((*server)->Restart().ok());
  EXPECT_EQ((*server)->Command({"GET", "a"}).status().code(), absl::StatusCode::kNotFound);
}

TEST(RedisServerTest, TwoServersAreApart) {
  auto one = RedisServer::Start();
  auto two = RedisServer::Start();
  ASSERT_TRUE(one.ok() && two.ok());
  ASSERT_TRUE((*one)->Command({"SET", "a", "1"}).ok());
  EXPECT_EQ(*(*two)->Command({"DBSIZE"}), "0");
}

TEST(RedisServerTest, PausedOneGoesOnWhereItStopped) {
  auto server = RedisServer::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  ASSERT_TRUE((*server)->Command({"SET", "a", "1"}).ok());
  (*server)->Pause();
  (*server)->Resume();
  EXPECT_EQ(*(*server)->Command({"GET", "a"}), "1");
}

TEST(RedisServerTest, PausedOneIsEndedWithItsFolder) {
  std::string socket;
  {
    auto server = RedisServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    socket = (*server)->socket_path();
    (*server)->Pause();
  }
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(socket).parent_path()));
}

TEST(RedisServerTest, SaysWhyItDoesNotStart) {
  RedisServer::Options options;
  options.arguments = {"--no-such-option", "1"};
  const auto server = RedisServer::Start(options);
  ASSERT_FALSE(server.ok());
  EXPECT_NE(server.status().message().find("no-such-option"), absl::string_view::npos)
      << server.status();
}

TEST(RedisServerTest, WantsItsPassword) {
  RedisServer::Options options;
  options.arguments = {"--requirepass", "open"};
  options.password = "open";
  options.tcp = true;
  const auto server = RedisServer::Start(options);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(*(*server)->Command({"PING"}), "PONG");
  EXPECT_GT((*server)->port(), 0);
}

}  // namespace
}  // namespace assay::testing
