#include "clients/cli/rate/layout.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "tests/clients/cli/rate/test_method.h"

namespace assay::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Method& Saf() {
  static const Method& method = *new Method(ShippedMethod("cqc-saf@2024-12"));
  return method;
}

std::vector<std::string> Header(const std::string& line) { return absl::StrSplit(line, ','); }

TEST(MakeLayout, TakesRatingsOfGroups) {
  const auto layout =
      MakeLayout(Header("other,id, safe ,effective,caring,responsive,well_led,overall"), Saf(), {});
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->form, Layout::Form::kGroups);
  EXPECT_EQ(layout->id, std::size_t{1});
  EXPECT_THAT(layout->inputs, ElementsAre(2, 3, 4, 5, 6));
  EXPECT_FALSE(layout->compare.has_value());
  EXPECT_THAT(OutputColumns(*layout, Saf()), ElementsAre("id", "overall", "rule"));
}

TEST(MakeLayout, TakesScoresOfItemsAndNamesThoseWithoutColumn) {
  const auto layout =
      MakeLayout(Header("safe.safeguarding,sector,safe.learning-culture"), Saf(), {});
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->form, Layout::Form::kScores);
  EXPECT_FALSE(layout->id.has_value());
  EXPECT_EQ(layout->sector, std::size_t{1});
  EXPECT_THAT(layout->inputs, SizeIs(34));
  EXPECT_EQ(layout->inputs[0], std::size_t{2});
  EXPECT_FALSE(layout->inputs[1].has_value());
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
      {"both forms", groups + ",safe.safeguarding", {}, {"want one form"}},
      {"a column twice", groups + ",id,safe,id", {}, {"columns 1 and 7", "columns 6 and 8"}},
      {"a column twice but for blanks", groups + ", safe", {}, {"columns 1 and 6"}},
      {"groups missing", "id,safe,caring", {}, {"got nothing", "got nothing", "got nothing"}},
      {"an unknown item",
       "safe.learning-cultures,safe.safeguarding",
       {},
       {"got safe.learning-cultures, want an item of cqc-saf@2024-12"}},
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
  const Method kloe = ShippedMethod("cqc-kloe@2017-11");
  EXPECT_TRUE(kloe.item_columns.empty());
  EXPECT_TRUE(MakeLayout(Header("safe,effective,caring,responsive,well_led"), kloe, {}).ok());
  EXPECT_FALSE(MakeLayout(Header("safe.safeguarding"), kloe, {}).ok());
}

}  // namespace
}  // namespace assay::cli
