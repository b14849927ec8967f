#include "services/common/errors/text.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace assay::errors {
namespace {

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Length in bytes of the well-formed UTF-8 character at the start of `text`; 0 where there is none
// (stray continuation, overlong form, surrogate, above U+10FFFF, cut short).
size_t CharacterLength(absl::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  size_t length = 0;
  uint32_t lowest = 0;
  uint32_t code_point = 0;
  if (first < 0x80) return 1;
  if ((first & 0xE0) == 0xC0) {
    length = 2, lowest = 0x80, code_point = first & 0x1F;
  } else if ((first & 0xF0) == 0xE0) {
    length = 3, lowest = 0x800, code_point = first & 0x0F;
  } else if ((first & 0xF8) == 0xF0) {
    length = 4, lowest = 0x10000, code_point = first & 0x07;
  } else {
    return 0;
  }
  if (text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!IsContinuation(byte)) return 0;
    code_point = (code_point << 6) | (byte & 0x3F);
  }
  if (code_point < lowest || code_point > 0x10FFFF) return 0;
  if (code_point >= 0xD800 && code_point <= 0xDFFF) return 0;
  return length;
}

bool IsControl(unsigned char byte) { return byte < 0x20 || byte == 0x7F; }

}  // namespace

std::string SafeText(absl::string_view text, size_t max_bytes) {
  std::string safe;
  while (!text.empty()) {
    size_t taken = CharacterLength(text);
    std::string piece;
    if (taken == 0 || IsControl(static_cast<unsigned char>(text[0]))) {
      piece = absl::StrCat("\\x", absl::Hex(static_cast<unsigned char>(text[0]), absl::kZeroPad2));
      taken = 1;
    } else {
      piece = std::string(text.substr(0, taken));
    }
    if (safe.size() + piece.size() > max_bytes) {
      safe += "...";
      break;
    }
    safe += piece;
    text.remove_prefix(taken);
  }
  return safe;
}

}  // namespace assay::errors
