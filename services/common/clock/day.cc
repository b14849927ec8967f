#include "services/common/clock/day.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"

#include "services/common/text/quote.h"

namespace assay::clock {
namespace {

constexpr absl::string_view kMonths[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};

absl::CivilDay Civil(Day day) { return absl::CivilDay(1970, 1, 1) + day.days_since_1970(); }

int DaysInMonth(std::int64_t year, std::int64_t month) {
  const absl::CivilMonth first(year, static_cast<int>(month));
  return static_cast<int>(absl::CivilDay(first + 1) - absl::CivilDay(first));
}

// What the calendar lacks of this date, or nothing where it is there.
std::string Fault(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (year < 1900 || year > 2199) return "years are 1900 to 2199";
  if (month < 1 || month > 12) return "months are 01 to 12";
  const int last = DaysInMonth(year, month);
  if (day >= 1 && day <= last) return "";
  return absl::StrCat(kMonths[month - 1], " ", year, " has ", last, " days");
}

std::int64_t Number(absl::string_view digits) {
  std::int64_t value = 0;
  for (char c : digits) value = 10 * value + (c - '0');
  return value;
}

bool HasShape(absl::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : !absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return true;
}

absl::Status NoSuchDate(absl::string_view text, absl::string_view fault) {
  return absl::InvalidArgumentError(
      absl::StrCat("got ", text::Quoted(text), ", want a calendar date written YYYY-MM-DD",
                   fault.empty() ? "" : " (", fault, fault.empty() ? "" : ")"));
}

}  // namespace

absl::StatusOr<Day> Day::FromDaysSince1970(std::int64_t days) {
  if (days < Min().days_ || days > Max().days_) {
    return absl::OutOfRangeError(absl::StrCat("got ", days, " days since 1970-01-01, want ",
                                              Min().days_, " to ", Max().days_));
  }
  return Day(static_cast<std::int32_t>(days));
}

absl::StatusOr<Day> Day::FromCivil(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (const std::string fault = Fault(year, month, day); !fault.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("got year ", year, ", month ", month, ", day ",
                                                   day, ", want a calendar date (", fault, ")"));
  }
  const absl::CivilDay civil(year, static_cast<int>(month), static_cast<int>(day));
  return Day(static_cast<std::int32_t>(civil - absl::CivilDay(1970, 1, 1)));
}

absl::StatusOr<Day> Day::Parse(absl::string_view text) {
  if (!HasShape(text)) return NoSuchDate(text, "");
  const std::int64_t year = Number(text.substr(0, 4));
  const std::int64_t month = Number(text.substr(5, 2));
  const std::int64_t day = Number(text.substr(8, 2));
  if (const std::string fault = Fault(year, month, day); !fault.empty()) {
    return NoSuchDate(text, fault);
  }
  return FromCivil(year, month, day);
}

int Day::year() const { return static_cast<int>(Civil(*this).year()); }
int Day::month() const { return Civil(*this).month(); }
int Day::day_of_month() const { return Civil(*this).day(); }

std::string Day::ToString() const {
  const absl::CivilDay civil = Civil(*this);
  return absl::StrFormat("%04d-%02d-%02d", civil.year(), civil.month(), civil.day());
}

Day Day::Plus(std::int64_t days) const {
  const std::int64_t step = std::clamp<std::int64_t>(days, -kMaxDayStep, kMaxDayStep);
  return Day(
      static_cast<std::int32_t>(std::clamp<std::int64_t>(days_ + step, Min().days_, Max().days_)));
}

absl::StatusOr<LondonCalendar> LondonCalendar::Load(absl::string_view zone) {
  absl::TimeZone rules;
  if (!absl::LoadTimeZone(zone, &rules)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the time zone ", text::Quoted(zone),
                     " is not in this machine's time zone database; install the package tzdata"));
  }
  return LondonCalendar(rules);
}

Day LondonCalendar::DayOf(absl::Time moment) const {
  // Far moments are held first: the civil time of an infinite one overflows its own arithmetic.
  constexpr std::int64_t kDaySeconds = 86400;
  const absl::Time first = absl::FromUnixSeconds((Day::Min().days_since_1970() - 1) * kDaySeconds);
  const absl::Time last = absl::FromUnixSeconds((Day::Max().days_since_1970() + 1) * kDaySeconds);
  const absl::CivilDay civil = absl::ToCivilDay(std::clamp(moment, first, last), zone_);
  return Day().Plus(civil - absl::CivilDay(1970, 1, 1));
}

absl::Time LondonCalendar::StartOf(Day day) const { return absl::FromCivil(Civil(day), zone_); }

}  // namespace assay::clock
