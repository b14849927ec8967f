#include "services/common/server/refuse_unparsed.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

#include "services/common/errors/errors.h"
#include "services/common/server/status_conversion.h"
#include "tests/common/server/echo_service.h"
#include "tests/common/server/raw_call.h"

namespace assay::server {
namespace {

using test::EchoServer;
using ::testing::HasSubstr;

// A text field that says it is longer than the message.
constexpr char kTruncated[] =
    "\x0a\x7f"
    "abc";

absl::Status Send(EchoServer& server, const std::string& method, const std::string& request) {
  std::string reply;
  return FromGrpc(test::RawUnary(
      server.NewChannel(), absl::StrCat("/assay.test.v1.EchoService/", method), request, &reply));
}

TEST(RefuseUnparsedTest, EveryKindOfMethodSaysWhatItWanted) {
  struct Case {
    const char* method;
    const char* wanted;
  };
  constexpr Case kCases[] = {
      {"Say", "assay.test.v1.EchoRequest"},     {"Work", "assay.test.v1.EchoRequest"},
      {"Later", "assay.test.v1.EchoRequest"},   {"Raw", "assay.test.v1.EchoRequest"},
      {"Missing", "assay.test.v1.EchoRequest"}, {"Watch", "assay.test.v1.WatchRequest"},
      {"Tail", "assay.test.v1.WatchRequest"},
  };
  EchoServer server;
  for (const Case& one : kCases) {
    const absl::Status status = Send(server, one.method, kTruncated);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.method << status;
    EXPECT_EQ(errors::Reason(status), "REQUEST_INVALID") << one.method;
    EXPECT_THAT(
        std::string(status.message()),
        HasSubstr(absl::StrCat("request: got bytes that cannot be parsed, want ", one.wanted)))
        << one.method;
  }
}

TEST(RefuseUnparsedTest, LeavesEveryOtherAnswerAlone) {
  EchoServer server;
  EXPECT_EQ(errors::Reason(Send(server, "Missing", "")), "METHOD_UNIMPLEMENTED");
  const absl::Status unknown = Send(server, "NoSuchMethod", kTruncated);
  EXPECT_EQ(unknown.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(Send(server, "Say", ""), absl::OkStatus());
  EXPECT_EQ(Send(server, "Tail", ""), absl::OkStatus());
  // {behaviour: BEHAVIOUR_NOT_FOUND}
  EXPECT_EQ(errors::Reason(Send(server, "Say", "\x10\x01")), "LOCATION_NOT_FOUND");
}

TEST(RefuseUnparsedTest, CountsARefusalAsACallOfItsMethod) {
  EchoServer server;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(Send(server, "Say", kTruncated).ok());
  }
  EXPECT_TRUE(Send(server, "Say", "").ok());
  const std::string page =
      prometheus::TextSerializer().Serialize(server.runner().metrics()->registry()->Collect());
  EXPECT_THAT(
      page,
      HasSubstr(
          R"(assay_calls_total{code="INVALID_ARGUMENT",method="assay.test.v1.EchoService/Say"} 3)"));
  EXPECT_THAT(
      page, HasSubstr(R"(assay_calls_total{code="OK",method="assay.test.v1.EchoService/Say"} 1)"));
  EXPECT_THAT(page,
              HasSubstr(R"(assay_calls_in_flight{method="assay.test.v1.EchoService/Watch"} 0)"));
}

}  // namespace
}  // namespace assay::server
