// Rows as they come from a file to the ratings that are written: reading and rating together.

#include "clients/cli/rate/row_rater.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/clients/cli/rate/test_method.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;

const Method& Saf() {
  static const Method& method = *new Method(ShippedMethod("cqc-saf@2024-12"));
  return method;
}

constexpr char kGroups[] = "safe,effective,caring,responsive,well_led";

// The overall rating and rule of one row, or what is wrong with it.
std::string RateLine(const std::string& header, const std::string& line) {
  const std::vector<std::string> names = absl::StrSplit(header, ',');
  const absl::StatusOr<Layout> layout = MakeLayout(names, Saf(), {});
  if (!layout.ok()) return layout.status().ToString();
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ',');
  RowValues values;
  BadCells bad;
  if (!ReadRow(*layout, Saf(), fields, 1, 2, &values, &bad)) {
    return std::string(bad.ToStatus("x").message());
  }
  RowRater rater(Saf(), *layout);
  const RowResult& result = rater.Rate(values);
  std::string out;
  if (layout->scores) {
    for (std::size_t i = 0; i < result.groups.size(); ++i) {
      const NodeView& group = result.groups[i];
      if (group.label.empty()) continue;
      absl::StrAppend(&out, Saf().GroupColumns()[i], " ", group.percent, " ", group.label, " ",
                      group.limiter, "; ");
    }
  }
  for (std::size_t i = 0; i < result.given.size(); ++i) {
    const GivenView& given = result.given[i];
    absl::StrAppend(&out, Saf().inputs[layout->given[i]].column, " given ", given.given,
                    ", computed ", given.computed, given.differs ? "!" : "", "; ");
  }
  return absl::StrCat(out, result.overall.label, " by ", result.rule);
}

TEST(RowRater, RatesGivenRatings) {
  const struct {
    const char* row;
    const char* want;
  } kCases[] = {
      {"G,G,G,G,G", "Good by good"},
      {"Good,good,GOOD,g,G", "Good by good"},
      {"O,O,G,G,G", "Outstanding by two-outstanding"},
      {"O,O,R,G,G", "Good by good"},
      {"R,R,G,G,G", "Requires improvement by two-requires-improvement"},
      {"I,G,G,G,G", "Requires improvement by one-inadequate"},
      {"I,I,O,O,O", "Inadequate by two-inadequate"},
      {"I,,,,", "Inadequate by one-rated"},
      {",,,,O", "Outstanding by one-rated"},
      {",,,,", " by "},
      {"Not rated,G,G,,", "Good by good"},
  };
  for (const auto& each : kCases) EXPECT_EQ(RateLine(kGroups, each.row), each.want) << each.row;
}

TEST(RowRater, RatesScores) {
  const std::string two = "safe.learning-culture,safe.safeguarding";
  const struct {
    std::string header;
    const char* row;
    const char* want;
  } kCases[] = {
      {two, "3,3", "safe 75 Good ; Good by one-rated"},
      {two, "3,", "safe 75 Good ; Good by one-rated"},
      {two, "4,4", "safe 100 Outstanding ; Outstanding by one-rated"},
      {two, "4,1", "safe 63 Requires improvement limiter.good; Requires improvement by one-rated"},
      {two, "1,1", "safe 25 Inadequate ; Inadequate by one-rated"},
      {two, ",", " by "},
      {"sector,well-led.environmental-sustainability,well-led.freedom-to-speak-up", "NHS_TRUST,1,4",
       "well_led 63 Requires improvement limiter.good; Requires improvement by one-rated"},
      {"sector,well-led.environmental-sustainability,well-led.freedom-to-speak-up",
       "adult social care,1,4", "well_led 100 Outstanding ; Outstanding by one-rated"},
      {"sector,well-led.environmental-sustainability,well-led.freedom-to-speak-up", ",1,4",
       "well_led 63 Requires improvement limiter.good; Requires improvement by one-rated"},
  };
  for (const auto& each : kCases) EXPECT_EQ(RateLine(each.header, each.row), each.want) << each.row;
}

