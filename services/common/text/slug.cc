#include "services/common/text/slug.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "services/common/text/quote.h"
#include "services/common/text/utf8.h"

namespace assay::text {
namespace {

// Base letters of U+00C0..U+00FF; a space where there is none (the two arithmetic signs).
constexpr absl::string_view kLatin1Base =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";
static_assert(kLatin1Base.size() == 64);

// Decodes the character at `at` of valid UTF-8 and moves past it.
std::uint32_t NextCodePoint(absl::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  std::uint32_t point = lead & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  }
  return point;
}

bool IsApostrophe(std::uint32_t point) {
  return point == '\'' || point == '`' || point == 0x2018 || point == 0x2019 || point == 0x02BC;
}

// The letter or digit that stands for `point`, or 0 where it separates words.
char SlugChar(std::uint32_t point) {
  if (point < 0x80) {
    const auto c = static_cast<unsigned char>(point);
    return absl::ascii_isalnum(c) ? absl::ascii_tolower(c) : '\0';
  }
  if (point >= 0xC0 && point <= 0xFF) {
    const char base = kLatin1Base[point - 0xC0];
    return base == ' ' ? '\0' : base;
  }
  return '\0';
}

}  // namespace

absl::StatusOr<std::string> Slug(absl::string_view words) {
  if (words.size() > kMaxSlugInputBytes) {
    return absl::InvalidArgumentError(absl::StrCat("got ", words.size(), " bytes, want at most ",
                                                   kMaxSlugInputBytes, " to make an id of"));
  }
  if (!IsValidUtf8(words)) {
    return absl::InvalidArgumentError(absl::StrCat("got ", Quoted(words), ", want valid UTF-8"));
  }
  std::string slug;
  bool gap = false;
  for (std::size_t at = 0; at < words.size();) {
    const std::uint32_t point = NextCodePoint(words, at);
    if (IsApostrophe(point)) continue;
    const char c = SlugChar(point);
    if (c == '\0') {
      gap = true;
      continue;
    }
    if (gap && !slug.empty()) slug.push_back('-');
    gap = false;
    slug.push_back(c);
  }
  if (slug.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("got ", Quoted(words), ", want at least one letter or digit"));
  }
  return slug;
}

}  // namespace assay::text
