#include "services/common/clock/id_source.h"

#include <algorithm>

namespace assay::clock {
namespace {

constexpr std::uint64_t kMaxMillis = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t kHighMask = (std::uint64_t{1} << 12) - 1;
constexpr std::uint64_t kLowMask = (std::uint64_t{1} << 62) - 1;

std::uint64_t MillisOf(absl::Time moment) {
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(
      absl::ToUnixMillis(moment), 0, static_cast<std::int64_t>(kMaxMillis)));
}

// The bits of `value` below `from` down to `to`, four a digit.
void AppendHex(std::uint64_t value, int from, int to, std::string& out) {
  for (int bit = from - 4; bit >= to; bit -= 4) {
    out.push_back("0123456789abcdef"[value >> bit & 0xF]);
  }
}

}  // namespace

std::uint64_t UuidV7Source::Draw() {
  if (left_ == 0) {
    random_.Fill(absl::MakeSpan(reinterpret_cast<unsigned char*>(drawn_.data()), sizeof(drawn_)));
    left_ = drawn_.size();
  }
  return drawn_[--left_];
}

void UuidV7Source::Step() {
  const std::uint64_t now = MillisOf(clock_.Now());
  if (now > millis_) {
    millis_ = now;
    // The top bit stays clear, so that a millisecond holds at least 2^73 / 2^32 further ids.
    high_ = Draw() & (kHighMask >> 1);
    low_ = Draw() & kLowMask;
    return;
  }
  low_ += (Draw() & 0xFFFFFFFFu) + 1;
  if (low_ <= kLowMask) return;
  low_ &= kLowMask;
  if (++high_ <= kHighMask) return;
  high_ = 0;
  ++millis_;  // borrowed from the future; the clock catches up
}

std::string UuidV7Source::NewId() {
  std::uint64_t millis;
  std::uint64_t high;
  std::uint64_t low;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Step();
    millis = millis_;
    high = high_;
    low = low_;
  }
  const std::uint64_t tail = (std::uint64_t{2} << 62) | low;  // the variant of RFC 9562
  const std::uint64_t head = millis << 16 | 0x7000 | high;
  std::string id;
  id.reserve(36);
  AppendHex(head, 64, 32, id);
  id.push_back('-');
  AppendHex(head, 32, 16, id);
  id.push_back('-');
  AppendHex(head, 16, 0, id);
  id.push_back('-');
  AppendHex(tail, 64, 48, id);
  id.push_back('-');
  AppendHex(tail, 48, 0, id);
  return id;
}

}  // namespace assay::clock