// The computation is preferred where all its inputs are there; what is given stands beside it.
TEST(RowRater, SetsGivenRatingsBesideComputedOnes) {
  const std::string header = "safe,safe.learning-culture,effective";
  const std::string all_safe = [] {
    std::string columns = "safe";
    for (const auto& item : Saf().model->version().items()) {
      if (item.group() == "safe") absl::StrAppend(&columns, ",", item.id());
    }
    return columns;
  }();
  const struct {
    std::string header;
    const char* row;
    const char* want;
  } kCases[] = {
      {all_safe, "R,3,3,3,3,3,3,3,3",
       "safe 75 Good ; safe given Requires improvement, computed Good!; Good by one-rated"},
      {all_safe, "G,3,3,3,3,3,3,3,3",
       "safe 75 Good ; safe given Good, computed Good; Good by one-rated"},
      {all_safe, "R,3,3,3,3,3,3,3,",
       "safe 75 Requires improvement ; safe given Requires improvement, computed Good!; "
       "Requires improvement by one-rated"},
      {all_safe, ",3,3,3,3,3,3,3,3",
       "safe 75 Good ; safe given , computed Good; Good by one-rated"},
      {header, "R,,O",
       "safe -1 Requires improvement ; effective -1 Outstanding ; safe given Requires improvement, "
       "computed ; effective given Outstanding, computed ; Good by good"},
  };
  for (const auto& each : kCases) EXPECT_EQ(RateLine(each.header, each.row), each.want) << each.row;
}

TEST(RowRater, NamesEveryBadCell) {
  const struct {
    const char* header;
    const char* row;
    std::vector<std::string> want;
  } kCases[] = {
      {kGroups,
       "Goodish,G,5,G,good!",
       {"column safe: got Goodish", "column caring: got 5", "column well_led: got good!"}},
      {"safe.learning-culture,safe.safeguarding",
       "0,5",
       {"column safe.learning-culture: got 0, want 1, 2, 3, 4 or blank",
        "column safe.safeguarding: got 5, want 1, 2, 3, 4 or blank"}},
      {"sector,safe.learning-culture",
       "bakery,3.0",
       {"column safe.learning-culture: got 3.0", "column sector: got bakery"}},
  };
  for (const auto& each : kCases) {
    const std::string got = RateLine(each.header, each.row);
    EXPECT_THAT(got, HasSubstr(absl::StrCat(each.want.size(), " things are wrong")));
    for (const std::string& part : each.want) EXPECT_THAT(got, HasSubstr(part));
  }
}

TEST(RowRater, ForgetsTheRowBefore) {
  const std::vector<std::string> header = absl::StrSplit(kGroups, ',');
  const absl::StatusOr<Layout> layout = MakeLayout(header, Saf(), {});
  ASSERT_TRUE(layout.ok()) << layout.status();
  RowRater rater(Saf(), *layout);
  RowValues values;
  values.levels = {4, 4, 4, 4, 4};
  EXPECT_EQ(rater.Rate(values).overall_level, 4);
  values.levels = {0, 0, 0, 0, 0};
  EXPECT_EQ(rater.Rate(values).overall_level, 0);
  EXPECT_EQ(rater.Rate(values).overall.label, "");
  EXPECT_EQ(rater.Rate(values).rule, "");
}

TEST(Keeps, AsksForEveryValue) {
  Layout layout;
  layout.where = {{0, "a"}, {2, ""}};
  const std::vector<absl::string_view> kept = {" a ", "x", "  "};
  const std::vector<absl::string_view> other = {"a", "x", "y"};
  EXPECT_TRUE(Keeps(layout, kept));
  EXPECT_FALSE(Keeps(layout, other));
  layout.where[1].equal = false;
  EXPECT_FALSE(Keeps(layout, kept));
  EXPECT_TRUE(Keeps(layout, other));
}

}  // namespace
}  // namespace assay::cli
