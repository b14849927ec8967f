#include "services/common/server/call_context.h"

#include <atomic>
#include <thread>

#include "gtest/gtest.h"

namespace assay::server {
namespace {

TEST(ClampDeadlineTest, EveryCase) {
  const absl::Time now = absl::FromUnixSeconds(1000);
  const DeadlineLimits limits = {absl::Seconds(30), absl::Minutes(5)};
  struct Case {
    const char* name;
    absl::Time asked;
    absl::Duration want;
  };
  const Case cases[] = {
      {"none", absl::InfiniteFuture(), absl::Seconds(30)},
      {"within", now + absl::Seconds(1), absl::Seconds(1)},
      {"longer than the default", now + absl::Minutes(2), absl::Minutes(2)},
      {"at the maximum", now + absl::Minutes(5), absl::Minutes(5)},
      {"over the maximum", now + absl::Hours(5), absl::Minutes(5)},
      {"passed", now - absl::Seconds(1), -absl::Seconds(1)},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ClampDeadline(now, c.asked, limits) - now, c.want) << c.name;
  }
  EXPECT_EQ(ClampDeadline(now, absl::InfiniteFuture(), {absl::Hours(1), absl::Minutes(5)}) - now,
            absl::Minutes(5));
}

TEST(CallContextTest, TimeLeftIsNeverNegative) {
  const absl::Time now = absl::FromUnixSeconds(1000);
  CallContext call("a.B/C", {}, now);
  EXPECT_EQ(call.TimeLeft(now - absl::Seconds(2)), absl::Seconds(2));
  EXPECT_EQ(call.TimeLeft(now + absl::Seconds(2)), absl::ZeroDuration());
}

TEST(CallContextTest, AKeyGivenTwiceKeepsItsLastValue) {
  CallContext call("a.B/C", {}, absl::InfiniteFuture());
  call.AddTrailingMetadata("a", "1");
  call.AddTrailingMetadata("b", "2");
  call.AddTrailingMetadata("a", "3");
  EXPECT_EQ(call.trailing_metadata(), (CallContext::Metadata{{"a", "3"}, {"b", "2"}}));
}

TEST(CallContextTest, CancellingRunsTheCallbackOnceAndLateOnesAtOnce) {
  CallContext call("a.B/C", {}, absl::InfiniteFuture());
  int ran = 0;
  call.OnCancel([&] { ++ran; });
  EXPECT_FALSE(call.cancelled());
  call.Cancel();
  call.Cancel();
  EXPECT_TRUE(call.cancelled());
  EXPECT_EQ(ran, 1);
  call.OnCancel([&] { ran += 10; });
  EXPECT_EQ(ran, 11);
}

TEST(CallContextTest, ARaceRunsTheCallbackExactlyOnce) {
  for (int round = 0; round < 200; ++round) {
    CallContext call("a.B/C", {}, absl::InfiniteFuture());
    std::atomic<int> ran{0};
    std::thread canceller([&] { call.Cancel(); });
    call.OnCancel([&] { ++ran; });
    canceller.join();
    EXPECT_EQ(ran, 1);
  }
}

}  // namespace
}  // namespace assay::server
