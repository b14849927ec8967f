#pragma once

// Calendar days, and which day it is in Europe/London.
//
// Every date of the domain (effective, opened, valid from) is a Day; moments are absl::Time. The
// two meet only in LondonCalendar.
//
// Thread safety: values; LondonCalendar is immutable. Cost: nanoseconds, parsing about fifty.

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace assay::clock {

// The largest step that Plus() takes, in days: from the first day to the last.
inline constexpr std::int32_t kMaxDayStep = 109572;

// A day of the Gregorian calendar from 1900-01-01 to 2199-12-31 (the contract's limits), held
// as days since 1970-01-01. Ordered by time. The default is 1970-01-01.
class Day {
 public:
  constexpr Day() = default;

  // `days` since 1970-01-01 (negative: before). OUT_OF_RANGE outside the years 1900 to
  // 2199.
  static absl::StatusOr<Day> FromDaysSince1970(std::int64_t days);

  // INVALID_ARGUMENT for what the calendar lacks: month 13, 2025-02-30, and for years
  // outside 1900 to 2199.
  static absl::StatusOr<Day> FromCivil(std::int64_t year, std::int64_t month, std::int64_t day);

  // Exactly `YYYY-MM-DD`. INVALID_ARGUMENT says what came: "got "2025-02-30", want a calendar date
  // written YYYY-MM-DD (February 2025 has 28 days)".
  static absl::StatusOr<Day> Parse(absl::string_view text);

  static constexpr Day Min() { return Day(-25567); }
  static constexpr Day Max() { return Day(84005); }

  constexpr std::int32_t days_since_1970() const { return days_; }
  int year() const;
  int month() const;         // 1 to 12
  int day_of_month() const;  // 1 to 31

  // `YYYY-MM-DD`.
  std::string ToString() const;

  // This day and `days` more (or fewer), held to Min() and Max().
  Day Plus(std::int64_t days) const;

  friend constexpr bool operator==(Day a, Day b) { return a.days_ == b.days_; }
  friend constexpr bool operator!=(Day a, Day b) { return a.days_ != b.days_; }
  friend constexpr bool operator<(Day a, Day b) { return a.days_ < b.days_; }
  friend constexpr bool operator>(Day a, Day b) { return b < a; }
  friend constexpr bool operator<=(Day a, Day b) { return !(b < a); }
  friend constexpr bool operator>=(Day a, Day b) { return !(a < b); }

  // Days from b to a: positive where a is later.
  friend constexpr std::int32_t operator-(Day a, Day b) { return a.days_ - b.days_; }

  template <typename H>
  friend H AbslHashValue(H h, Day day) {
    return H::combine(std::move(h), day.days_);
  }

 private:
  explicit constexpr Day(std::int32_t days) : days_(days) {}

  std::int32_t days_ = 0;
};

// Days of moments by the rules of Europe/London, summer time included. A small immutable value.
class LondonCalendar {
 public:
  // Loads the rules from the machine's time zone database. Call once, at start: FAILED_PRECONDITION
  // says that the database (Debian's package tzdata) is missing. `zone` is for tests.
  static absl::StatusOr<LondonCalendar> Load(absl::string_view zone = "Europe/London");

  // The day it is in London at `moment`; held to Day::Min() and Day::Max().
  Day DayOf(absl::Time moment) const;

  // The moment at which `day` begins in London.
  absl::Time StartOf(Day day) const;

 private:
  explicit LondonCalendar(absl::TimeZone zone) : zone_(zone) {}

  absl::TimeZone zone_;
};

}  // namespace assay::clock
