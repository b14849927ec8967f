#include "services/common/version/version_check.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/version/version_text.h"
#include "tests/common/version/sample_version.h"

namespace assay::version {
namespace {

std::vector<std::string> Problems(const SourceText& source) {
  std::vector<Diagnostic> diagnostics;
  const auto parsed = ParseVersionText(source, &diagnostics);
  EXPECT_TRUE(parsed) << JoinDiagnostics(diagnostics);
  if (!parsed) return {};
  std::vector<std::string> lines;
  for (const Finding& finding : CheckVersion(parsed->version)) {
    lines.push_back(absl::StrCat(finding.field, ": ", finding.message));
  }
  return lines;
}

TEST(CheckVersionTest, FindsNothingInTheSample) {
  EXPECT_THAT(Problems(SampleSource()), ::testing::IsEmpty());
}

struct Fault {
  const char* name;
  const char* part;
  const char* replacement;
  const char* finding;
};

class FaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(FaultTest, IsTheOneFinding) {
  const auto problems = Problems(SampleWith(GetParam().part, GetParam().replacement));
  ASSERT_EQ(problems.size(), 1u) << absl::StrJoin(problems, "\n");
  EXPECT_EQ(problems[0], GetParam().finding);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultTest,
    ::testing::Values(
        Fault{"name", "frameworks/sample/versions/2024", "sample@2024",
              "name: got \"sample@2024\", want frameworks/{framework}/versions/{version}"},
        Fault{"publisher", "\"Sampler\"", "\"\"",
              "publisher: got nothing, want 1 to 200 bytes of text"},
        Fault{"day", "month: 1 day: 1", "month: 2 day: 30",
              "effective_from: got year 2024, month 2, day 30, want a calendar date (February 2024 "
              "has 29 days)"},
        Fault{"before", "day: 1 }", "day: 1 } effective_before { year: 2024 month: 1 day: 1 }",
              "effective_before: got 2024-01-01, want a day after effective_from, 2024-01-01"},
        Fault{"group_id", "{ id: \"kind\" name: \"Kind\" }",
              "{ id: \"kind\" name: \"Kind\" } groups { id: \"So So\" name: \"So\" }",
              "groups[2].id: got \"So So\", want 1 to 64 lower-case letters, digits and hyphens"},
        Fault{"group_twice", "{ id: \"kind\" name: \"Kind\" }",
              "{ id: \"kind\" name: \"Kind\" } groups { id: \"warm\" name: \"So\" }",
              "groups[2].id: \"warm\" is used before, at groups[0].id"},
        Fault{"item_of_another_group", "\"kind.words\" group: \"kind\"",
              "\"kind.words\" group: \"warm\"",
              "items[1].id: got \"kind.words\", want an id that begins with the item's group, "
              "\"warm.\""},
        Fault{"item_twice", "\"kind.words\" group: \"kind\"", "\"warm.hands\" group: \"warm\"",
              "items[1].id: \"warm.hands\" is used before, at items[0].id"},
        Fault{"code_twice", "\"K1\"", "\"W1\"",
              "items[1].code: \"W1\" is used before, at items[0].code"},
        Fault{"code_is_another_api_id", "\"K1\"", "\"1\"",
              "items[1].code: \"1\" is used before, at items[0].api_id"},
        Fault{"code_with_blanks", "\"K1\"", "\"K 1\"",
              "items[1].code: got \"K 1\", want at most 16 letters, digits, dots and hyphens"},
        Fault{"alias_of_another_item", "\"Kind Words\"", "\"HANDS\"",
              "items[1].aliases[0]: \"HANDS\" is used before, at items[0].display_name"},
        Fault{"kind", "kind: ITEM_KIND_QUALITY_STATEMENT code: \"K1\"", "code: \"K1\"",
              "items[1].kind: got \"0\", want a kind of item"},
        Fault{"item_name", "code: \"K1\"", "code: \"K1\" name: \"n\"",
              "items[1].name: is output only"},
        Fault{"category_id", "\"observation\"", "\"Observation!\"",
              "categories[0].id: got \"Observation!\", want 1 to 64 lower-case letters, digits and "
              "hyphens"},
        Fault{"sector_spelling", "aliases: \"Residential\" }",
              "} sectors { id: \"x\" display_name: \"CARE_HOME\" }",
              "sectors[1].display_name: \"CARE_HOME\" is used before, at sectors[0].id"},
        Fault{"link_item", "item: \"warm.hands\"", "item: \"warm.feet\"",
              "regulation_links[0].item: got \"warm.feet\", want the id of one of the items"},
        Fault{"regulation", "\"12\"", "\"reg 12\"",
              "regulation_links[0].regulation: got \"reg 12\", want a regulation such as 17 or 9A"},
        Fault{"relation", "relation: REGULATION_RELATION_DIRECT", "",
              "regulation_links[0].relation: got \"0\", want direct or also considered"},
        Fault{"note", "publisher:", "notes: \"\" publisher:",
              "notes[0]: got nothing, want 1 to 1000 bytes of text"},
        Fault{"state",
              "publisher:", "state: VERSION_STATE_DRAFT publisher:", "state: is output only"},
        Fault{"nul", "\"Sampler\"", "\"Sam\\000pler\"",
              "publisher: got \"Sam\\x00pler\", want text without control characters, on one "
              "line"},
        Fault{"escape", "label: \"Poor\"", "label: \"\\033[2JPoor\"",
              "scoring_model.scales[0].levels[0].label: got \"\\x1b[2JPoor\", want text without "
              "control characters, on one line"},
        Fault{"next_line", "\"Hands\"", "\"Han\\302\\205ds\"",
              "items[0].display_name: got \"Han\302\205ds\", want text without control "
              "characters, on one line"},
        Fault{"line_end", "\"Sampler\"", "\"Sam\\npler\"",
              "publisher: got \"Sam\\npler\", want text without control characters, on one "
              "line"},
        Fault{"note_with_tab", "publisher:", "notes: \"One line.\\nAnd\\tmore.\" publisher:",
              "notes[0]: got \"One line.\\nAnd\\tmore.\", want text without control "
              "characters but line ends"},
        Fault{"control_in_id", "id: \"care-home\"", "id: \"care\\001home\"",
              "sectors[0].id: got \"care\\x01home\", want 1 to 64 lower-case letters, digits and "
              "hyphens"},
        Fault{"digest",
              "publisher:", "model_digest: \"00\" publisher:", "model_digest: is output only"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(CheckVersionTest, TextsOfSeveralLinesMayHaveLineEnds) {
  EXPECT_THAT(Problems(SampleWith("publisher:", "notes: \"One.\\nTwo.\" publisher:")),
              ::testing::IsEmpty());
}

TEST(CheckVersionTest, TellsEveryLimit) {
  framework::v1::FrameworkVersion version;
  for (int i = 0; i <= kMaxGroups; ++i) version.add_groups();
  for (int i = 0; i <= kMaxItems; ++i) version.add_items();
  for (int i = 0; i <= kMaxCategories; ++i) version.add_categories();
  for (int i = 0; i <= kMaxSectors; ++i) version.add_sectors();
  for (int i = 0; i <= kMaxLinks; ++i) version.add_regulation_links();
  for (int i = 0; i <= kMaxNotes; ++i) version.add_notes("note");
  for (int i = 0; i <= kMaxAliases; ++i) version.mutable_items(0)->add_aliases("alias");
  std::vector<std::string> lines;
  for (const Finding& finding : CheckVersion(version)) {
    lines.push_back(absl::StrCat(finding.field, ": ", finding.message));
  }
  for (const char* want :
       {"groups: got 65 entries, want 1 to 64", "items: got 513 entries, want 0 to 512",
        "categories: got 17 entries, want 0 to 16", "sectors: got 65 entries, want 0 to 64",
        "regulation_links: got 4097 entries, want 0 to 4096", "notes: got 65 entries, want 0 to 64",
        "items[0].aliases: got 17 entries, want 0 to 16"}) {
    EXPECT_THAT(lines, ::testing::Contains(want));
  }
}

}  // namespace
}  // namespace assay::version
