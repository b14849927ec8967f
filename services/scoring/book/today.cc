#include "services/scoring/book/today.h"

namespace assay::scoring {

// The cached word is the second at which the day ends, times 2^20, plus the day counted from
// Day::Min(). The clock may be set back: a moment before the day's start asks the calendar again.
clock::Day Today::DayOf(absl::Time now) const {
  const std::int64_t second = absl::ToUnixSeconds(now);
  constexpr std::int64_t kLow = (std::int64_t{1} << kDayBits) - 1;
  constexpr std::int64_t kShortestDay = 23 * 60 * 60;
  const std::int64_t cached = cached_.load(std::memory_order_relaxed);
  const std::int64_t end = cached >> kDayBits;
  if (second < end && second >= end - kShortestDay) {
    return clock::Day::Min().Plus(cached & kLow);
  }
  const clock::Day day = calendar_.DayOf(absl::FromUnixSeconds(second));
  const std::int64_t next = absl::ToUnixSeconds(calendar_.StartOf(day.Plus(1)));
  cached_.store((next << kDayBits) | (day - clock::Day::Min()), std::memory_order_relaxed);
  return day;
}

}  // namespace assay::scoring
