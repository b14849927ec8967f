#include "services/common/model/fold.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

std::shared_ptr<const CompiledModel> Scores() {
  static const auto model = MustCompile(SmallScores());
  return model;
}

TEST(Fold, TakesTheGreatestInEffectiveThenAssessedThenCounter) {
  struct Case {
    const char* what;
    std::vector<std::tuple<int, const char*, Status>> records;
    int wanted;
  };
  for (const Case& c : std::vector<Case>{
           {"later day",
            {{1, "2025-01-02", Status::kAssessed}, {2, "2025-01-01", Status::kAssessed}},
            1},
           {"assessed over carried",
            {{1, "2025-01-01", Status::kGiven}, {2, "2025-01-01", Status::kCarriedForward}},
            1},
           {"later record",
            {{1, "2025-01-01", Status::kAssessed}, {2, "2025-01-01", Status::kGiven}},
            2},
           {"carried but later day",
            {{1, "2025-01-01", Status::kAssessed}, {2, "2025-01-02", Status::kCarriedForward}},
            2},
           {"not yet effective",
            {{1, "2025-01-01", Status::kAssessed}, {2, "2026-01-01", Status::kAssessed}},
            1}}) {
    Subject subject({Scores()});
    for (const auto& [level, day, status] : c.records)
      subject.Judge("safe.one", level, day, status);
    subject.Rate();
    ASSERT_EQ(subject.state().entries.size(), 1U) << c.what;
    EXPECT_EQ(subject.state().entries[0].level, c.wanted) << c.what;
  }
}

TEST(Fold, ACorrectionCountsFromWhenItIsKnown) {
  Subject subject({Scores()});
  Entry wrong = subject.MakeEntry("safe.one", "2025-01-01", 0);
  wrong.level = 1;
  Entry right = subject.MakeEntry("safe.one", "2024-01-01", 0);
  right.level = 4;
  // The correction comes first, as in a snapshot without order.
  subject.history().Supersede(7, right.counter);
  subject.history().Add(right, 8);
  subject.history().Add(wrong, 7);
  EXPECT_EQ(Fold(subject.history(), D("2025-06-01")).entries.at(0).level, 4);
  EXPECT_EQ(Fold(subject.history(), D("2025-06-01"), wrong.counter).entries.at(0).level, 1);
  subject.history().Supersede(8, 99);
  EXPECT_TRUE(Fold(subject.history(), D("2025-06-01")).entries.empty()) << "retracted";
  EXPECT_EQ(Fold(subject.history(), D("2025-06-01")).newest_counter, 99);
}

TEST(Fold, SaysForWhichDaysTheStateHolds) {
  Subject subject({Scores()});
  subject.Judge("safe.one", 3, "2025-01-01").Judge("safe.one", 4, "2025-09-01");
  subject.Open(1, "12", "2025-03-01", "2025-05-01");
  const std::vector<std::tuple<const char*, const char*, const char*>> cases = {
      {"2024-12-31", "", "2025-01-01"},           {"2025-01-01", "2025-01-01", "2025-03-01"},
      {"2025-02-28", "2025-01-01", "2025-03-01"}, {"2025-03-01", "2025-03-01", "2025-05-01"},
      {"2025-05-01", "2025-05-01", "2025-09-01"}, {"2030-01-01", "2025-09-01", ""}};
  for (const auto& [day, from, before] : cases) {
    const State state = Fold(subject.history(), D(day));
    EXPECT_EQ(state.from ? state.from->ToString() : "", from) << day;
    EXPECT_EQ(state.before ? state.before->ToString() : "", before) << day;
  }
}

// Against the rule read naively, on random histories given in random order.
TEST(Fold, AgreesWithTheRuleOnRandomHistories) {
  std::mt19937 random(1);
  static constexpr const char* kItems[] = {"safe.one", "safe.two", "led.one", "safe"};
  const auto pick = [&random](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  for (int round = 0; round < 300; ++round) {
    Subject subject({Scores()});
    std::vector<Entry> entries;
    std::vector<std::pair<std::size_t, std::int64_t>> corrections;
    for (int i = 0; i < 20; ++i) {
      Entry entry = subject.MakeEntry(kItems[pick(4)], "2025-01-01", 0);
      entry.effective = D("2025-01-01").Plus(pick(10));
      entry.level = static_cast<Level>(1 + pick(4));
      entry.status = static_cast<Status>(1 + pick(3));
      if (i > 0 && pick(4) == 0) {
        corrections.emplace_back(static_cast<std::size_t>(pick(i)), entry.counter);
      }
      entries.push_back(entry);
    }
    std::vector<std::size_t> order(entries.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t i : order) subject.history().Add(entries[i], i + 1);
    for (const auto& [target, by] : corrections) subject.history().Supersede(target + 1, by);
    const Day day = D("2025-01-01").Plus(pick(12));
    const std::int64_t known = 1 + pick(22);
    std::vector<Entry> wanted;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Entry& entry = entries[i];
      bool counts = entry.counter <= known && entry.effective <= day;
      for (const auto& [target, by] : corrections) {
        if (target == i && by <= known) counts = false;
      }
      if (!counts) continue;
      const auto strength = [](const Entry& e) {
        return std::make_tuple(e.effective.days_since_1970(), e.status != Status::kCarriedForward,
                               e.counter);
      };
      const auto same = std::find_if(wanted.begin(), wanted.end(),
                                     [&](const Entry& e) { return e.place == entry.place; });
      if (same == wanted.end()) {
        wanted.push_back(entry);
      } else if (strength(*same) < strength(entry)) {
        *same = entry;
      }
    }
    std::sort(wanted.begin(), wanted.end(),
              [](const Entry& a, const Entry& b) { return a.place < b.place; });
    const State state = Fold(subject.history(), day, known);
    ASSERT_EQ(state.entries.size(), wanted.size()) << round;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(state.entries[i].counter, wanted[i].counter) << round;
    }
  }
}

}  // namespace
}  // namespace assay::model
