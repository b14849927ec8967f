#include "services/common/clock/day_proto.h"

namespace assay::clock {

bool IsUnset(const type::v1::Date& date) {
  return date.year() == 0 && date.month() == 0 && date.day() == 0;
}

absl::StatusOr<Day> DayFromProto(const type::v1::Date& date) {
  return Day::FromCivil(date.year(), date.month(), date.day());
}

type::v1::Date DayToProto(Day day) {
  type::v1::Date date;
  date.set_year(day.year());
  date.set_month(day.month());
  date.set_day(day.day_of_month());
  return date;
}

bool InRange(const type::v1::Date& from, const type::v1::Date& before, Day day) {
  const absl::StatusOr<Day> first = DayFromProto(from);
  const absl::StatusOr<Day> end = DayFromProto(before);
  return (!first.ok() || *first <= day) && (!end.ok() || day < *end);
}

}  // namespace assay::clock
