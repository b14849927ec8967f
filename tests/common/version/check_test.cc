#include "services/common/version/check.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/version/sample_version.h"

namespace assay::version {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> Lines(const CheckedVersion& checked) {
  std::vector<std::string> lines;
  for (const framework::v1::Diagnostic& one : checked.diagnostics) {
    if (one.severity() == framework::v1::DIAGNOSTIC_SEVERITY_ERROR) {
      lines.push_back(DiagnosticText("f", one));
    }
  }
  return lines;
}

CheckedVersion CheckSample(
    const std::vector<std::pair<absl::string_view, absl::string_view>>& changes) {
  return CheckText({"f", absl::StrReplaceAll(SampleText(), changes)});
}

TEST(CheckTest, PassesAGoodVersion) {
  const CheckedVersion checked = CheckSample({});
  EXPECT_THAT(Lines(checked), IsEmpty());
  EXPECT_TRUE(checked.publishable);
  EXPECT_NE(checked.model, nullptr);
  EXPECT_GT(checked.vectors, 0);
}

// A reused id, an unknown group, bands that leave a hole and a level that nothing reaches: each at
// its line, in the order of the lines.
TEST(CheckTest, TellsEverythingAtOnceByLineAndColumn) {
  const CheckedVersion checked = CheckSample(
      {{"id: \"kind\" name", "id: \"warm\" name"}, {"from_percent: 0", "from_percent: 51"}});
  const std::vector<std::string> lines = Lines(checked);
  ASSERT_GE(lines.size(), 2u);
  EXPECT_THAT(lines[0], StartsWith("f:6:10: error [id-reused] groups[1].id: "));
  EXPECT_FALSE(checked.publishable);
  EXPECT_EQ(checked.model, nullptr);
}

TEST(CheckTest, ProvesInSpiteOfAHole) {
  const CheckedVersion checked = CheckSample({{"from_percent: 0", "from_percent: 51"}});
  EXPECT_THAT(Lines(checked), ElementsAre(HasSubstr("error [outcome-unreachable]"),
                                          HasSubstr("error [band-hole]")));
  EXPECT_EQ(checked.model, nullptr);
}

struct BadText {
  const char* what;
  std::string text;
  const char* wanted;
};

class BadTextTest : public testing::TestWithParam<BadText> {};

TEST_P(BadTextTest, HasItsOwnError) {
  const CheckedVersion checked = CheckText({"f", GetParam().text});
  EXPECT_THAT(Lines(checked), ElementsAre(StartsWith(GetParam().wanted)));
  EXPECT_EQ(checked.version, nullptr);
  EXPECT_FALSE(checked.publishable);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadTextTest,
    testing::Values(BadText{"malformed", "name: \"x\"\nitems { id }\n", "f:2:12: error [syntax] "},
                    BadText{"truncated", SampleText().substr(0, 400), "f:"},
                    BadText{"binary", std::string("name: \"x\"\n\0\x01", 12),
                            "f:2:1: error [file-not-text] "},
                    BadText{"too large", std::string(kMaxTextBytes + 1, ' '),
                            "f: error [file-too-large] got 1048577 bytes, want at most 1048576"}),
    [](const auto& one) {
      return absl::StrReplaceAll(one.param.what, {{" ", "_"}});
    });

TEST(CheckTest, AMessageHasNoPlaces) {
  framework::v1::FrameworkVersion version = *CheckSample({}).version;
  version.mutable_items(0)->clear_group();
  const CheckedVersion checked = CheckMessage(version);
  EXPECT_FALSE(checked.publishable);
  EXPECT_THAT(Lines(checked), testing::Contains(StartsWith("f: error [item-without-group] ")));
}

// Many faults in one file: nothing is cut but at the compiler's own limit.
TEST(CheckTest, TellsHundredsOfFaults) {
  std::string text = SampleText();
  for (int i = 0; i < 300; ++i) {
    absl::StrAppend(&text, "regulation_links { item: \"gone.", i,
                    "\" regulation: \"12\" relation: REGULATION_RELATION_DIRECT }\n");
  }
  EXPECT_EQ(Lines(CheckText({"f", text})).size(), 300u);
}

}  // namespace
}  // namespace assay::version
