#include "services/common/server/request_identity.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::server {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr char kTrace[] = "0123456789abcdef0123456789abcdef";
constexpr char kGood[] = "00-0123456789abcdef0123456789abcdef-00f067aa0ba902b7-01";

TEST(IdentifyRequestTest, TakesAGoodRequestIdAndReplacesABadOne) {
  for (const std::string good : {"a", "Req-17.x_y:z", "0"}) {
    EXPECT_EQ(IdentifyRequest(good, "").request_id, good);
  }
  EXPECT_EQ(IdentifyRequest(std::string(128, 'a'), "").request_id.size(), 128u);
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a\nb"),
                                 std::string("\xc3\xa9"), std::string(129, 'a')}) {
    EXPECT_THAT(IdentifyRequest(bad, "").request_id, MatchesRegex("[0-9a-f]+")) << bad;
    EXPECT_EQ(IdentifyRequest(bad, "").request_id.size(), 32u);
  }
}

TEST(IdentifyRequestTest, TakesAGoodTraceparent) {
  const RequestIdentity identity = IdentifyRequest("", kGood);
  EXPECT_EQ(identity.trace_id, kTrace);
  EXPECT_EQ(identity.parent_span_id, "00f067aa0ba902b7");
  EXPECT_TRUE(identity.sampled);
  const std::string future = "cc" + std::string(kGood).substr(2) + "-what-comes-later";
  EXPECT_EQ(IdentifyRequest("", future).trace_id, kTrace);
  const std::string unsampled = std::string(kGood).substr(0, 53) + "02";
  EXPECT_FALSE(IdentifyRequest("", unsampled).sampled);
}

TEST(IdentifyRequestTest, ABadTraceparentGetsANewTrace) {
  const std::string good = kGood;
  const std::string cases[] = {
      "",
      "00",
      good.substr(0, 54),                                           // cut
      good + "-x",                                                  // version 00 has no more fields
      "ff" + good.substr(2),                                        // forbidden version
      "0G" + good.substr(2),                                        // not hexadecimal
      "00-" + std::string(32, '0') + good.substr(35),               // zero trace
      good.substr(0, 36) + std::string(16, '0') + good.substr(52),  // zero span
      "00-0123456789ABCDEF0123456789abcdef" + good.substr(35),      // upper case
      "00_" + good.substr(3),                                       // wrong separator
  };
  for (const std::string& bad : cases) {
    const RequestIdentity identity = IdentifyRequest("", bad);
    EXPECT_NE(identity.trace_id, kTrace) << bad;
    EXPECT_EQ(identity.trace_id.size(), 32u) << bad;
    EXPECT_EQ(identity.parent_span_id, "") << bad;
  }
}

TEST(ChildTraceparentTest, KeepsTheTraceAndMakesANewSpan) {
  const RequestIdentity identity = IdentifyRequest("", kGood);
  const std::string child = ChildTraceparent(identity);
  EXPECT_THAT(child, StartsWith(std::string("00-") + kTrace + "-"));
  EXPECT_NE(child, kGood);
  const RequestIdentity next = IdentifyRequest("", child);
  EXPECT_EQ(next.trace_id, kTrace);
  EXPECT_TRUE(next.sampled);
}

TEST(NewRequestIdTest, DoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(NewRequestId()).second);
}

}  // namespace
}  // namespace assay::server
