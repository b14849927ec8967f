#include "services/common/model/combinations.h"

#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CombinationQuery Query(const char* group, const char* level, int items = 0,
                       const char* sector = "") {
  return {group, level, sector, items};
}

TEST(CombinationsTest, CountsSmallGroupsByHand) {
  const auto model = MustCompile(SmallScores());
  // Two scores: 3,4 is 87.5 %, rounded up to outstanding; 2,3 is 62.5 %, to good; 2,4 and 3,3 are
  // 75 %; 1,4 is 62.5 %, good by its percentage and limited by the score of 1.
  const auto good = FindCombinations(*model, Query("effective", "good"));
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_EQ(good->items, 2);
  EXPECT_EQ(good->multisets, 3);
  EXPECT_EQ(good->vectors, 5);
  EXPECT_EQ(good->multisets_without_caps, 4);
  EXPECT_EQ(good->vectors_without_caps, 7);
  ASSERT_EQ(good->all.size(), 3u);
  EXPECT_THAT(good->all[0].levels, ElementsAre(2, 3));
  EXPECT_EQ(good->all[0].vectors, 2);
  EXPECT_THAT(good->all[1].levels, ElementsAre(2, 4));
  EXPECT_THAT(good->all[2].levels, ElementsAre(3, 3));
  const auto improve = FindCombinations(*model, Query("effective", "requires-improvement"));
  ASSERT_TRUE(improve.ok());
  EXPECT_EQ(improve->all.back().cap, "");
  bool limited = false;
  for (const Combination& one : improve->all) limited = limited || one.cap == "limiter.good";
  EXPECT_TRUE(limited);
}

TEST(CombinationsTest, LevelsShareAllVectorsAmongThem) {
  const auto model = MustCompile(LoadShipped("cqc-saf@2024-12"));
  for (const char* sector : {"", "adult-social-care", "nhs-trust"}) {
    std::int64_t vectors = 0;
    int items = 0;
    for (const char* level : {"inadequate", "requires-improvement", "good", "outstanding"}) {
      const auto found = FindCombinations(*model, Query("well-led", level, 0, sector));
      ASSERT_TRUE(found.ok()) << found.status();
      vectors += found->vectors;
      items = found->items;
    }
    EXPECT_EQ(items, std::string(sector) == "adult-social-care" ? 7 : 8);
    EXPECT_EQ(vectors, std::int64_t{1} << (2 * items));
  }
}

TEST(CombinationsTest, AgreesWithTheSharedVectors) {
  const auto rows = ReadShared("vectors/kq_combinations.csv");
  if (rows.empty()) GTEST_SKIP() << "the shared data is absent";
  const auto model = MustCompile(LoadShipped("cqc-saf@2024-12"));
  int compared = 0;
  for (const Row& row : rows) {
    const int items = std::stoi(row.at("n"));
    const std::string level =
        absl::StrReplaceAll(absl::AsciiStrToLower(row.at("rating")), {{"_", "-"}});
    if (items > 8) continue;
    const auto found = FindCombinations(*model, Query("safe", level.c_str(), items));
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->multisets, std::stoll(row.at("multisets"))) << items << " " << level;
    EXPECT_EQ(found->vectors, std::stoll(row.at("vectors"))) << items << " " << level;
    EXPECT_EQ(found->multisets_without_caps, std::stoll(row.at("multisets_without_limiters")));
    EXPECT_EQ(found->vectors_without_caps, std::stoll(row.at("vectors_without_limiters")));
    EXPECT_EQ(static_cast<std::int64_t>(found->all.size()), found->multisets);
    ++compared;
  }
  EXPECT_GE(compared, 32);
}

TEST(CombinationsTest, RefusesWhatIsNotThereAllAtOnce) {
  const auto scores = MustCompile(SmallScores());
  const struct {
    CombinationQuery query;
    std::vector<const char*> named;
  } cases[] = {
      {Query("safety", "good"), {"group", "safety"}},
      {Query("safety", "good", 0, "zoo"), {"group", "sector", "zoo"}},
      {Query("safe", "excellent", 7), {"level", "excellent", "items", "0 to 6"}},
      {Query("safe", "good", -1), {"items", "-1"}},
  };
  for (const auto& one : cases) {
    const auto found = FindCombinations(*scores, one.query);
    ASSERT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
    for (const char* name : one.named) {
      EXPECT_THAT(std::string(found.status().message()), HasSubstr(name));
    }
  }
  const auto judged = MustCompile(SmallJudged());
  EXPECT_THAT(std::string(FindCombinations(*judged, Query("safe", "good")).status().message()),
              HasSubstr("computes from the scores of its items"));
}

// Safe with so many items.
framework::v1::FrameworkVersion Wide(int items) {
  framework::v1::FrameworkVersion version = SmallScores();
  int have = 0;
  for (const framework::v1::Item& item : version.items()) have += item.group() == "safe" ? 1 : 0;
  for (; have < items; ++have) {
    framework::v1::Item* item = version.add_items();
    item->set_id(absl::StrCat("safe.more-", have));
    item->set_group("safe");
    item->set_display_name(item->id());
  }
  return version;
}

TEST(CombinationsTest, RefusesMoreThanItMayVisitAndNamesTheBound) {
  const std::pair<int, const char*> cases[] = {
      {30, ""}, {40, "counted in 64 bits"}, {100, "at most 100000 multisets"}};
  for (const auto& [items, bound] : cases) {
    const auto found = FindCombinations(*MustCompile(Wide(items)), Query("safe", "good"));
    if (*bound == '\0') {
      ASSERT_TRUE(found.ok()) << found.status();
      EXPECT_EQ(found->items, items);
      continue;
    }
    const std::string message(found.status().message());
    EXPECT_THAT(message, HasSubstr(absl::StrCat(items)));
    EXPECT_THAT(message, HasSubstr(bound));
  }
}

}  // namespace
}  // namespace assay::model
