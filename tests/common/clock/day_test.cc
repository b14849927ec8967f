#include "services/common/clock/day.h"

#include <string>

#include <gtest/gtest.h>

namespace assay::clock {
namespace {

Day Must(absl::string_view text) {
  const auto day = Day::Parse(text);
  EXPECT_TRUE(day.ok()) << day.status();
  return day.value_or(Day());
}

TEST(DayTest, ParsesAndFormats) {
  const struct {
    const char* text;
    std::int32_t days;
  } cases[] = {
      {"1970-01-01", 0},      {"1970-01-02", 1},     {"1969-12-31", -1},
      {"2000-02-29", 11016},  {"2024-02-29", 19782}, {"2022-07-01", 19174},
      {"1900-01-01", -25567}, {"2199-12-31", 84005}, {"2026-04-01", 20544},
  };
  for (const auto& c : cases) {
    const Day day = Must(c.text);
    EXPECT_EQ(day.days_since_1970(), c.days) << c.text;
    EXPECT_EQ(day.ToString(), c.text);
    EXPECT_EQ(*Day::FromDaysSince1970(c.days), day);
  }
}

TEST(DayTest, SaysWhatCameAndWhatIsWrong) {
  const std::string want = ", want a calendar date written YYYY-MM-DD";
  const struct {
    std::string text;
    std::string message;
  } cases[] = {
      {"2025-02-30", "got \"2025-02-30\"" + want + " (February 2025 has 28 days)"},
      {"2024-02-30", "got \"2024-02-30\"" + want + " (February 2024 has 29 days)"},
      {"2100-02-29", "got \"2100-02-29\"" + want + " (February 2100 has 28 days)"},
      {"2025-04-31", "got \"2025-04-31\"" + want + " (April 2025 has 30 days)"},
      {"2025-01-00", "got \"2025-01-00\"" + want + " (January 2025 has 31 days)"},
      {"2025-13-01", "got \"2025-13-01\"" + want + " (months are 01 to 12)"},
      {"2025-00-01", "got \"2025-00-01\"" + want + " (months are 01 to 12)"},
      {"0000-01-01", "got \"0000-01-01\"" + want + " (years are 1900 to 2199)"},
      {"1899-12-31", "got \"1899-12-31\"" + want + " (years are 1900 to 2199)"},
      {"2200-01-01", "got \"2200-01-01\"" + want + " (years are 1900 to 2199)"},
      {"", "got \"\"" + want},
      {"2025-1-01", "got \"2025-1-01\"" + want},
      {"2025/01/01", "got \"2025/01/01\"" + want},
      {"01-01-2025", "got \"01-01-2025\"" + want},
      {"2025-01-01 ", "got \"2025-01-01 \"" + want},
      {" 2025-01-01", "got \" 2025-01-01\"" + want},
      {"2025-01-01T00:00:00Z", "got \"2025-01-01T00:00:00Z\"" + want},
      {"+025-01-01", "got \"+025-01-01\"" + want},
      {"2025-+1-01", "got \"2025-+1-01\"" + want},
      {std::string("2025-01-0\0", 10), "got \"2025-01-0\\x00\"" + want},
  };
  for (const auto& c : cases) {
    const auto day = Day::Parse(c.text);
    EXPECT_EQ(day.status().code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_EQ(day.status().message(), c.message);
  }
}

TEST(DayTest, FromCivilRefusesAnyNumbers) {
  EXPECT_TRUE(Day::FromCivil(2024, 2, 29).ok());
  EXPECT_EQ(Day::FromCivil(2025, 2, 30).status().message(),
            "got year 2025, month 2, day 30, want a calendar date (February 2025 has 28 days)");
  for (std::int64_t bad : {INT64_MIN, INT64_C(-1), INT64_C(0), INT64_MAX}) {
    EXPECT_FALSE(Day::FromCivil(bad, 1, 1).ok()) << bad;
    EXPECT_FALSE(Day::FromCivil(2025, bad, 1).ok()) << bad;
    EXPECT_FALSE(Day::FromCivil(2025, 1, bad).ok()) << bad;
  }
}

TEST(DayTest, EveryDayThereIsRoundTrips) {
  for (std::int32_t d = Day::Min().days_since_1970(); d <= Day::Max().days_since_1970(); ++d) {
    const Day day = *Day::FromDaysSince1970(d);
    ASSERT_EQ(*Day::FromCivil(day.year(), day.month(), day.day_of_month()), day);
    ASSERT_EQ(*Day::Parse(day.ToString()), day);
  }
  for (std::int64_t d : {INT64_MIN, INT64_C(-25568), INT64_C(84006), INT64_MAX}) {
    EXPECT_EQ(Day::FromDaysSince1970(d).status().code(), absl::StatusCode::kOutOfRange) << d;
  }
}

TEST(DayTest, OrdersStepsAndStopsAtTheEnds) {
  const Day day = Must("2025-03-01");
  EXPECT_LT(Must("2025-02-28"), day);
  EXPECT_GE(day, day);
  EXPECT_EQ(day - Must("2024-03-01"), 365);
  EXPECT_EQ(day.Plus(-1).ToString(), "2025-02-28");
  EXPECT_EQ(day.Plus(366).ToString(), "2026-03-02");
  EXPECT_EQ(day.Plus(INT64_MAX), Day::Max());
  EXPECT_EQ(day.Plus(INT64_MIN), Day::Min());
  EXPECT_EQ(Day::Max() - Day::Min(), kMaxDayStep);
}

absl::Time Utc(const std::string& text) {
  absl::Time moment;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &moment, &error)) << error;
  return moment;
}

TEST(LondonCalendarTest, TheDayTurnsAtMidnightInLondon) {
  const auto london = LondonCalendar::Load();
  ASSERT_TRUE(london.ok()) << london.status();
  const struct {
    const char* moment;
    const char* day;
  } cases[] = {
      {"2025-01-15T23:59:59.999Z", "2025-01-15"},
      {"2025-01-16T00:00:00Z", "2025-01-16"},
      {"2025-06-15T22:59:59Z", "2025-06-15"},
      {"2025-06-15T23:00:00Z", "2025-06-16"},  // summer time: an hour ahead of UTC
      {"2025-03-30T00:30:00Z", "2025-03-30"},  // the night the clocks go forward
      {"2025-10-25T23:30:00Z", "2025-10-26"},  // the night they go back
      {"2025-10-26T23:30:00Z", "2025-10-26"},
      {"1968-12-31T23:30:00Z", "1969-01-01"},  // British Standard Time, all year
  };
  for (const auto& c : cases) {
    EXPECT_EQ(london->DayOf(Utc(c.moment)).ToString(), c.day) << c.moment;
  }
  EXPECT_EQ(london->DayOf(absl::InfiniteFuture()), Day::Max());
  EXPECT_EQ(london->DayOf(absl::InfinitePast()), Day::Min());
}

TEST(LondonCalendarTest, ADayStartsWhereItsDayOfBegins) {
  const auto london = LondonCalendar::Load();
  ASSERT_TRUE(london.ok()) << london.status();
  EXPECT_EQ(london->StartOf(Must("2025-06-16")), Utc("2025-06-15T23:00:00Z"));
  for (Day day = Must("2020-01-01"); day < Must("2027-01-01"); day = day.Plus(1)) {
    const absl::Time start = london->StartOf(day);
    ASSERT_EQ(london->DayOf(start), day) << day.ToString();
    ASSERT_EQ(london->DayOf(start - absl::Nanoseconds(1)), day.Plus(-1)) << day.ToString();
  }
}

TEST(LondonCalendarTest, AMissingDatabaseIsSaidAtStart) {
  const auto missing = LondonCalendar::Load("Europe/Nowhere");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(missing.status().message(),
            "the time zone \"Europe/Nowhere\" is not in this machine's time zone database; install "
            "the package tzdata");
}

}  // namespace
}  // namespace assay::clock
