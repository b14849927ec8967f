// The chance of the synthetic nation: whole numbers only, so that every machine and every standard
// library draws the same.
//
// Thread safety: a plain value, used by one thread at a time. Cost: a nanosecond a draw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace assay::nation {

// SplitMix64 (Steele, Lea, Flood 2014): a counter with a mixing function, so that any stream starts
// anywhere at no cost.
class Dice {
 public:
  // An own stream for each (seed, purpose, index); streams do not depend on one another.
  Dice(std::uint64_t seed, std::uint64_t purpose, std::uint64_t index)
      : state_(Mix(Mix(Mix(seed + kStep) ^ (purpose * kStep)) + index * kStep)) {}

  std::uint64_t Next() { return Mix(state_ += kStep); }

  // 0 to `count` - 1, each as likely as the others but for less than 2^-31; 0 where count is 0.
  std::uint32_t Below(std::uint32_t count) {
    return static_cast<std::uint32_t>(((Next() >> 32) * count) >> 32);
  }

  // `low` to `high`, both included; low <= high.
  std::int32_t Between(std::int32_t low, std::int32_t high) {
    return low + static_cast<std::int32_t>(Below(static_cast<std::uint32_t>(high - low) + 1));
  }

  // True `share` times in a thousand.
  bool PerMille(std::uint32_t share) { return Below(1000) < share; }

  // An index with the chance of its weight; the weights are not all 0.
  template <typename Weights>
  std::size_t Weighted(const Weights& weights) {
    std::uint32_t sum = 0;
    for (const std::uint32_t weight : weights) sum += weight;
    std::uint32_t left = Below(sum);
    std::size_t index = 0;
    for (const std::uint32_t weight : weights) {
      if (left < weight) return index;
      left -= weight;
      ++index;
    }
    return 0;
  }
  std::size_t Weighted(std::initializer_list<std::uint32_t> weights) {
    return Weighted<std::initializer_list<std::uint32_t>>(weights);
  }

  // `share` thousandths of `count`, rounded up or down so that the mean over many draws is exact.
  std::uint32_t ShareOf(std::uint32_t count, std::uint32_t share) {
    const std::uint32_t whole = count * share / 1000;
    return whole + (Below(1000) < count * share % 1000 ? 1 : 0);
  }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15u;

  static std::uint64_t Mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

}  // namespace assay::nation
