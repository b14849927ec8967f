#include "services/common/server/call_count.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace assay::server {
namespace {

TEST(CallCountTest, NoneRunAtFirst) {
  CallCount count;
  EXPECT_TRUE(count.WaitForNone(absl::ZeroDuration()));
}

TEST(CallCountTest, ARunningCallOutlastsAShortWait) {
  CallCount count;
  count.Begin();
  EXPECT_EQ(count.running(), 1);
  EXPECT_FALSE(count.WaitForNone(absl::Milliseconds(1)));
  count.End();
  EXPECT_TRUE(count.WaitForNone(absl::ZeroDuration()));
}

TEST(CallCountTest, TheLastEndWakesWhoWaits) {
  for (int round = 0; round < 50; ++round) {
    CallCount count;
    for (int i = 0; i < 8; ++i) count.Begin();
    std::vector<std::thread> calls;
    for (int i = 0; i < 8; ++i) calls.emplace_back([&] { count.End(); });
    EXPECT_TRUE(count.WaitForNone(absl::Seconds(20)));
    for (std::thread& call : calls) call.join();
  }
}

}  // namespace
}  // namespace assay::server
