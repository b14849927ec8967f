#include "services/common/model/history.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using ::testing::HasSubstr;

evidence::v1::Record Parse(absl::string_view text) {
  evidence::v1::Record record;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &record));
  return record;
}

evidence::v1::Record Judgement(int level) {
  evidence::v1::Record record = Parse(R"(subject: "locations/1-1" judgement {
      name: "locations/1-1/judgements/a" framework_version: "frameworks/small/versions/scores"
      node { item: "safe.one" } outcome { scale: "score" level: 3 }
      status: JUDGEMENT_STATUS_ASSESSED effective_date { year: 2025 month: 1 day: 1 } })");
  record.mutable_judgement()->mutable_outcome()->set_level(level);
  return record;
}

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest()
      : models_(*ModelSet().With(MustCompile(SmallScores()))), history_("locations/1-1") {}

  int LevelNow() {
    const State state = Fold(history_, D("2025-06-01"));
    return state.entries.empty() ? 0 : state.entries[0].level;
  }

  ModelSet models_;
  SubjectHistory history_;
};

TEST_F(HistoryTest, TakesARecordOnce) {
  EXPECT_TRUE(history_.Append(Judgement(3), 5, models_).ok());
  EXPECT_TRUE(history_.Append(Judgement(3), 5, models_).ok());
  EXPECT_EQ(history_.entries().size(), 1U);
  EXPECT_EQ(history_.newest_counter(), 5);
  EXPECT_EQ(history_.kind(), framework::v1::SUBJECT_KIND_LOCATION);
}

TEST_F(HistoryTest, CorrectsAndRetractsByName) {
  ASSERT_TRUE(history_.Append(Judgement(3), 1, models_).ok());
  evidence::v1::Record correction = Judgement(2);
  correction.mutable_judgement()->set_name("locations/1-1/judgements/b");
  correction.mutable_judgement()->set_supersedes("locations/1-1/judgements/a");
  correction.mutable_judgement()->mutable_effective_date()->set_year(2024);
  ASSERT_TRUE(history_.Append(correction, 2, models_).ok());
  EXPECT_EQ(LevelNow(), 2) << "though the corrected one is effective later";
  ASSERT_TRUE(
      history_
          .Append(Parse(R"(retraction { record: "locations/1-1/judgements/b" reason: "x" })"), 3,
                  models_)
          .ok());
  EXPECT_EQ(LevelNow(), 0);
}

TEST_F(HistoryTest, TakesActionsFlagsSectorsAndServices) {
  ASSERT_TRUE(history_
                  .Append(Parse(R"(action { kind: REGULATORY_ACTION_KIND_BREACH
      regulation: "12" opened { year: 2025 month: 1 day: 1 } service: "homecare" })"),
                          1, models_)
                  .ok());
  ASSERT_TRUE(history_
                  .Append(Parse(R"(location { sector: "nhs-trust"
      flags { id: "f" from { year: 2025 month: 1 day: 1 } } })"),
                          2, models_)
                  .ok());
  ASSERT_TRUE(history_
                  .Append(Parse(R"(service { name: "locations/1-1/services/homecare"
      sector: "adult-social-care" })"),
                          3, models_)
                  .ok());
  const State state = Fold(history_, D("2025-06-01"));
  ASSERT_EQ(state.actions.size(), 1U);
  EXPECT_EQ(history_.units()[state.actions[0].unit].service, "homecare");
  ASSERT_EQ(state.flags.size(), 1U);
  EXPECT_EQ(state.flags[0].id, "f");
  EXPECT_EQ(state.SectorOf(0), "nhs-trust");
  EXPECT_EQ(state.SectorOf(state.actions[0].unit), "adult-social-care");
}

TEST_F(HistoryTest, ACorrectedOrRetractedOverrideNoLongerActs) {
  const auto append = [&](const char* text, std::int64_t counter) {
    const absl::Status taken = history_.Append(Parse(text), counter, models_);
    ASSERT_TRUE(taken.ok()) << taken;
  };
  const auto levels = [&](std::int64_t known) {
    std::vector<int> found;
    for (const Entry& entry : Fold(history_, D("2025-06-01"), known).overrides) {
      found.push_back(entry.level);
    }
    return found;
  };
  append(R"(override { name: "locations/1-1/overrides/a" node { group: "safe" }
      framework_version: "frameworks/small/versions/scores" outcome { scale: "rating" level: 1 }
      effective_date { year: 2025 month: 1 day: 1 } })",
         1);
  append(R"(override { name: "locations/1-1/overrides/b" node { group: "safe" }
      framework_version: "frameworks/small/versions/scores" outcome { scale: "rating" level: 2 }
      effective_date { year: 2024 month: 1 day: 1 } supersedes: "locations/1-1/overrides/a" })",
         2);
  append(R"(retraction { record: "locations/1-1/overrides/b" reason: "x" })", 3);
  EXPECT_EQ(levels(1), std::vector<int>{1});
  EXPECT_EQ(levels(2), std::vector<int>{2}) << "though the corrected one is effective later";
  EXPECT_EQ(levels(3), std::vector<int>{});
}

