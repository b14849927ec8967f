#include "services/common/server/logging.h"

#include <limits>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace assay::server {
namespace {

using nlohmann::json;

TEST(LoggingTest, ALineIsOneJsonObjectWithItsFields) {
  std::ostringstream out;
  const auto log = MakeJsonLogger("evidence", spdlog::level::info, out);
  LogEvent(*log, spdlog::level::warn, "said \"so\"",
           {{"text", "a\"b\\c\nd"}, {"n", int64_t{-7}}, {"yes", true}, {"half", 0.5}});
  const json line = json::parse(out.str());
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["logger"], "evidence");
  EXPECT_EQ(line["message"], "said \"so\"");
  EXPECT_EQ(line["text"], "a\"b\\c\\x0ad");
  EXPECT_EQ(line["n"], -7);
  EXPECT_EQ(line["yes"], true);
  EXPECT_EQ(line["half"], 0.5);
  EXPECT_THAT(line["time"].get<std::string>(),
              ::testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
  EXPECT_EQ(out.str().find('\n'), out.str().size() - 1);
}

TEST(LoggingTest, PlainCallsOfOtherCodeBecomeLinesToo) {
  std::ostringstream out;
  const auto log = MakeJsonLogger("x", spdlog::level::info, out);
  log->info("plain {} \"quoted\"\xff", 7);
  const json line = json::parse(out.str());
  EXPECT_EQ(line["message"], "plain 7 \"quoted\"\\xff");
}

TEST(LoggingTest, AnyByteIsShownInValidJson) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string quoted = JsonQuote(std::string(2, static_cast<char>(byte)));
    EXPECT_TRUE(json::accept(quoted)) << byte;
  }
  EXPECT_LT(JsonQuote(std::string(1 << 20, 'x')).size(), 10000u);
}

TEST(LoggingTest, NumbersThatJsonLacksAreNull) {
  EXPECT_EQ(LogField("a", std::numeric_limits<double>::infinity()).json(), "\"a\":null");
  EXPECT_EQ(LogField("a", std::numeric_limits<double>::quiet_NaN()).json(), "\"a\":null");
}

TEST(LoggingTest, LevelsBelowTheOneSetAreNotWritten) {
  std::ostringstream out;
  const auto log = MakeJsonLogger("x", spdlog::level::warn, out);
  LogEvent(*log, spdlog::level::info, "no");
  EXPECT_EQ(out.str(), "");
}

TEST(LoggingTest, LevelsAreReadByName) {
  EXPECT_EQ(*ParseLogLevel("trace"), spdlog::level::trace);
  EXPECT_EQ(*ParseLogLevel("error"), spdlog::level::err);
  EXPECT_EQ(*ParseLogLevel("off"), spdlog::level::off);
  EXPECT_FALSE(ParseLogLevel("INFO").ok());
  EXPECT_FALSE(ParseLogLevel("").ok());
}

}  // namespace
}  // namespace assay::server
