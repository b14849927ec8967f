// Properties of the shipped method, and an oracle that reads the method's words instead of its
// tables.
#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

constexpr const char* kItems[] = {"safe.one", "safe.two", "safe.three", "safe.four", "safe.five"};

std::shared_ptr<const CompiledModel> Scores() {
  static const auto model = MustCompile(SmallScores());
  return model;
}

// The rating of one key question, straight from the published rules.
int Oracle(const std::vector<int>& scores) {
  int sum = 0;
  for (const int score : scores) sum += score;
  const int most = 4 * static_cast<int>(scores.size());
  const int lowest = *std::min_element(scores.begin(), scores.end());
  const int percent = (200 * sum + most) / (2 * most);
  const int rating = percent >= 88 ? 4 : percent >= 63 ? 3 : percent >= 39 ? 2 : 1;
  if (rating == 4 && lowest <= 2) return 3;
  if (rating == 3 && lowest == 1) return 2;
  return rating;
}

int Rated(const std::vector<int>& scores) {
  Subject subject({Scores()});
  for (std::size_t i = 0; i < scores.size(); ++i) subject.Judge(kItems[i], scores[i]);
  subject.Rate();
  EXPECT_EQ(subject.Overall(), subject.LevelAt("safe"));
  return subject.LevelAt("safe");
}

// Calls `visit` with every vector of n scores.
template <typename Visit>
void EveryVector(std::size_t n, Visit visit) {
  std::vector<int> scores(n, 1);
  for (;;) {
    visit(scores);
    std::size_t i = 0;
    while (i < n && scores[i] == 4) scores[i++] = 1;
    if (i == n) return;
    ++scores[i];
  }
}

TEST(RateProperty, AgreesWithTheOracleOnEveryVectorOfUpToFive) {
  for (std::size_t n = 1; n <= 5; ++n) {
    EveryVector(n, [](const std::vector<int>& scores) {
      EXPECT_EQ(Rated(scores), Oracle(scores)) << ::testing::PrintToString(scores);
    });
  }
}

TEST(RateProperty, RaisingAScoreNeverLowersARating) {
  for (std::size_t n = 1; n <= 4; ++n) {
    EveryVector(n, [n](const std::vector<int>& scores) {
      const int before = Rated(scores);
      for (std::size_t i = 0; i < n; ++i) {
        if (scores[i] == 4) continue;
        std::vector<int> raised = scores;
        ++raised[i];
        EXPECT_GE(Rated(raised), before) << ::testing::PrintToString(scores) << i;
      }
    });
  }
}

// The order in which records arrive changes nothing.
TEST(RateProperty, TheOrderOfRecordsDoesNotMatter) {
  std::vector<int> order = {0, 1, 2, 3};
  static constexpr int kScores[] = {4, 1, 3, 2};
  std::vector<std::string> digests;
  do {
    Subject subject({Scores()});
    for (const int i : order) {
      Entry entry = subject.MakeEntry(kItems[i], "2025-01-01", 0);
      entry.counter = i + 1;
      entry.level = static_cast<Level>(kScores[i]);
      subject.history().Add(entry);
    }
    auto derivation = Derive(subject.Rate(), subject.state());
    ASSERT_TRUE(derivation.ok());
    digests.push_back(derivation->digest());
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(std::count(digests.begin(), digests.end(), digests[0]), 24);
}

}  // namespace
}  // namespace assay::model
