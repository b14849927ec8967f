#include "services/common/postgresql/backoff.h"

#include <algorithm>

namespace assay::postgresql {

absl::Duration Backoff::Wait() const {
  if (delay_ == absl::ZeroDuration()) return delay_;
  const absl::Duration passed = clock_.Now() - failed_;
  // A clock that was set back does not hold the next try up for longer than one delay.
  if (passed < absl::ZeroDuration()) return absl::ZeroDuration();
  return std::max(delay_ - passed, absl::ZeroDuration());
}

void Backoff::Failed() {
  delay_ = delay_ == absl::ZeroDuration() ? options_.first : std::min(delay_ * 2, options_.longest);
  failed_ = clock_.Now();
}

void Backoff::Succeeded() { delay_ = absl::ZeroDuration(); }

}  // namespace assay::postgresql
