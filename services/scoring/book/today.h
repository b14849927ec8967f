// The present day in Europe/London, asked on every read without asking the time zone each time.
//
// Thread safety: all methods may be called from any thread. Ownership: borrows the clock and
// calendar. Cost: one reading of the clock and one atomic load; once a day the calendar.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

#include "services/common/clock/clock.h"
#include "services/common/clock/day.h"
#include "services/scoring/core/validate.h"

namespace assay::scoring {

class Today {
 public:
  Today(const clock::Clock& clock, const clock::LondonCalendar& calendar)
      : clock_(clock), calendar_(calendar) {}

  clock::Day day() const { return DayOf(clock_.Now()); }
  // The day and the moment, for what asks how much is known.
  Present present() const {
    const absl::Time now = clock_.Now();
    return {DayOf(now), now};
  }
  const clock::Clock& clock() const { return clock_; }

 private:
  clock::Day DayOf(absl::Time now) const;

  // A day, and the second at which the next begins, packed so that one load reads both.
  static constexpr int kDayBits = 20;

  const clock::Clock& clock_;
  const clock::LondonCalendar& calendar_;
  mutable std::atomic<std::int64_t> cached_{0};
};

}  // namespace assay::scoring
