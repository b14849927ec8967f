// Crosswalks: what is taken, and each fault by file, line and column.

#include "services/common/version/crosswalk.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/version/sample_version.h"

namespace assay::version {
namespace {

using framework::v1::Crosswalk;
using framework::v1::FrameworkVersion;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Three versions with the same two groups and two items: sample@2024, sample@2025, other@1.
class CrosswalkTest : public ::testing::Test {
 protected:
  CrosswalkTest()
      : loaded_(LoadVersions(
            {SampleSource(), SampleSource("sample", "2025"), SampleSource("other", "1")})) {
    EXPECT_TRUE(loaded_.problems.empty()) << JoinDiagnostics(loaded_.problems);
    for (const LoadedVersion& each : loaded_.versions) versions_.push_back(each.version.get());
  }

  CrosswalkResult Load(const std::vector<SourceText>& sources) const {
    return LoadCrosswalks(sources, versions_);
  }

  std::vector<std::string> Problems(const std::vector<SourceText>& sources) const {
    std::vector<std::string> lines;
    for (const Diagnostic& problem : Load(sources).problems) lines.push_back(problem.ToString());
    return lines;
  }

  LoadResult loaded_;
  std::vector<const FrameworkVersion*> versions_;
};

// Line 1 to 3 hold the names, the pairs follow, one a line.
SourceText Between(const std::string& source, const std::string& target,
                   const std::string& id = "from-before") {
  const auto full = [](const std::string& name) {
    return absl::StrCat("frameworks/", absl::StrReplaceAll(name, {{"@", "/versions/"}}));
  };
  return {absl::StrCat(source, "_to_", target, ".txtpb"),
          absl::StrCat("name: '", full(target), "/crosswalks/", id, "'\nsource_version: '",
                       full(source), "'\ntarget_version: '", full(target), "'\n",
                       "pairs { source: 'warm' target: 'warm' strength: MATCH_STRENGTH_STRONG }\n",
                       "pairs { source: 'warm.hands' target: 'kind.words' "
                       "strength: MATCH_STRENGTH_PARTIAL }\n")};
}

SourceText With(const std::string& part, const std::string& replacement) {
  SourceText source = Between("sample@2024", "sample@2025");
  if (absl::StrReplaceAll({{part, replacement}}, &source.text) == 0) std::abort();
  return source;
}

TEST_F(CrosswalkTest, LoadsInOrderOfNames) {
  const CrosswalkResult result =
      Load({Between("sample@2024", "sample@2025"), Between("sample@2025", "other@1")});
  EXPECT_TRUE(result.problems.empty()) << JoinDiagnostics(result.problems);
  ASSERT_EQ(result.crosswalks.size(), 2u);
  EXPECT_EQ(result.crosswalks[0]->name(), "frameworks/other/versions/1/crosswalks/from-before");
  const Crosswalk& second = *result.crosswalks[1];
  EXPECT_EQ(second.source_version(), "frameworks/sample/versions/2024");
  ASSERT_EQ(second.pairs_size(), 2);
  EXPECT_EQ(second.pairs(1).target(), "kind.words");
}

TEST_F(CrosswalkTest, NoFilesAreNoCrosswalks) {
  const CrosswalkResult result = Load({});
  EXPECT_THAT(result.crosswalks, IsEmpty());
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST_F(CrosswalkTest, TellsEachFaultByLineAndColumn) {
  const struct {
    const char* what;
    SourceText source;
    const char* want;
  } kCases[] = {
      {"no text format", {"a_to_b.txtpb", "pairs {"}, "a_to_b.txtpb:1:8: "},
      {"binary", {"a_to_b.txtpb", std::string("\0\1", 2)}, "a_to_b.txtpb:1:1: got a byte"},
      {"too large",
       {"a_to_b.txtpb", std::string(kMaxTextBytes + 1, ' ')},
       "a_to_b.txtpb: got 1048577 bytes"},
      {"an unknown field", With("strength: MATCH_STRENGTH_STRONG", "likeness: 3"), "likeness"},
      {"no such source", With("source: 'warm.hands'", "source: 'warm.feet'"),
       ":5:9: pairs[1].source: got \"warm.feet\", want the id of an item or group of the source"},
      {"no such target", With("target: 'kind.words'", "target: 'kind.deeds'"),
       ":5:30: pairs[1].target: got \"kind.deeds\", want the id of an item or group of the target"},
      {"an item to a group", With("target: 'kind.words'", "target: 'kind'"),
       "pairs[1].target: got \"kind\", want an item, since an item leads to it"},
      {"a group to an item", With("target: 'warm' ", "target: 'warm.hands' "),
       "pairs[0].target: got \"warm.hands\", want a group, since a group leads to it"},
      {"no strength", With("strength: MATCH_STRENGTH_PARTIAL", ""),
       ":5:1: pairs[1].strength: got \"0\", want equivalent, strong or partial"},
      {"a pair twice",
       With("pairs { source: 'warm.hands' target: 'kind.words'",
            "pairs { source: 'warm' target: 'warm'"),
       "pairs[1]: got warm to warm again, want each pair once"},
      {"an unknown version", With("versions/2025", "versions/2031"),
       ":3:1: target_version: got \"frameworks/sample/versions/2031\", want the full name of a "
       "version of the catalogue"},
      {"a version to itself", Between("sample@2024", "sample@2024"),
       "target_version: got \"frameworks/sample/versions/2024\", want another version than"},
      {"a name elsewhere",
       With("name: 'frameworks/sample/versions/2025", "name: 'frameworks/other/versions/1"),
       ":1:1: name: got \"frameworks/other/versions/1/crosswalks/from-before\", want a name below"},
      {"a name of another kind", With("/crosswalks/", "/items/"), ":1:1: name: got "},
      {"another file",
       {"walk.txtpb", Between("sample@2024", "sample@2025").text},
       "want it in sample@2024_to_sample@2025.txtpb"},
  };
  for (const auto& each : kCases) {
    const CrosswalkResult result = Load({each.source});
    EXPECT_THAT(result.crosswalks, IsEmpty()) << each.what;
    EXPECT_THAT(JoinDiagnostics(result.problems), HasSubstr(each.want)) << each.what;
  }
}

TEST_F(CrosswalkTest, HoldsToItsLimits) {
  SourceText none = Between("sample@2024", "sample@2025");
  none.text.resize(none.text.find("pairs"));
  EXPECT_THAT(Problems({none}), ElementsAre(HasSubstr("pairs: got 0 entries, want 1 to 4096")));
  SourceText many = none;
  for (int i = 0; i <= kMaxCrosswalkPairs; ++i) absl::StrAppend(&many.text, "pairs {}\n");
  EXPECT_THAT(Problems({many}), ElementsAre(HasSubstr("got 4097 entries, want 1 to 4096")));
  EXPECT_THAT(Problems(std::vector<SourceText>(kMaxCrosswalks + 1)),
              ElementsAre(HasSubstr("got 257 files, want at most 256")));
}

TEST_F(CrosswalkTest, RefusesOneOfTwoBetweenTheSameVersions) {
  SourceText again = Between("sample@2024", "sample@2025", "once-more");
  EXPECT_THAT(Problems({Between("sample@2024", "sample@2025"), again}),
              ElementsAre(HasSubstr("source_version: got sample@2024 to sample@2025, which "
                                    "sample@2024_to_sample@2025.txtpb holds already")));
  EXPECT_THAT(Problems({Between("sample@2024", "other@1"), Between("sample@2025", "other@1")}),
              ElementsAre(HasSubstr("name: got frameworks/other/versions/1/crosswalks/from-before, "
                                    "which sample@2024_to_other@1.txtpb holds already")));
}

TEST_F(CrosswalkTest, RefusesTheWayBack) {
  const CrosswalkResult result =
      Load({Between("sample@2024", "sample@2025"), Between("sample@2025", "other@1"),
            Between("other@1", "sample@2024")});
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(result.problems[0].ToString(),
            "other@1_to_sample@2024.txtpb:3:1: target_version: got other@1 to sample@2024, though "
            "there is a way back already (sample@2024 to sample@2025 to other@1), want no cycle");
  EXPECT_EQ(result.crosswalks.size(), 2u);
}

// Every step doubles the number of ways, so that looking for one must not try them all.
TEST(CrosswalkCycleTest, IsFoundAmongVeryManyWays) {
  std::vector<SourceText> versions;
  std::vector<SourceText> crosswalks;
  for (int i = 0; i < 40; ++i) {
    const std::string at = absl::StrCat(i);
    for (const char* side : {"a", "b"}) {
      versions.push_back(SampleSource("deep", absl::StrCat(at, side)));
      for (const char* next : {"a", "b"}) {
        if (i == 39) continue;
        crosswalks.push_back(Between(absl::StrCat("deep@", at, side),
                                     absl::StrCat("deep@", i + 1, next),
                                     absl::StrCat("from-", side)));
      }
    }
  }
  crosswalks.push_back(Between("deep@39b", "deep@0a"));
  const LoadResult loaded = LoadVersions(versions);
  std::vector<const FrameworkVersion*> all;
  for (const LoadedVersion& each : loaded.versions) all.push_back(each.version.get());
  const CrosswalkResult result = LoadCrosswalks(crosswalks, all);
  ASSERT_EQ(result.problems.size(), 1u) << JoinDiagnostics(result.problems);
  EXPECT_THAT(result.problems[0].message, HasSubstr("want no cycle"));
}

}  // namespace
}  // namespace assay::version
