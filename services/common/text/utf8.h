#pragma once

// UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
//
// Purpose: one answer to "is this text?" for everything that digests, stores or reads text.
// Thread safety: Utf8Scanner is a plain value, used by one thread at a time; the functions are
// pure. Cost: about a nanosecond for eight bytes of ASCII, a few nanoseconds for each other
// character.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace assay::text {

// Checks text that arrives in pieces; a character may straddle two pieces.
class Utf8Scanner {
 public:
  static constexpr std::size_t kValid = static_cast<std::size_t>(-1);

  // Takes the next piece. Returns kValid, or the index in `piece` of the first byte that cannot
  // stand where it is. After a bad byte the scanner stays at that byte's state: stop using it.
  std::size_t Feed(absl::string_view piece);

  // False where the text so far ends inside a character.
  bool AtBoundary() const { return pending_ == 0; }

 private:
  bool TakeLead(unsigned char byte);
  bool TakeContinuation(unsigned char byte);

  int pending_ = 0;           // continuation bytes still to come
  unsigned char low_ = 0x80;  // bounds of the next continuation byte
  unsigned char high_ = 0xBF;
};

// The index of the first byte that makes `bytes` invalid (its size where it ends inside a
// character), or Utf8Scanner::kValid.
std::size_t FindInvalidUtf8(absl::string_view bytes);

inline bool IsValidUtf8(absl::string_view bytes) {
  return FindInvalidUtf8(bytes) == Utf8Scanner::kValid;
}

}  // namespace assay::text