TEST_F(HistoryTest, WhatNoRatingRestsOnLeavesNoTrace) {
  for (const char* text :
       {R"(evidence { name: "locations/1-1/evidence/a" text: "x" })",
        R"(publication { name: "locations/1-1/publications/a" })",
        R"(erasure { record: "locations/1-1/judgements/a" })",
        R"(retraction { record: "locations/1-1/evidence/a" reason: "x" })",
        R"(retraction { record: "locations/1-1/publications/a" reason: "x" })"}) {
    ASSERT_TRUE(history_.Append(Parse(text), 7, models_).ok()) << text;
  }
  EXPECT_EQ(history_.newest_counter(), 0);
  EXPECT_TRUE(history_.supersessions().empty());
}

TEST_F(HistoryTest, ARecordOfAServiceIsAboutThatService) {
  ASSERT_TRUE(history_
                  .Append(Parse(R"(subject: "locations/1-1/services/homecare"
      action { kind: REGULATORY_ACTION_KIND_BREACH opened { year: 2025 month: 1 day: 1 } })"),
                          1, models_)
                  .ok());
  ASSERT_TRUE(history_
                  .Append(Parse(R"(subject: "locations/1-1"
      action { kind: REGULATORY_ACTION_KIND_BREACH opened { year: 2025 month: 1 day: 1 } })"),
                          2, models_)
                  .ok());
  const State state = Fold(history_, D("2025-06-01"));
  ASSERT_EQ(state.actions.size(), 2U);
  EXPECT_EQ(history_.units()[state.actions[0].unit].service, "homecare");
  EXPECT_EQ(state.actions[1].unit, 0);
}

TEST_F(HistoryTest, RefusesBadRecordsAndTakesNothingOfThem) {
  struct Case {
    const char* text;
    absl::StatusCode code;
    const char* says;
  };
  const char* frame = R"(judgement { framework_version: "frameworks/small/versions/scores"
      status: JUDGEMENT_STATUS_ASSESSED effective_date { year: 2025 month: 1 day: 1 } )";
  for (const Case& c : std::vector<Case>{
           {"node { item: 'safe.none' } outcome { scale: 'score' level: 1 }",
            absl::StatusCode::kInvalidArgument, "node.item"},
           {"node { item: 'safe.one' } outcome { scale: 'score' level: 5 }",
            absl::StatusCode::kInvalidArgument, "1 to 4"},
           {"node { item: 'safe.one' } outcome { scale: 'score' }",
            absl::StatusCode::kInvalidArgument, "outcome.level"},
           {"node { item: 'safe.one' } outcome { scale: 'rating' level: 1 }",
            absl::StatusCode::kInvalidArgument, "outcome.scale"},
           {"node { item: 'safe.one' }", absl::StatusCode::kInvalidArgument, "not_rated.reason"},
           {"node { item: 'safe.one' group: 'led' } outcome { scale: 'score' level: 1 }",
            absl::StatusCode::kInvalidArgument, "node.group"},
           {"node { stage: 'x' } outcome { scale: 'rating' level: 1 }",
            absl::StatusCode::kInvalidArgument, "node.stage"},
           {"effective_date { month: 13 } node { group: 'led' } outcome { scale: 'rating' level: 9 "
            "}",
            absl::StatusCode::kInvalidArgument, "effective_date"},
           {"framework_version: 'frameworks/x/versions/y'", absl::StatusCode::kNotFound,
            "x/versions/y"}}) {
    evidence::v1::Record record = Parse(std::string(frame) + "}");
    ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(
        absl::StrCat("judgement { ", c.text, " }"), &record));
    const absl::Status status = history_.Append(record, 1, models_);
    EXPECT_EQ(status.code(), c.code) << c.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
  }
  EXPECT_EQ(history_.newest_counter(), 0);
}

