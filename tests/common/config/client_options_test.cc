#include "services/common/config/client_options.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::config {
namespace {

using ::testing::HasSubstr;

// A service that is called and calls others, as evidence is.
struct Caller {
  ServerOptions server = ServerDefaults("evidence", 7302, 7312);
  ClientTls client;
  Options options{"assay-evidence", "Keeps the record.", "ASSAY_EVIDENCE"};

  absl::Status Parse(std::vector<const char*> arguments) {
    AddServerOptions(&options, &server);
    AddClientOptions(&options, &client);
    arguments.insert(arguments.begin(), "assay-evidence");
    return options.Parse(static_cast<int>(arguments.size()), arguments.data());
  }
};

TEST(ClientOptionsTest, NothingIsPlainTextOrTheSystemsRoots) {
  Caller evidence;
  const absl::Status parsed = evidence.Parse({});
  ASSERT_TRUE(parsed.ok()) << parsed;
  EXPECT_TRUE(evidence.client.files.empty());
  EXPECT_EQ(evidence.client.server_name, "");
}

TEST(ClientOptionsTest, EachGoesToItsPlaceAndNotToTheServersOwn) {
  Caller evidence;
  const absl::Status parsed =
      evidence.Parse({"--client-ca=ca", "--client-certificate=certificate", "--client-key=key",
                      "--client-server-name=assay.internal", "--tls-cert=a", "--tls-key=b"});
  ASSERT_TRUE(parsed.ok()) << parsed;
  EXPECT_EQ(evidence.client.files.authority, "ca");
  EXPECT_EQ(evidence.client.files.certificate, "certificate");
  EXPECT_EQ(evidence.client.files.key, "key");
  EXPECT_EQ(evidence.client.server_name, "assay.internal");
  EXPECT_EQ(evidence.server.tls.certificate, "a");
  EXPECT_EQ(evidence.server.tls.key, "b");
  EXPECT_EQ(evidence.server.tls.authority, "");
}

TEST(ClientOptionsTest, WhatFits) {
  const std::vector<const char*> cases[] = {
      {"--client-ca=ca"},
      {"--client-server-name=assay.internal"},
      {"--client-certificate=a", "--client-key=b"},
  };
  for (const auto& arguments : cases) {
    Caller evidence;
    const absl::Status parsed = evidence.Parse(arguments);
    EXPECT_TRUE(parsed.ok()) << parsed;
  }
}

TEST(ClientOptionsTest, HalfAPairIsRefusedNamingTheOther) {
  const struct {
    std::vector<const char*> arguments;
    const char* told;
  } cases[] = {
      {{"--client-certificate=a"}, "--client-key: got nothing"},
      {{"--client-key=a", "--client-ca=b"}, "--client-certificate: got nothing"},
  };
  for (const auto& c : cases) {
    Caller evidence;
    const absl::Status parsed = evidence.Parse(c.arguments);
    EXPECT_EQ(parsed.code(), absl::StatusCode::kInvalidArgument) << c.told;
    EXPECT_EQ(errors::FieldViolations(parsed).size(), 1u);
    EXPECT_THAT(evidence.options.Explanation(parsed), HasSubstr(c.told));
  }
}

TEST(ClientOptionsTest, BothSidesFaultsAreToldAtOnce) {
  Caller evidence;
  const absl::Status parsed = evidence.Parse({"--client-key=a", "--tls-cert=b"});
  EXPECT_EQ(errors::FieldViolations(parsed).size(), 2u);
  EXPECT_THAT(evidence.options.Explanation(parsed), HasSubstr("--client-certificate"));
  EXPECT_THAT(evidence.options.Explanation(parsed), HasSubstr("--tls-key"));
}

}  // namespace
}  // namespace assay::config
