#include "services/common/text/utf8.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace assay::text {
namespace {

constexpr std::size_t kValid = Utf8Scanner::kValid;

struct Case {
  const char* what;
  std::string bytes;
  std::size_t bad_at;
};

std::vector<Case> Cases() {
  return {
      {"empty", "", kValid},
      {"ASCII over a word", "Responding to needs", kValid},
      {"two bytes", "caf\xC3\xA9", kValid},
      {"three bytes", "\xE2\x80\x93", kValid},
      {"four bytes", "\xF0\x9F\x98\x80", kValid},
      {"last code point", "\xF4\x8F\xBF\xBF", kValid},
      {"just below surrogates", "\xED\x9F\xBF", kValid},
      {"zero byte is a character", std::string("a\0b", 3), kValid},
      {"lone continuation", "a\x80", 1},
      {"overlong slash in two", "\xC0\xAF", 0},
      {"overlong in three", "\xE0\x80\xAF", 1},
      {"overlong in four", "\xF0\x80\x80\xAF", 1},
      {"surrogate", "\xED\xA0\x80", 1},
      {"above U+10FFFF", "\xF4\x90\x80\x80", 1},
      {"lead 0xF5", "\xF5\x80\x80\x80", 0},
      {"Latin-1 after ten bytes", "0123456789\xE9t\xE9", 11},
      {"ends inside a character", "ab\xE2\x80", 4},
      {"ASCII inside a character", "\xE2\x80z", 2},
  };
}

TEST(Utf8Test, FindsTheFirstBadByte) {
  for (const Case& c : Cases()) EXPECT_EQ(FindInvalidUtf8(c.bytes), c.bad_at) << c.what;
}

TEST(Utf8Test, PiecesGiveTheSameAnswerWhereverTheyAreCut) {
  for (const Case& c : Cases()) {
    for (std::size_t cut = 0; cut <= c.bytes.size(); ++cut) {
      Utf8Scanner scanner;
      std::size_t bad = scanner.Feed(absl::string_view(c.bytes).substr(0, cut));
      if (bad == kValid) {
        bad = scanner.Feed(absl::string_view(c.bytes).substr(cut));
        if (bad != kValid) {
          bad += cut;
        } else if (!scanner.AtBoundary()) {
          bad = c.bytes.size();
        }
      }
      EXPECT_EQ(bad, c.bad_at) << c.what << ", cut at " << cut;
    }
  }
}

// The oracle counts by the definition: decode, then check range and shortest form.
TEST(Utf8Test, AgreesWithTheDefinitionOnEveryTwoAndThreeBytePrefix) {
  for (int a = 0x80; a < 0x100; ++a) {
    for (int b = 0x00; b < 0x100; ++b) {
      const std::string two = {static_cast<char>(a), static_cast<char>(b)};
      const bool want_two = a >= 0xC2 && a <= 0xDF && (b & 0xC0) == 0x80;
      EXPECT_EQ(IsValidUtf8(two), want_two) << a << " " << b;
      const std::string three = two + "\x80";
      const int point = (a & 0x0F) << 12 | (b & 0x3F) << 6;
      const bool want_three = a >= 0xE0 && a <= 0xEF && (b & 0xC0) == 0x80 && point >= 0x800 &&
                              (point < 0xD800 || point > 0xDFFF);
      EXPECT_EQ(IsValidUtf8(three), want_three) << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace assay::text
