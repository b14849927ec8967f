#include "services/scoring/book/today.h"

#include <string>

#include "gtest/gtest.h"

namespace assay::scoring {
namespace {

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

TEST(Today, FollowsLondonThroughMidnightAndSummerTime) {
  const absl::StatusOr<clock::LondonCalendar> calendar = clock::LondonCalendar::Load();
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  clock::ManualClock clock(absl::UnixEpoch());
  const Today today(clock, *calendar);
  const struct {
    const char* moment;
    const char* day;
  } kCases[] = {
      {"2026-01-15T23:59:59Z", "2026-01-15"},
      {"2026-01-16T00:00:00Z", "2026-01-16"},
      // Summer time: London is an hour ahead, so its day begins an hour earlier.
      {"2026-06-30T22:59:59Z", "2026-06-30"},
      {"2026-06-30T23:00:00Z", "2026-07-01"},
      // The day of 23 hours and the day of 25.
      {"2026-03-29T00:30:00Z", "2026-03-29"},
      {"2026-03-29T23:00:00Z", "2026-03-30"},
      {"2026-10-25T00:30:00Z", "2026-10-25"},
      {"2026-10-25T23:59:59Z", "2026-10-25"},
      {"2026-10-26T00:00:00Z", "2026-10-26"},
      // A clock that is set back.
      {"2026-01-15T12:00:00Z", "2026-01-15"},
  };
  for (const auto& c : kCases) {
    clock.Set(At(c.moment));
    EXPECT_EQ(today.day().ToString(), c.day) << c.moment;
    EXPECT_EQ(today.day().ToString(), c.day) << c.moment << ", asked again";
  }
}

TEST(Today, DayOfTwentyFiveHoursDoesNotEndEarly) {
  const absl::StatusOr<clock::LondonCalendar> calendar = clock::LondonCalendar::Load();
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  clock::ManualClock clock(At("2026-10-24T23:00:00Z"));
  const Today today(clock, *calendar);
  for (int hour = 0; hour < 25; ++hour) {
    EXPECT_EQ(today.day().ToString(), "2026-10-25") << hour;
    clock.Advance(absl::Hours(1));
  }
  EXPECT_EQ(today.day().ToString(), "2026-10-26");
}

}  // namespace
}  // namespace assay::scoring
