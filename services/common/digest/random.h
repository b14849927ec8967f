#pragma once

// Where unguessable bytes come from: ids, salts, epochs.
//
// A failing system generator ends the process: an id or salt that can be guessed is worse than
// none.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace assay::digest {

// Injected so that tests can fix the bytes. Implementations are thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // Fills all of `bytes`.
  virtual void Fill(absl::Span<unsigned char> bytes) = 0;

  // A value of 64 random bits.
  std::uint64_t NextUint64();
};

// OpenSSL's generator. Thread-safe, holds nothing; about a microsecond a call.
class SystemRandom final : public RandomSource {
 public:
  void Fill(absl::Span<unsigned char> bytes) override;
};

// `size` bytes of the system's generator.
std::string RandomBytes(std::size_t size);

}  // namespace assay::digest
