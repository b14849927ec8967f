#include "services/common/config/server_options.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::config {
namespace {

using ::testing::HasSubstr;

struct Server {
  ServerOptions server = ServerDefaults("evidence", 7302, 7312);
  Options options{"assay-evidence", "Keeps the record.", "ASSAY_EVIDENCE"};

  absl::Status Parse(std::vector<const char*> arguments) {
    AddServerOptions(&options, &server);
    arguments.insert(arguments.begin(), "assay-evidence");
    return options.Parse(static_cast<int>(arguments.size()), arguments.data());
  }
};

TEST(ServerOptionsTest, TheDefaultsServeOnLoopback) {
  Server evidence;
  const absl::Status parsed = evidence.Parse({});
  ASSERT_TRUE(parsed.ok()) << parsed;
  EXPECT_EQ(evidence.server.listen_address, "127.0.0.1:7302");
  EXPECT_EQ(evidence.server.metrics_address, "127.0.0.1:7312");
  EXPECT_EQ(evidence.server.max_receive_bytes, 16 << 20);
  EXPECT_EQ(evidence.server.default_deadline, absl::Seconds(30));
  EXPECT_EQ(evidence.server.drain_timeout, absl::Seconds(10));
}

TEST(ServerOptionsTest, WhatFits) {
  const std::vector<const char*> cases[] = {
      {"--listen-address=unix:/run/assay.sock", "--metrics-address="},
      {"--listen-address=[::1]:0", "--metrics-address=127.0.0.1:0"},
      {"--listen-address=0.0.0.0:7302", "--tls-cert=a", "--tls-key=b"},
      {"--listen-address=0.0.0.0:7302", "--tls-cert=a", "--tls-key=b", "--tls-client-ca=c"},
  };
  for (const auto& arguments : cases) {
    Server evidence;
    const absl::Status parsed = evidence.Parse(arguments);
    EXPECT_TRUE(parsed.ok()) << parsed;
  }
}

TEST(ServerOptionsTest, WhatDoesNotFitIsRefusedWithItsReason) {
  struct Case {
    std::vector<const char*> arguments;
    const char* told;
  };
  const Case cases[] = {
      {{"--listen-address=0.0.0.0:7302"}, "plain text is refused"},
      {{"--listen-address=nonsense"}, "--listen-address: got nonsense"},
      {{"--metrics-address=unix:/a"}, "--metrics-address: got unix:/a"},
      {{"--tls-cert=a"}, "--tls-key: got nothing"},
      {{"--tls-key=a"}, "--tls-cert: got nothing"},
      {{"--tls-client-ca=a"}, "--tls-client-ca: got a"},
      {{"--default-deadline=10m"}, "--default-deadline: got 10m"},
      {{"--max-receive-bytes=1"}, "--max-receive-bytes"},
      {{"--request-log=some"}, "--request-log"},
  };
  for (const Case& c : cases) {
    Server evidence;
    const absl::Status parsed = evidence.Parse(c.arguments);
    EXPECT_EQ(parsed.code(), absl::StatusCode::kInvalidArgument) << c.told;
    EXPECT_THAT(evidence.options.Explanation(parsed), HasSubstr(c.told));
  }
}

TEST(ServerOptionsTest, SeveralProblemsAreToldAtOnce) {
  Server evidence;
  const absl::Status parsed =
      evidence.Parse({"--listen-address=0.0.0.0:1", "--tls-client-ca=a", "--default-deadline=10m"});
  EXPECT_EQ(errors::FieldViolations(parsed).size(), 3u);
}

}  // namespace
}  // namespace assay::config
