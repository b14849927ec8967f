#pragma once

// Ids of records, made by the service that takes them.
//
// Ownership: the composition root owns the source, its clock and its randomness.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "services/common/clock/clock.h"
#include "services/common/digest/random.h"

namespace assay::clock {

// Thread-safe in every implementation.
class IdSource {
 public:
  virtual ~IdSource() = default;

  // A new UUID in its text form: 36 characters, lower case.
  virtual std::string NewId() = 0;
};

// UUIDs of version 7 (RFC 9562): 48 bits of milliseconds since 1970, then 74 bits that are random
// in each new millisecond and grow by a random step within one. So the ids of one source strictly
// rise, also where the clock stands still or goes back, and cannot be guessed from one another.
// Two sources may interleave; they collide with a chance of about 2^-73 a pair and millisecond.
// Cost: one mutex; random bytes are drawn for many ids at once, since asking for them costs ten
// times what an id does.
class UuidV7Source final : public IdSource {
 public:
  // Both must outlive the source.
  UuidV7Source(const Clock& clock, digest::RandomSource& random) : clock_(clock), random_(random) {}

  std::string NewId() override;

 private:
  // Moves on to the next value, greater than all before. The caller holds the mutex.
  void Step();
  // 64 random bits. The caller holds the mutex.
  std::uint64_t Draw();

  const Clock& clock_;
  digest::RandomSource& random_;
  // std::mutex: the thread sanitizer cannot see into Debian's build of absl::Mutex. It guards all
  // below.
  std::mutex mutex_;
  std::uint64_t millis_ = 0;
  std::uint64_t high_ = 0;  // the upper 12 of the 74 bits
  std::uint64_t low_ = 0;   // the lower 62
  std::array<std::uint64_t, 64> drawn_ = {};
  std::size_t left_ = 0;  // of drawn_, from its beginning
};

}  // namespace assay::clock
