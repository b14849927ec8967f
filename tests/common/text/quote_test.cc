#include "services/common/text/quote.h"

#include <string>

#include <gtest/gtest.h>

#include "services/common/text/utf8.h"

namespace assay::text {
namespace {

TEST(QuotedTest, ShowsWhatCame) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("2025-02-30"), "\"2025-02-30\"");
  EXPECT_EQ(Quoted("caf\xC3\xA9"), "\"caf\xC3\xA9\"");
  EXPECT_EQ(Quoted("a\"b\n"), "\"a\\\"b\\n\"");
  EXPECT_EQ(Quoted("\xFFz"), "\"\\xffz\"");
}

TEST(QuotedTest, CutsLongValuesBetweenCharacters) {
  EXPECT_EQ(Quoted(std::string(80, 'a')), "\"" + std::string(80, 'a') + "\"");
  EXPECT_EQ(Quoted(std::string(300, 'a')), "\"" + std::string(80, 'a') + "...\" (300 bytes)");
  std::string long_dashes(1, 'x');
  for (int i = 0; i < 40; ++i) long_dashes += "\xE2\x80\x93";
  const std::string shown = Quoted(long_dashes);
  EXPECT_TRUE(IsValidUtf8(shown));
  EXPECT_EQ(shown, "\"" + long_dashes.substr(0, 79) + "...\" (121 bytes)");
  EXPECT_LT(Quoted(std::string(1 << 20, '\x80')).size(), 400u);
}

}  // namespace
}  // namespace assay::text
