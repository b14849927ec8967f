#include "services/common/clock/clock.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"

namespace assay::clock {
namespace {

TEST(ManualClockTest, MovesOnlyWhenTold) {
  const absl::Time start = absl::FromUnixSeconds(1718000000);
  ManualClock clock(start);
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Milliseconds(1500));
  EXPECT_EQ(clock.Now() - start, absl::Milliseconds(1500));
  clock.Advance(-absl::Seconds(2));
  EXPECT_LT(clock.Now(), start);
  clock.Set(start);
  EXPECT_EQ(clock.Now(), start);
}

TEST(SystemClockTest, IsTheMachinesClock) {
  const absl::Time before = absl::Now();
  const absl::Time now = SystemClock().Now();
  EXPECT_LE(before - now, absl::Seconds(1));
  EXPECT_LE(now - absl::Now(), absl::Seconds(1));
}

}  // namespace
}  // namespace assay::clock
