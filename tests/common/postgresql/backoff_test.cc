#include "services/common/postgresql/backoff.h"

#include <gtest/gtest.h>

namespace assay::postgresql {
namespace {

class BackoffTest : public testing::Test {
 protected:
  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
  Backoff backoff_{{absl::Milliseconds(100), absl::Milliseconds(350)}, clock_};
};

TEST_F(BackoffTest, DoublesUpToTheLongestAndStartsAnew) {
  EXPECT_EQ(backoff_.Wait(), absl::ZeroDuration());
  for (const int want : {100, 200, 350, 350}) {
    backoff_.Failed();
    EXPECT_EQ(backoff_.Wait(), absl::Milliseconds(want));
    clock_.Advance(absl::Milliseconds(want - 1));
    EXPECT_EQ(backoff_.Wait(), absl::Milliseconds(1));
    clock_.Advance(absl::Milliseconds(1));
    EXPECT_EQ(backoff_.Wait(), absl::ZeroDuration());
  }
  backoff_.Succeeded();
  backoff_.Failed();
  EXPECT_EQ(backoff_.Wait(), absl::Milliseconds(100));
}

TEST_F(BackoffTest, AClockThatGoesBackHoldsNothingUp) {
  backoff_.Failed();
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(backoff_.Wait(), absl::ZeroDuration());
}

TEST(BackoffWithoutDelayTest, IsAlwaysReady) {
  const clock::ManualClock clock(absl::FromUnixSeconds(1750000000));
  Backoff backoff({absl::ZeroDuration(), absl::Seconds(5)}, clock);
  backoff.Failed();
  backoff.Failed();
  EXPECT_EQ(backoff.Wait(), absl::ZeroDuration());
}

}  // namespace
}  // namespace assay::postgresql
