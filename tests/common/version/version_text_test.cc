#include "services/common/version/version_text.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/version/sample_version.h"

namespace assay::version {
namespace {

using ::testing::HasSubstr;

struct BadText {
  const char* name;
  std::string text;
  int line;
  int column;
  const char* message;
};

class BadTextTest : public ::testing::TestWithParam<BadText> {};

TEST_P(BadTextTest, NamesLineAndColumn) {
  std::vector<Diagnostic> problems;
  EXPECT_FALSE(ParseVersionText(SourceText{"a.txtpb", GetParam().text}, &problems));
  ASSERT_GE(problems.size(), 1u);
  EXPECT_EQ(problems[0].file, "a.txtpb");
  EXPECT_EQ(problems[0].line, GetParam().line) << problems[0].ToString();
  EXPECT_EQ(problems[0].column, GetParam().column) << problems[0].ToString();
  EXPECT_THAT(problems[0].ToString(), HasSubstr(GetParam().message));
}

std::string Deep(int levels) {
  std::string text = "scoring_model { ladders { when { all { ";
  for (int i = 0; i < levels; ++i) text += "count { ";
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, BadTextTest,
    ::testing::Values(
        BadText{"truncated", "name: \"a\"\ngroups {\n  id: \"x\"", 3, 10, "a.txtpb:3:10: Expected"},
        BadText{"unknown_field", "name: \"a\"\n  colour: 3\n", 2, 9, "colour"},
        BadText{"field_twice", "name: \"a\"\nname: \"b\"\n", 2, 5, "name"},
        BadText{"open_string", "name: \"a\n", 1, 9, "String"},
        BadText{"no_such_enum", "items { kind: ITEM_KIND_SHOE }", 1, 30, "ITEM_KIND_SHOE"},
        BadText{"nul", std::string("name: \"a\"\n\0", 11), 2, 1, "not text"},
        BadText{"binary", "\x0a\x05\xff\xfe", 2, 1, "not text"},
        BadText{"bad_utf8", "name: \"caf\xe9\"", 1, 12, "not text"},
        BadText{"cut_utf8", "# caf\xc3", 1, 7, "not text"},
        BadText{"not_text_format", "{\"name\": \"a\"}", 1, 1, "Expected"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(ParseVersionTextTest, RefusesATextOverTheLimitUnread) {
  std::vector<Diagnostic> problems;
  EXPECT_FALSE(
      ParseVersionText(SourceText{"a.txtpb", std::string(kMaxTextBytes + 1, '#')}, &problems));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].ToString(), "a.txtpb: got 1048577 bytes, want at most 1048576");
}

TEST(ParseVersionTextTest, TakesATextAtTheLimit) {
  std::vector<Diagnostic> problems;
  EXPECT_TRUE(ParseVersionText(SourceText{"a.txtpb", std::string(kMaxTextBytes, '#')}, &problems));
  EXPECT_TRUE(problems.empty());
}

TEST(ParseVersionTextTest, RefusesNestingWithoutEnd) {
  std::vector<Diagnostic> problems;
  std::string text = "scoring_model ";
  for (int i = 0; i < 100000; ++i) text += "{ladders";
  EXPECT_FALSE(ParseVersionText(SourceText{"a.txtpb", text}, &problems));
  EXPECT_FALSE(problems.empty());
  problems.clear();
  EXPECT_FALSE(ParseVersionText(SourceText{"a.txtpb", Deep(100)}, &problems));
}

TEST(TextLocationsTest, FindsFieldsAndTheNearestMessageAroundMissingOnes) {
  std::vector<Diagnostic> problems;
  const auto parsed = ParseVersionText(
      SourceText{"a.txtpb", "name: \"n\"\nitems { id: \"a\" }\nitems {\n  id: \"b\"\n}\n"},
      &problems);
  ASSERT_TRUE(parsed);
  struct Case {
    const char* field;
    int line;
    int column;
  };
  for (const Case& one :
       {Case{"name", 1, 1}, Case{"items[1].id", 4, 3}, Case{"items[1]", 3, 1},
        Case{"items[1].code", 3, 1}, Case{"items[7].id", 1, 1}, Case{"items.id", 1, 1},
        Case{"name[0]", 1, 1}, Case{"", 1, 1}, Case{"no.such", 1, 1}, Case{"publisher", 1, 1}}) {
    const auto position = parsed->locations->Find(one.field);
    EXPECT_EQ(position.line, one.line) << one.field;
    EXPECT_EQ(position.column, one.column) << one.field;
  }
}

TEST(JoinDiagnosticsTest, TellsHowManyItLeavesOut) {
  const std::vector<Diagnostic> three(3, Diagnostic{"f", 1, 2, "name", "is bad"});
  EXPECT_EQ(JoinDiagnostics(three, 3),
            "f:1:2: name: is bad\nf:1:2: name: is bad\nf:1:2: name: is bad");
  EXPECT_EQ(JoinDiagnostics(three, 1), "f:1:2: name: is bad\nand 2 more");
}

}  // namespace
}  // namespace assay::version
