#include "services/common/server/connection_health.h"

#include <memory>

#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/server/client_channel.h"
#include "tests/common/server/echo_service.h"

namespace assay::server {
namespace {

using test::EchoServer;
using test::TestOptions;

TEST(ConnectionHealthTest, FollowsTheServerWithoutACall) {
  auto server = std::make_unique<EchoServer>();
  config::ServerOptions again = TestOptions();
  again.listen_address = server->runner().listen_address();
  const auto channel = server->NewChannel();
  EXPECT_TRUE(ConnectionHealth(*channel, "echo").ok());
  server.reset();
  absl::Status away = ConnectionHealth(*channel, "echo");
  while (away.ok()) away = ConnectionHealth(*channel, "echo");
  EXPECT_EQ(errors::Reason(away), "DEPENDENCY_UNAVAILABLE");
  EXPECT_EQ(errors::Metadata(away)["dependency"], "echo");
  // Asking is enough for it to be found again.
  server = std::make_unique<EchoServer>(again);
  while (!ConnectionHealth(*channel, "echo").ok()) {
  }
}

TEST(ConnectionHealthTest, WhereNobodyListensItSaysSo) {
  ChannelOptions options;
  options.address = "unix:/nonexistent/assay.sock";
  const auto channel = *MakeChannel(options);
  EXPECT_EQ(errors::Reason(ConnectionHealth(*channel, "echo")), "DEPENDENCY_UNAVAILABLE");
}

}  // namespace
}  // namespace assay::server
