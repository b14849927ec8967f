#include "clients/cli/rate/layout.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "tests/clients/cli/rate/test_method.h"

namespace assay::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Method& Saf() {
  static const Method& method = *new Method(ShippedMethod("cqc-saf@2024-12"));
  return method;
}

std::vector<std::string> Header(const std::string& line) { return absl::StrSplit(line, ','); }

// The columns that are read, as `column=input`, by input.
std::vector<std::string> Read(const Layout& layout, const Method& method) {
  std::vector<std::pair<std::size_t, std::string>> read;
  for (const Layout::Source& source : layout.inputs) {
    read.emplace_back(source.input,
                      absl::StrCat(source.column, "=", method.inputs[source.input].column));
  }
  std::sort(read.begin(), read.end());
  std::vector<std::string> texts;
  for (auto& [input, text] : read) texts.push_back(std::move(text));
  return texts;
}

ColumnOptions Map(std::vector<ColumnMapping> map) {
  ColumnOptions options;
  options.map = std::move(map);
  return options;
}

TEST(MakeLayout, TakesRatingsOfGroups) {
  const auto layout =
      MakeLayout(Header("other,id, safe ,effective,caring,responsive,well_led,overall"), Saf(), {});
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_FALSE(layout->scores);
  EXPECT_EQ(layout->id, std::size_t{1});
  EXPECT_THAT(Read(*layout, Saf()),
              ElementsAre("2=safe", "3=effective", "4=caring", "5=responsive", "6=well_led"));
  EXPECT_THAT(layout->given, IsEmpty());
  EXPECT_FALSE(layout->compare.has_value());
  EXPECT_THAT(OutputColumns(*layout, Saf()), ElementsAre("id", "overall", "rule"));
}

TEST(MakeLayout, TakesScoresOfItemsAndNamesThoseWithoutColumn) {
  const auto layout =
      MakeLayout(Header("safe.safeguarding,sector,safe.learning-culture"), Saf(), {});
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_TRUE(layout->scores);
  EXPECT_FALSE(layout->id.has_value());
  EXPECT_EQ(layout->sector, std::size_t{1});
  EXPECT_THAT(Read(*layout, Saf()), ElementsAre("2=safe.learning-culture", "0=safe.safeguarding"));
  EXPECT_THAT(layout->missing_items, SizeIs(32));
  EXPECT_THAT(
      OutputColumns(*layout, Saf()),
      ElementsAre("id", "safe_percent", "safe", "safe_limiter", "effective_percent", "effective",
                  "effective_limiter", "caring_percent", "caring", "caring_limiter",
                  "responsive_percent", "responsive", "responsive_limiter", "well_led_percent",
                  "well_led", "well_led_limiter", "overall", "rule"));
}

TEST(MakeLayout, RefusesWhatItCannotRead) {
  const std::string groups = "safe,effective,caring,responsive,well_led";
  ColumnOptions named;
  named.id_column = "key";
  named.compare = "published";
  named.where = {{"kind", "current"}};
  const struct {
    const char* what;
    std::string header;
    ColumnOptions options;
    std::vector<std::string> wanted;  // parts of the violations, in order
  } kCases[] = {
      {"neither form", "id,name", {}, {"want the ratings safe, effective"}},
      {"a column twice", groups + ",id,safe,id", {}, {"columns 1 and 7", "columns 6 and 8"}},
      {"a column twice but for blanks", groups + ", safe", {}, {"columns 1 and 6"}},
      {"groups missing", "id,safe,caring", {}, {"got nothing", "got nothing", "got nothing"}},
      {"an unknown item",
       "safe.learning-cultures,safe.safeguarding",
       {},
       {"got safe.learning-cultures, want an item of cqc-saf@2024-12"}},
      {"mappings of and to nothing, and two to one",
       "a,b,c,d",
       Map({{"x", "safe"}, {"a", "safer"}, {"b", "S3"}, {"c", "safe.safeguarding"}, {"d", "3"}}),
       {"got x, want a column of the file",
        "got safer, want an item, group, overall, sector or id of cqc-saf@2024-12",
        "got columns b and c for safe.safeguarding, want one",
        "got columns c and d for safe.safeguarding, want one"}},
      {"options of columns that are not there",
       groups,
       named,
       {"got key", "got kind", "got published"}},
  };
  for (const auto& each : kCases) {
    const auto layout = MakeLayout(Header(each.header), Saf(), each.options);
    ASSERT_FALSE(layout.ok()) << each.what;
    EXPECT_EQ(layout.status().code(), absl::StatusCode::kInvalidArgument);
    const std::vector<errors::Violation> got = errors::FieldViolations(layout.status());
    ASSERT_THAT(got, SizeIs(each.wanted.size())) << each.what << ": " << layout.status();
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_THAT(got[i].description, HasSubstr(each.wanted[i])) << each.what;
    }
  }
}

