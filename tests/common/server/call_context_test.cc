#include "services/common/server/call_context.h"

#include <atomic>
#include <string>
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

TEST(CallContextTest, TakesTheIdsThatWereAskedFor) {
  const std::string trace = "0123456789abcdef0123456789abcdef";
  const CallContext call("a.B/C", {"req-17", "00-" + trace + "-00f067aa0ba902b7-01"},
                         absl::InfiniteFuture());
  EXPECT_EQ(call.request_id(), "req-17");
  EXPECT_EQ(call.trace_id(), trace);
  EXPECT_EQ(call.Traceparent().substr(0, 36), "00-" + trace + "-");
}

TEST(CallContextTest, IdsThatAreMadeStayWhoeverAsksFirst) {
  for (int round = 0; round < 200; ++round) {
    const CallContext call("a.B/C", {"no id", ""}, absl::InfiniteFuture());
    std::string other_request_id;
    std::string other_trace_id;
    std::thread other([&] {
      other_trace_id = call.trace_id();
      other_request_id = call.request_id();
    });
    const std::string request_id = call.request_id();
    const std::string traceparent = call.Traceparent();
    other.join();
    EXPECT_EQ(request_id.size(), 32u);
    EXPECT_EQ(other_request_id, request_id);
    EXPECT_EQ(call.request_id(), request_id);
    EXPECT_EQ(traceparent.substr(3, 32), other_trace_id);
    EXPECT_NE(request_id, other_trace_id);
  }
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
