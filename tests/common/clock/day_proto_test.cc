#include "services/common/clock/day_proto.h"

#include <gtest/gtest.h>

namespace assay::clock {
namespace {

TEST(DayProtoTest, RoundTrips) {
  for (const char* text : {"1900-01-01", "1970-01-01", "2024-02-29", "2199-12-31"}) {
    const Day day = *Day::Parse(text);
    EXPECT_EQ(*DayFromProto(DayToProto(day)), day);
    EXPECT_FALSE(IsUnset(DayToProto(day)));
  }
  EXPECT_EQ(DayToProto(*Day::Parse("2024-02-29")).ShortDebugString(),
            "year: 2024 month: 2 day: 29");
}

TEST(DayProtoTest, UnsetIsNoDate) {
  EXPECT_TRUE(IsUnset(type::v1::Date()));
  EXPECT_FALSE(DayFromProto(type::v1::Date()).ok());
  type::v1::Date only_year;
  only_year.set_year(2025);
  EXPECT_FALSE(IsUnset(only_year));
  EXPECT_EQ(DayFromProto(only_year).status().message(),
            "got year 2025, month 0, day 0, want a calendar date (months are 01 to 12)");
}

TEST(DayProtoTest, ARangeHoldsItsFirstDayAndNotItsEnd) {
  const type::v1::Date open;
  const type::v1::Date first = DayToProto(*Day::Parse("2022-07-01"));
  const type::v1::Date end = DayToProto(*Day::Parse("2026-04-01"));
  struct Case {
    const type::v1::Date& from;
    const type::v1::Date& before;
    const char* day;
    bool in;
  };
  const Case cases[] = {
      {first, end, "2022-06-30", false}, {first, end, "2022-07-01", true},
      {first, end, "2026-03-31", true},  {first, end, "2026-04-01", false},
      {open, end, "1900-01-01", true},   {open, end, "2026-04-01", false},
      {first, open, "2199-12-31", true}, {first, open, "2022-06-30", false},
      {open, open, "2024-02-29", true},  {first, first, "2022-07-01", false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(InRange(one.from, one.before, *Day::Parse(one.day)), one.in)
        << one.from.ShortDebugString() << " / " << one.before.ShortDebugString() << one.day;
  }
}

}  // namespace
}  // namespace assay::clock
