#include "clients/cli/nation/findings.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace assay::nation {
namespace {

using type::v1::Rating;
using type::v1::RATING_GOOD;
using type::v1::RATING_INADEQUATE;
using type::v1::RATING_OUTSTANDING;
using type::v1::RATING_REQUIRES_IMPROVEMENT;

const Rating kAll[] = {RATING_INADEQUATE, RATING_REQUIRES_IMPROVEMENT, RATING_GOOD,
                       RATING_OUTSTANDING};
const std::vector<std::string>& KeyQuestions() {
  static const auto* const kIds =
      new std::vector<std::string>{"safe", "effective", "caring", "responsive", "well-led"};
  return *kIds;
}

// The method by hand: percentage half up, bands, limiters (domain, sections 1.5 and 2.1).
Rating RateByHand(const std::vector<int>& scores) {
  int sum = 0;
  for (const int score : scores) sum += score;
  const int most = 4 * static_cast<int>(scores.size());
  const int percent = (200 * sum + most) / (2 * most);
  const int lowest = *std::min_element(scores.begin(), scores.end());
  if (percent >= 88) return lowest <= 2 ? RATING_GOOD : RATING_OUTSTANDING;
  if (percent >= 63) return lowest == 1 ? RATING_REQUIRES_IMPROVEMENT : RATING_GOOD;
  return percent >= 39 ? RATING_REQUIRES_IMPROVEMENT : RATING_INADEQUATE;
}

// The table of five by hand (domain, section 11).
Rating OverallByHand(const std::vector<Rating>& ratings) {
  std::map<Rating, int> count;
  for (const Rating rating : ratings) ++count[rating];
  if (count[RATING_INADEQUATE] >= 2) return RATING_INADEQUATE;
  if (count[RATING_INADEQUATE] == 1) return RATING_REQUIRES_IMPROVEMENT;
  if (count[RATING_REQUIRES_IMPROVEMENT] >= 2) return RATING_REQUIRES_IMPROVEMENT;
  if (count[RATING_OUTSTANDING] >= 2 && count[RATING_REQUIRES_IMPROVEMENT] == 0) {
    return RATING_OUTSTANDING;
  }
  return RATING_GOOD;
}

TEST(FindingsTest, ScoresMakeTheWantedRating) {
  Dice dice(1, 1, 1);
  for (const Rating rating : kAll) {
    for (int count = 4; count <= 9; ++count) {
      for (int draw = 0; draw < 500; ++draw) {
        const std::vector<int> scores = DrawScores(rating, count, &dice);
        ASSERT_EQ(scores.size(), static_cast<std::size_t>(count));
        ASSERT_EQ(RateByHand(scores), rating) << ::testing::PrintToString(scores);
      }
    }
    EXPECT_EQ(DrawScores(rating, 2, &dice), std::vector<int>(2, ScoreFor(rating)));
  }
}

TEST(FindingsTest, KeyQuestionsMakeTheWantedOverall) {
  Dice dice(1, 1, 2);
  for (const Rating rating : kAll) {
    for (int draw = 0; draw < 2000; ++draw) {
      const std::vector<Rating> ratings = DrawKeyQuestions(rating, KeyQuestions(), &dice);
      ASSERT_EQ(OverallByHand(ratings), rating) << ::testing::PrintToString(ratings);
    }
  }
}

TEST(FindingsTest, RatingsFollowThePublishedShares) {
  Dice dice(1, 1, 3);
  std::map<Rating, int> count;
  constexpr int kDraws = 100000;
  for (int draw = 0; draw < kDraws; ++draw) ++count[DrawRating(&dice)];
  const std::map<Rating, double> shares = {{RATING_OUTSTANDING, 0.047},
                                           {RATING_GOOD, 0.786},
                                           {RATING_REQUIRES_IMPROVEMENT, 0.158},
                                           {RATING_INADEQUATE, 0.009}};
  for (const auto& [rating, share] : shares) {
    EXPECT_NEAR(static_cast<double>(count[rating]) / kDraws, share, 0.004) << rating;
  }
}

TEST(DiceTest, StreamsAreTheirOwn) {
  const std::uint64_t first = Dice(1, 2, 3).Next();
  EXPECT_EQ(Dice(1, 2, 3).Next(), first);
  EXPECT_NE(Dice(1, 2, 4).Next(), first);
  EXPECT_NE(Dice(1, 3, 3).Next(), first);
  EXPECT_NE(Dice(2, 2, 3).Next(), first);
}

TEST(DiceTest, KeepsToItsBounds) {
  Dice dice(7, 0, 0);
  std::vector<int> seen(6);
  for (int draw = 0; draw < 6000; ++draw) {
    const std::int32_t value = dice.Between(-2, 3);
    ASSERT_GE(value, -2);
    ASSERT_LE(value, 3);
    ++seen[static_cast<std::size_t>(std::int64_t{value} + 2)];
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(dice.Below(0), 0u);
  EXPECT_EQ(dice.Below(1), 0u);
  for (int draw = 0; draw < 100; ++draw) EXPECT_EQ(dice.Weighted({0, 5, 0}), 1u);
}

TEST(DiceTest, SharesAreExactOnAverage) {
  Dice dice(7, 0, 1);
  std::uint32_t sum = 0;
  for (int draw = 0; draw < 10000; ++draw) sum += dice.ShareOf(50, 30);
  EXPECT_NEAR(sum, 15000, 200);
}

}  // namespace
}  // namespace assay::nation
