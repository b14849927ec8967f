// Golden facts of the versions that are shipped.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/version/crosswalk.h"
#include "services/common/version/load.h"

namespace assay::framework {
namespace {

using ::testing::ElementsAre;
using v1::FrameworkVersion;

const std::map<std::string, FrameworkVersion>& Shipped() {
  static const auto* const kShipped = [] {
    auto* versions = new std::map<std::string, FrameworkVersion>;
    const auto files = catalogue::ReadCatalogueDirectory(catalogue::CatalogueDirectory(""));
    EXPECT_TRUE(files.problems.empty()) << version::JoinDiagnostics(files.problems);
    const auto loaded = version::LoadVersions(files.sources);
    EXPECT_TRUE(loaded.problems.empty()) << version::JoinDiagnostics(loaded.problems);
    for (const auto& one : loaded.versions) (*versions)[one.file] = *one.version;
    return versions;
  }();
  return *kShipped;
}

const FrameworkVersion& Of(const std::string& name) { return Shipped().at(name + ".txtpb"); }

const v1::Stage& StageOf(const FrameworkVersion& version, const std::string& ladder,
                         const std::string& stage) {
  for (const v1::Ladder& one : version.scoring_model().ladders()) {
    for (const v1::Stage& two : one.stages()) {
      if (one.id() == ladder && two.id() == stage) return two;
    }
  }
  ADD_FAILURE() << version.name() << " has no stage " << ladder << "/" << stage;
  std::abort();
}

// The versions that rate providers' locations by five key questions and are in force.
const std::vector<std::string>& ForLocations() {
  static const auto* const kNames =
      new std::vector<std::string>{"cqc-kloe@2017-11", "cqc-saf@2023-11", "cqc-saf@2024-12"};
  return *kNames;
}

TEST(ShippedCatalogueTest, HoldsTheVersionsForLocationsOnConsecutiveDays) {
  ASSERT_EQ(Shipped().size(), 6u);
  const auto& kloe = Of("cqc-kloe@2017-11");
  const auto& first = Of("cqc-saf@2023-11");
  const auto& second = Of("cqc-saf@2024-12");
  EXPECT_EQ(kloe.effective_from().year(), 2017);
  EXPECT_EQ(kloe.effective_before().SerializeAsString(),
            first.effective_from().SerializeAsString());
  EXPECT_EQ(first.effective_before().SerializeAsString(),
            second.effective_from().SerializeAsString());
  EXPECT_EQ(second.effective_from().day(), 2);
  EXPECT_FALSE(second.has_effective_before());
}

std::vector<std::string> GroupsOf(const FrameworkVersion& version) {
  std::vector<std::string> ids;
  for (const auto& group : version.groups()) ids.push_back(group.id());
  return ids;
}

std::vector<int> ItemsByGroup(const FrameworkVersion& version) {
  std::vector<int> counts;
  for (const auto& group : version.groups()) {
    counts.push_back(static_cast<int>(
        std::count_if(version.items().begin(), version.items().end(),
                      [&](const v1::Item& item) { return item.group() == group.id(); })));
  }
  return counts;
}

// Nobody is rated by a draft because of a sector and a date.
TEST(ShippedCatalogueTest, DraftsHaveNoDays) {
  for (const char* name : {"cqc-asc@2026-draft", "cqc-ics@2023-draft"}) {
    EXPECT_TRUE(Of(name).draft()) << name;
    EXPECT_FALSE(Of(name).has_effective_from()) << name;
    EXPECT_FALSE(Of(name).has_effective_before()) << name;
  }
  for (const std::string& name : ForLocations()) EXPECT_FALSE(Of(name).draft()) << name;
  EXPECT_FALSE(Of("cqc-la@2023-04").draft());
}

TEST(ShippedCatalogueTest, TheDraftForAdultSocialCareHasKeyLinesWithoutScores) {
  const auto& asc = Of("cqc-asc@2026-draft");
  EXPECT_THAT(ItemsByGroup(asc), ElementsAre(7, 4, 3, 4, 6));
  for (const auto& item : asc.items()) {
    EXPECT_EQ(item.kind(), v1::ITEM_KIND_KEY_LINE_OF_ENQUIRY) << item.id();
  }
  ASSERT_EQ(asc.scoring_model().scales_size(), 1);
  EXPECT_EQ(asc.scoring_model().scales(0).id(), "rating");
  EXPECT_TRUE(StageOf(asc, "location", "key-question").has_judged());
}

TEST(ShippedCatalogueTest, AreasHaveThemesAndNoKeyQuestions) {
  const auto& la = Of("cqc-la@2023-04");
  EXPECT_THAT(GroupsOf(la), ElementsAre("working-with-people", "providing-support",
                                        "ensuring-safety", "leadership"));
  EXPECT_THAT(ItemsByGroup(la), ElementsAre(3, 2, 2, 2));
  const auto& ics = Of("cqc-ics@2023-draft");
  EXPECT_THAT(GroupsOf(ics), ElementsAre("quality-and-safety", "integration", "leadership"));
  EXPECT_THAT(ItemsByGroup(ics), ElementsAre(6, 3, 8));
  for (const auto* version : {&la, &ics}) {
    const auto& ladder = version->scoring_model().ladders(0);
    EXPECT_THAT(ladder.subject_kinds(), ElementsAre(v1::SUBJECT_KIND_AREA));
    const v1::Stage& overall = StageOf(*version, ladder.id(), "overall");
    EXPECT_THAT(overall.from(), ElementsAre("statement"));
    EXPECT_TRUE(overall.missing().all_required());
    EXPECT_EQ(overall.caps_size() + overall.cap_sets_size(), 0);
  }
}

TEST(ShippedCatalogueTest, CrosswalksLeadFromEachMethodToTheNext) {
  std::vector<const FrameworkVersion*> versions;
  for (const auto& [file, version] : Shipped()) versions.push_back(&version);
  const auto files = catalogue::ReadCrosswalkFiles(catalogue::CatalogueDirectory(""));
  EXPECT_TRUE(files.problems.empty()) << version::JoinDiagnostics(files.problems);
  const auto loaded = version::LoadCrosswalks(files.sources, versions);
  EXPECT_TRUE(loaded.problems.empty()) << version::JoinDiagnostics(loaded.problems);
  std::map<std::string, const v1::Crosswalk*> by_target;
  for (const auto& each : loaded.crosswalks) by_target[each->target_version()] = each.get();
  ASSERT_EQ(by_target.size(), 3u);
  const auto leads = [](const v1::Crosswalk& crosswalk) {
    std::set<std::string> sources;
    for (const auto& pair : crosswalk.pairs()) sources.insert(pair.source());
    return sources;
  };
  const auto& to_first = *by_target.at("frameworks/cqc-saf/versions/2023-11");
  EXPECT_EQ(to_first.source_version(), "frameworks/cqc-kloe/versions/2017-11");
  EXPECT_EQ(to_first.pairs_size(), 5);
  const auto& to_second = *by_target.at("frameworks/cqc-saf/versions/2024-12");
  EXPECT_EQ(to_second.pairs_size(), 5 + 34);
  for (const auto& pair : to_second.pairs()) {
    EXPECT_EQ(pair.source(), pair.target());
    EXPECT_EQ(pair.strength(), v1::MATCH_STRENGTH_EQUIVALENT);
  }
  // Every statement leads somewhere but one, and every key line follows from something.
  const auto& to_draft = *by_target.at("frameworks/cqc-asc/versions/2026-draft");
  const std::set<std::string> sources = leads(to_draft);
  for (const auto& item : Of("cqc-saf@2024-12").items()) {
    EXPECT_EQ(sources.count(item.id()),
              item.id() == "well-led.environmental-sustainability" ? 0u : 1u)
        << item.id();
  }
  std::set<std::string> targets;
  for (const auto& pair : to_draft.pairs()) targets.insert(pair.target());
  for (const auto& item : Of("cqc-asc@2026-draft").items()) EXPECT_EQ(targets.count(item.id()), 1u);
}

TEST(ShippedCatalogueTest, HasTheFiveKeyQuestions) {
  std::vector<std::string> names = ForLocations();
  names.emplace_back("cqc-asc@2026-draft");
  for (const std::string& name : names) {
    EXPECT_THAT(GroupsOf(Of(name)),
                ElementsAre("safe", "effective", "caring", "responsive", "well-led"))
        << name;
  }
}

TEST(ShippedCatalogueTest, HasThirtyFourStatementsBothTimes) {
  const std::map<std::string, std::string> letters = {
      {"safe", "S"}, {"effective", "E"}, {"caring", "C"}, {"responsive", "R"}, {"well-led", "W"}};
  for (const char* name : {"cqc-saf@2023-11", "cqc-saf@2024-12"}) {
    const auto& version = Of(name);
    ASSERT_EQ(version.items_size(), 34) << name;
    std::map<std::string, int> count;
    for (int i = 0; i < 34; ++i) {
      const v1::Item& item = version.items(i);
      EXPECT_EQ(item.api_id(), absl::StrCat(i + 1));
      EXPECT_EQ(item.code(), absl::StrCat(letters.at(item.group()), ++count[item.group()]));
      EXPECT_EQ(item.kind(), v1::ITEM_KIND_QUALITY_STATEMENT);
    }
    const std::map<std::string, int> want = {
        {"safe", 8}, {"effective", 6}, {"caring", 5}, {"responsive", 7}, {"well-led", 8}};
    EXPECT_EQ(count, want);
    EXPECT_EQ(version.items(17).id(), "caring.responding-to-peoples-immediate-needs");
    EXPECT_EQ(version.items(28).id(), "well-led.freedom-to-speak-up");
    EXPECT_EQ(version.items(33).id(), "well-led.environmental-sustainability");
  }
  EXPECT_EQ(Of("cqc-kloe@2017-11").items_size(), 0);
}

TEST(ShippedCatalogueTest, NoRegulationTieIsSaidToBeVerified) {
  for (const auto& [file, version] : Shipped()) {
    for (const auto& link : version.regulation_links()) EXPECT_FALSE(link.verified()) << file;
  }
  EXPECT_EQ(Of("cqc-saf@2024-12").regulation_links_size(), 29);
}

TEST(ShippedCatalogueTest, BandsRoundHalfUpAndCoverEveryPercentageOnce) {
  for (const char* name : {"cqc-saf@2023-11", "cqc-saf@2024-12"}) {
    for (const char* ladder : {"location", "location-by-service"}) {
      const auto& bands = StageOf(Of(name), ladder, "key-question").percent_bands();
      EXPECT_EQ(bands.rounding(), v1::ROUNDING_HALF_UP);
      std::vector<int> starts;
      int next = 0;
      for (const auto& band : bands.bands()) {
        EXPECT_EQ(band.from_percent(), next);
        starts.push_back(band.from_percent());
        next = band.to_percent() + 1;
      }
      EXPECT_EQ(next, 101);
      EXPECT_THAT(starts, ElementsAre(0, 39, 63, 88));
    }
  }
}

TEST(ShippedCatalogueTest, TheOverallTableIsTheSameEverywhere) {
  const auto& table = Of("cqc-saf@2024-12").scoring_model().tables(0);
  std::vector<std::string> rows;
  for (const auto& row : table.rows()) rows.push_back(row.id());
  EXPECT_THAT(rows, ElementsAre("two-inadequate", "one-rated", "one-inadequate",
                                "two-requires-improvement", "two-outstanding", "good"));
  for (const std::string& name : ForLocations()) {
    const auto& version = Of(name);
    EXPECT_EQ(version.scoring_model().tables(0).SerializeAsString(), table.SerializeAsString())
        << name;
    EXPECT_THAT(StageOf(version, "location", "overall").cap_sets(), ElementsAre("breach")) << name;
  }
  EXPECT_EQ(Of("cqc-asc@2026-draft").scoring_model().tables(0).SerializeAsString(),
            table.SerializeAsString());
}

// What several ladders say is said once: a cap stands in a set, and no set is left unnamed.
TEST(ShippedCatalogueTest, CapsStandInSetsThatAreUsed) {
  std::vector<std::string> names = ForLocations();
  names.emplace_back("cqc-asc@2026-draft");
  for (const std::string& name : names) {
    std::set<std::string> named;
    for (const auto& ladder : Of(name).scoring_model().ladders()) {
      for (const auto& stage : ladder.stages()) {
        EXPECT_EQ(stage.caps_size(), 0) << name << " " << ladder.id() << " " << stage.id();
        named.insert(stage.cap_sets().begin(), stage.cap_sets().end());
      }
    }
    std::set<std::string> sets;
    for (const auto& set : Of(name).scoring_model().cap_sets()) sets.insert(set.id());
    EXPECT_EQ(named, sets) << name;
  }
}

TEST(ShippedCatalogueTest, RatesAtEveryLevelThatThereIs) {
  const auto ladders = [](const char* name) {
    std::vector<std::string> ids;
    for (const auto& ladder : Of(name).scoring_model().ladders()) ids.push_back(ladder.id());
    return ids;
  };
  EXPECT_THAT(ladders("cqc-kloe@2017-11"),
              ElementsAre("not-rated", "practice-with-population-groups", "location-by-service",
                          "location", "trust-without-locations", "acute-trust"));
  for (const char* name : {"cqc-saf@2023-11", "cqc-saf@2024-12"}) {
    EXPECT_THAT(ladders(name),
                ElementsAre("not-rated", "hospital", "location-by-service", "location", "trust"));
  }
}

TEST(ShippedCatalogueTest, ALocationWithServicesIsNotRatedItself) {
  const auto& overall = StageOf(Of("cqc-saf@2024-12"), "location-by-service", "overall");
  EXPECT_TRUE(overall.has_judged());
  EXPECT_EQ(overall.missing().unrated().reason(), "rated-by-service");
}

// Whoever changes a shipped version sees it here: until the first release the new digest is written
// down; after it, the change belongs into a new version.
TEST(ShippedCatalogueTest, DigestsChangeOnlyWithTheContent) {
  const std::map<std::string, std::string> want = {
      {"cqc-asc@2026-draft.txtpb",
       "94ca1df30d1c930be3ad8480fd52eafa84135f60c982836515a9ced2c75ffcfd"},
      {"cqc-ics@2023-draft.txtpb",
       "b2e03e974fa7e8640075b600c8ba101e3926830a2b24d525bd32363dbdf35bd2"},
      {"cqc-la@2023-04.txtpb", "a4dee7e12475a814a58b67a8ac9d46d21ad10f6ebfe6e0a28f106006bb304025"},
      {"cqc-kloe@2017-11.txtpb",
       "f3c0c65417938dd52a2dbe91b044f4d1de223c1d86d7a3c7692368e941e35f24"},
      {"cqc-saf@2023-11.txtpb", "25482be5420a85727a62267dcf8e579763456c3b8ad3082bbc1f8a1d3206c4de"},
      {"cqc-saf@2024-12.txtpb", "ca882e4d9c3a8fa274566377243e584416cfccb873b6024b1d30767b78dfa5cf"},
  };
  std::map<std::string, std::string> got;
  for (const auto& [file, version] : Shipped()) got[file] = version.model_digest();
  EXPECT_EQ(got, want);
}

TEST(ShippedCatalogueTest, ItemsAreThoseOfTheSharedList) {
  const char* shared = std::getenv("ASSAY_SHARED_DATA");
  const char* source = std::getenv("ASSAY_SOURCE_DIR");
  const std::string directory =
      shared != nullptr ? shared
                        : absl::StrCat(source != nullptr ? source : ".", "/../shared/data");
  std::ifstream in(directory + "/vectors/items.csv");
  if (!in) GTEST_SKIP() << "no shared data in " << directory;
  std::string line;
  std::getline(in, line);
  ASSERT_EQ(line, "api_id,code,item_id,key_question,name");
  const auto& items = Of("cqc-saf@2024-12").items();
  int row = 0;
  for (; std::getline(in, line); ++row) {
    ASSERT_LT(row, items.size());
    // The name is last and may be quoted; the four before never are.
    const std::vector<std::string> cells = absl::StrSplit(line, absl::MaxSplits(',', 4));
    ASSERT_EQ(cells.size(), 5u);
    const std::string& quoted = cells[4];
    const std::string name = quoted.front() == '"' ? quoted.substr(1, quoted.size() - 2) : quoted;
    EXPECT_EQ(absl::StrCat(items[row].api_id(), ",", items[row].code(), ",", items[row].id(), ",",
                           items[row].group(), ",", items[row].display_name()),
              absl::StrCat(cells[0], ",", cells[1], ",", cells[2], ",", cells[3], ",", name));
  }
  EXPECT_EQ(row, 34);
}

}  // namespace
}  // namespace assay::framework
