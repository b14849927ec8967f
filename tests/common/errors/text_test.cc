#include "services/common/errors/text.h"

#include <string>

#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace assay::errors {
namespace {

struct Case {
  const char* name;
  std::string text;
  size_t max_bytes;
  std::string want;
};

TEST(SafeTextTest, KeepsWhatIsValidAndEscapesWhatIsNot) {
  const Case cases[] = {
      {"plain", "safe.learning-culture", 64, "safe.learning-culture"},
      {"empty", "", 64, ""},
      {"two, three and four bytes", "\u00e9\u20ac\U0001F600", 64, "\u00e9\u20ac\U0001F600"},
      {"control characters", std::string("a\n\0b\x7f", 5), 64, "a\\x0a\\x00b\\x7f"},
      {"stray continuation", "a\x80z", 64, "a\\x80z"},
      {"cut short", "a\xe2\x82", 64, "a\\xe2\\x82"},
      {"overlong slash", "\xc0\xaf", 64, "\\xc0\\xaf"},
      {"surrogate", "\xed\xa0\x80", 64, "\\xed\\xa0\\x80"},
      {"above the last code point", "\xf4\x90\x80\x80", 64, "\\xf4\\x90\\x80\\x80"},
      {"exactly at the limit", "abcd", 4, "abcd"},
      {"cut", "abcde", 4, "abcd..."},
      {"never cut within a character", "abc\u20ac", 5, "abc..."},
      {"never cut within an escape", "ab\x80", 5, "ab..."},
      {"nothing fits", "abc", 0, "..."},
  };
  for (const Case& c : cases) EXPECT_EQ(SafeText(c.text, c.max_bytes), c.want) << c.name;
}

TEST(SafeTextTest, EveryPairOfBytesBecomesATextThatProtobufAccepts) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      google::rpc::Status message;
      message.set_message(SafeText(text, 16));
      google::rpc::Status parsed;
      ASSERT_TRUE(parsed.ParseFromString(message.SerializeAsString())) << first << " " << second;
    }
  }
}

}  // namespace
}  // namespace assay::errors
