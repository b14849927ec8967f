#include "services/common/text/utf8.h"

#include <cstring>

namespace assay::text {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080u;

// How many bytes at the start of `bytes` are surely ASCII, in steps of eight.
std::size_t AsciiPrefix(absl::string_view bytes) {
  std::size_t at = 0;
  while (at + sizeof(std::uint64_t) <= bytes.size()) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof(word));
    if ((word & kHighBits) != 0) break;
    at += sizeof(word);
  }
  return at;
}

}  // namespace

bool Utf8Scanner::TakeLead(unsigned char byte) {
  low_ = 0x80;
  high_ = 0xBF;
  if (byte < 0x80) return true;
  if (byte >= 0xC2 && byte <= 0xDF) {
    pending_ = 1;
  } else if (byte >= 0xE0 && byte <= 0xEF) {
    pending_ = 2;
    if (byte == 0xE0) low_ = 0xA0;   // shorter forms exist below
    if (byte == 0xED) high_ = 0x9F;  // surrogates above
  } else if (byte >= 0xF0 && byte <= 0xF4) {
    pending_ = 3;
    if (byte == 0xF0) low_ = 0x90;
    if (byte == 0xF4) high_ = 0x8F;  // nothing above U+10FFFF
  } else {
    return false;
  }
  return true;
}

bool Utf8Scanner::TakeContinuation(unsigned char byte) {
  if (byte < low_ || byte > high_) return false;
  low_ = 0x80;
  high_ = 0xBF;
  --pending_;
  return true;
}

std::size_t Utf8Scanner::Feed(absl::string_view piece) {
  std::size_t at = 0;
  while (at < piece.size()) {
    if (pending_ == 0) {
      at += AsciiPrefix(piece.substr(at));
      if (at == piece.size()) break;
    }
    const auto byte = static_cast<unsigned char>(piece[at]);
    const bool good = pending_ == 0 ? TakeLead(byte) : TakeContinuation(byte);
    if (!good) return at;
    ++at;
  }
  return kValid;
}

namespace {

bool IsAscii(absl::string_view bytes) {
  unsigned char all = 0;
  for (std::size_t at = AsciiPrefix(bytes); at < bytes.size(); ++at) {
    all |= static_cast<unsigned char>(bytes[at]);
  }
  return all < 0x80;
}

}  // namespace

std::size_t FindInvalidUtf8(absl::string_view bytes) {
  if (IsAscii(bytes)) return Utf8Scanner::kValid;  // as most texts are
  Utf8Scanner scanner;
  const std::size_t bad = scanner.Feed(bytes);
  if (bad != Utf8Scanner::kValid) return bad;
  return scanner.AtBoundary() ? Utf8Scanner::kValid : bytes.size();
}

}  // namespace assay::text