TEST_F(HistoryTest, TakesMoreUnitsRegulationsAndReasonsThanANationHas) {
  constexpr int kMany = 5000;
  const auto record = [](int number) {
    evidence::v1::Record judged = Judgement(3);
    judged.mutable_judgement()->set_name(absl::StrCat("locations/1-1/judgements/", number));
    judged.mutable_judgement()->mutable_not_rated()->set_reason("not-assessed");
    judged.mutable_judgement()->mutable_not_rated()->set_text(absl::StrCat("as of ", number));
    return judged;
  };
  for (const int round : {0, 1}) {
    for (int number = 0; number < kMany; ++number) {
      ASSERT_TRUE(history_.Append(record(number), round * kMany + number + 1, models_).ok());
      const auto unit = history_.InternUnit(absl::StrCat("s-", number));
      ASSERT_TRUE(unit.ok());
      EXPECT_EQ(*unit, number + 1);
      EXPECT_EQ(history_.InternRegulation(absl::StrCat(number)), number + 1u);
    }
    // What is met again is found again.
    EXPECT_EQ(history_.units().size(), kMany + 1u);
    EXPECT_EQ(history_.regulations().size(), kMany + 1u);
    EXPECT_EQ(history_.reasons().size(), static_cast<std::size_t>(kMany));
  }
  for (const Entry& entry : history_.entries()) {
    const int number = static_cast<int>((entry.counter - 1) % kMany);
    EXPECT_EQ(history_.reasons()[entry.reason].text(), absl::StrCat("as of ", number));
  }
  EXPECT_EQ(*history_.InternUnit("", "locations/1-2"), kMany + 1);
  EXPECT_NE(*history_.InternUnit("s-1", "locations/1-2"), *history_.InternUnit("s-1"));
  const SubjectHistory copy = history_;
  EXPECT_EQ(copy.reasons().size(), static_cast<std::size_t>(kMany));
}

TEST_F(HistoryTest, ALateReasonIsKeptInARating) {
  evidence::v1::Record judged = Judgement(3);
  judged.mutable_judgement()->mutable_not_rated()->set_reason("not-assessed");
  for (int number = 0; number < 40000; ++number) {
    type::v1::Unrated unrated;
    unrated.set_reason("not-assessed");
    unrated.set_text(absl::StrCat("as of ", number));
    history_.InternReason(unrated);
  }
  judged.mutable_judgement()->mutable_not_rated()->set_text("the last of all");
  ASSERT_TRUE(history_.Append(judged, 1, models_).ok());
  const State state = Fold(history_, D("2025-06-01"));
  ASSERT_EQ(state.entries.size(), 1u);
  EXPECT_EQ(history_.reasons()[state.entries[0].reason].text(), "the last of all");
  const Evaluation out = Rate(models_.at(0), 0, state);
  bool found = false;
  for (const NodeResult& node : out.nodes) {
    if (node.why != NoOutcome::kRecord) continue;
    found = true;
    ASSERT_GE(node.reason, 0);
    EXPECT_EQ(history_.reasons()[static_cast<std::size_t>(node.reason)].text(), "the last of all");
  }
  EXPECT_TRUE(found);
}

TEST_F(HistoryTest, HasALimitOfUnits) {
  for (std::size_t i = 1; i < SubjectHistory::kMaxUnits; ++i) {
    ASSERT_TRUE(history_.InternUnit(std::to_string(i)).ok());
  }
  EXPECT_EQ(history_.InternUnit("more").status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*history_.InternUnit("17"), 17);
}

// Regression: with the 65,535th regulation a subject lost its rating.
TEST_F(HistoryTest, AnActionIsOnItsRegulationHoweverManyThereAre) {
  for (std::uint32_t i = 1; i <= 70000; ++i) {
    ASSERT_EQ(history_.InternRegulation(std::to_string(i)), i);
  }
  const evidence::v1::Record notice = Parse(R"(action {
      kind: REGULATORY_ACTION_KIND_WARNING_NOTICE regulation: "one more"
      opened { year: 2025 month: 1 day: 1 } })");
  ASSERT_TRUE(history_.Append(notice, 1, models_).ok());
  ASSERT_EQ(history_.actions().size(), 1u);
  EXPECT_EQ(history_.regulations()[history_.actions()[0].regulation], "one more");
}

TEST_F(HistoryTest, ReasonsOverTheLimitShareOne) {
  type::v1::Unrated unrated;
  unrated.set_reason("not-assessed");
  for (std::size_t i = 0; i + 1 < SubjectHistory::kMaxReasons; ++i) {
    unrated.set_text(std::to_string(i));
    ASSERT_EQ(history_.InternReason(unrated), i);
  }
  unrated.set_text("more");
  EXPECT_EQ(history_.InternReason(unrated), SubjectHistory::kMaxReasons - 1);
  unrated.set_text("still more");
  EXPECT_EQ(history_.InternReason(unrated), SubjectHistory::kMaxReasons - 1);
  EXPECT_EQ(history_.reasons().back().reason(), "various");
  unrated.set_text("17");
  EXPECT_EQ(history_.InternReason(unrated), 17);
}

}  // namespace
}  // namespace assay::model