TEST(MakeLayout, LetsNamelessColumnsRepeat) {
  EXPECT_TRUE(MakeLayout(Header(",safe,effective,caring,responsive,well_led,,"), Saf(), {}).ok());
}

TEST(MakeLayout, HasNoScoresWhereGroupsAreJudged) {
  for (const char* name : {"cqc-kloe@2017-11", "cqc-asc@2026-draft"}) {
    const Method method = ShippedMethod(name);
    EXPECT_THAT(method.Columns(InputKind::kItem), IsEmpty()) << name;
    EXPECT_TRUE(MakeLayout(Header("safe,effective,caring,responsive,well_led"), method, {}).ok());
    EXPECT_FALSE(MakeLayout(Header("safe.safeguarding"), method, {}).ok()) << name;
  }
}

TEST(MakeLayout, TakesGivenOutcomesBesideWhatMakesThem) {
  const auto layout = MakeLayout(Header("safe,safe.safeguarding,published,well_led"), Saf(),
                                 Map({{"published", "overall"}}));
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_THAT(Read(*layout, Saf()),
              ElementsAre("1=safe.safeguarding", "0=safe", "3=well_led", "2=overall"));
  std::vector<std::string> given;
  for (const std::size_t input : layout->given) given.push_back(Saf().inputs[input].column);
  EXPECT_THAT(given, ElementsAre("safe", "well_led", "overall"));
  const std::vector<std::string> out = OutputColumns(*layout, Saf());
  EXPECT_THAT(std::vector<std::string>(out.end() - 9, out.end()),
              ElementsAre("safe_given", "safe_computed", "well_led_given", "well_led_computed",
                          "overall_given", "overall_computed", "overall", "rule", "warnings"));
}

TEST(MakeLayout, GivesNothingBesideWhatIsJudged) {
  const Method kloe = ShippedMethod("cqc-kloe@2017-11");
  const auto layout = MakeLayout(Header("safe,effective,caring,responsive,well_led,o"), kloe,
                                 Map({{"o", "overall"}}));
  ASSERT_TRUE(layout.ok()) << layout.status();
  ASSERT_THAT(layout->given, SizeIs(1));
  EXPECT_EQ(kloe.inputs[layout->given[0]].column, "overall");
}

TEST(MakeLayout, TakesCategoriesAndCountsTheirItemsAsThere) {
  const Method method = ShippedMethod("cqc-saf@2023-11");
  const auto layout = MakeLayout(
      Header("safe.safeguarding/observation,safe.learning-culture,safe.safeguarding/outcomes"),
      method, {});
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_THAT(layout->inputs, SizeIs(3));
  EXPECT_THAT(layout->missing_items, SizeIs(32));
  EXPECT_FALSE(MakeLayout(Header("safe.safeguarding/smell"), method, {}).ok());
}

TEST(MakeLayout, TakesAnySpellingOfTheCatalogue) {
  const Method method = ShippedMethod("cqc-la@2023-04");
  const auto layout = MakeLayout(Header("authority,q1,q2,q3,q4"), method,
                                 Map({{"q1", "Safeguarding"},
                                      {"q2", "9"},
                                      {"q3", "providing-support.partnerships-and-communities"},
                                      {"q4", "Equity in experiences and outcomes"},
                                      {"authority", "id"}}));
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->id, std::size_t{0});
  EXPECT_THAT(Read(*layout, method),
              ElementsAre("4=working-with-people.equity-in-experience-and-outcomes",
                          "3=providing-support.partnerships-and-communities",
                          "1=ensuring-safety.safeguarding",
                          "2=leadership.learning-improvement-and-innovation"));
  EXPECT_THAT(OutputColumns(*layout, method),
              ElementsAre("id", "overall_percent", "overall", "rule"));
}

TEST(MakeMethod, RatesTheKindThatIsAskedFor) {
  const Method kloe = ShippedMethod("cqc-kloe@2017-11");
  EXPECT_EQ(kloe.kind, framework::v1::SUBJECT_KIND_LOCATION);
  const Method la = ShippedMethod("cqc-la@2023-04");
  EXPECT_EQ(la.kind, framework::v1::SUBJECT_KIND_AREA);
  EXPECT_THAT(la.Columns(InputKind::kGroup), IsEmpty());
  EXPECT_FALSE(MakeMethod(la.model, framework::v1::SUBJECT_KIND_LOCATION).ok());
  EXPECT_TRUE(MakeMethod(kloe.model, framework::v1::SUBJECT_KIND_SERVICE).ok());
}

}  // namespace
}  // namespace assay::cli
