#pragma once

// When to try again to reach what did not answer: at once, then after a delay that doubles.
//
// Thread safety: none; its user holds a lock. Ownership: borrows the clock. Cost: none.

#include "absl/time/time.h"

#include "services/common/clock/clock.h"

namespace assay::postgresql {

struct BackoffOptions {
  // Delay after the first failure; default 100 ms; 0: try again at once, always.
  absl::Duration first = absl::Milliseconds(100);
  // Longest delay; default 5 s.
  absl::Duration longest = absl::Seconds(5);
};

class Backoff {
 public:
  Backoff(const BackoffOptions& options, const clock::Clock& clock)
      : options_(options), clock_(clock) {}

  // Zero where a try is due; else how long it is until then.
  absl::Duration Wait() const;
  void Failed();
  void Succeeded();

 private:
  const BackoffOptions options_;
  const clock::Clock& clock_;
  absl::Duration delay_ = absl::ZeroDuration();
  absl::Time failed_ = absl::InfinitePast();
};

}  // namespace assay::postgresql
