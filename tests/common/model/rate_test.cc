// The readings that the contract fixes, by number, and methods of every shape as data.
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/model/program.h"
#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using evidence::v1::REGULATORY_ACTION_KIND_REQUIREMENT_NOTICE;
using evidence::v1::REGULATORY_ACTION_KIND_WARNING_NOTICE;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

enum Ratings { kUnrated = 0, kInadequate, kRequiresImprovement, kGood, kOutstanding };

std::shared_ptr<const CompiledModel> Scores() {
  static const auto model = MustCompile(SmallScores());
  return model;
}

Subject SafeScores(const std::vector<int>& scores) {
  static constexpr const char* kItems[] = {"safe.one",  "safe.two",  "safe.three",
                                           "safe.four", "safe.five", "safe.six"};
  Subject subject({Scores()});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] != 0) subject.Judge(kItems[i], scores[i]);
  }
  return subject;
}

void AddOverride(Subject& subject, absl::string_view node, int level) {
  Entry entry = subject.MakeEntry(node, "2025-02-01", 0);
  entry.level = static_cast<Level>(level);
  entry.status = Status::kOverride;
  if (level == 0) {
    type::v1::Unrated unrated;
    unrated.set_reason("under-appeal");
    entry.reason = subject.history().InternReason(unrated);
  }
  subject.history().Add(entry);
}

TEST(Reading1, CapsLookAtTheMethodsOutcomeAndTheLowestHolds) {
  // 4,4,4,1: 81 %, good, capped by the score of 1 and by the notice alike.
  Subject subject = SafeScores({4, 4, 4, 1});
  subject.Open(REGULATORY_ACTION_KIND_REQUIREMENT_NOTICE, "12");
  const Evaluation& rated = subject.Rate();
  const NodeResult& safe = subject.At("safe");
  EXPECT_EQ(safe.method_level, kGood);
  EXPECT_EQ(safe.level, kRequiresImprovement);
  EXPECT_EQ(safe.caps_applied, 0b00101U);
  EXPECT_EQ(safe.caps_bound, 0b00101U);
  EXPECT_EQ(LimiterOf(rated, safe), "limiter.good");
  // Two equal caps hide each other: only without both is it good.
  auto derivation = Derive(rated, subject.state());
  ASSERT_TRUE(derivation.ok());
  for (const auto& step : derivation->steps()) {
    if (step.node().group() != "safe") continue;
    EXPECT_EQ(step.caps(0).outcome_without().level(), kRequiresImprovement);
    EXPECT_EQ(step.caps(2).outcome_without().level(), kRequiresImprovement);
    EXPECT_EQ(step.outcome_without_caps().level(), kGood);
  }
  // A lower cap holds; the higher ones apply but do not bind.
  subject.Open(REGULATORY_ACTION_KIND_WARNING_NOTICE, "12");
  subject.Rate();
  EXPECT_EQ(subject.LevelAt("safe"), kInadequate);
  EXPECT_EQ(subject.At("safe").caps_applied, 0b01101U);
  EXPECT_EQ(subject.At("safe").caps_bound, 0b01000U);
}

TEST(Reading1, ACapNeverCreatesARating) {
  Subject subject = SafeScores({3, 3});
  subject.Open(REGULATORY_ACTION_KIND_WARNING_NOTICE, "17");
  subject.Rate();
  EXPECT_EQ(subject.LevelAt("led"), kUnrated);
  EXPECT_EQ(subject.LevelAt("safe"), kGood);
}

TEST(Reading2, PercentagesRoundHalfUpOnTheExactFraction) {
  struct Case {
    int sum, most, half_up, half_even, down, up;
  };
  for (const Case& c : std::vector<Case>{{5, 8, 63, 62, 62, 63},
                                         {7, 8, 88, 88, 87, 88},
                                         {11, 16, 69, 69, 68, 69},
                                         {14, 36, 39, 39, 38, 39},
                                         {26, 68, 38, 38, 38, 39},
                                         {1, 3, 33, 33, 33, 34},
                                         {4, 4, 100, 100, 100, 100}}) {
    EXPECT_EQ(WholePercent(framework::v1::ROUNDING_HALF_UP, c.sum, c.most), c.half_up);
    EXPECT_EQ(WholePercent(framework::v1::ROUNDING_HALF_UP, c.sum, c.most),
              (200 * c.sum + c.most) / (2 * c.most));
    EXPECT_EQ(WholePercent(framework::v1::ROUNDING_HALF_EVEN, c.sum, c.most), c.half_even);
    EXPECT_EQ(WholePercent(framework::v1::ROUNDING_DOWN, c.sum, c.most), c.down);
    EXPECT_EQ(WholePercent(framework::v1::ROUNDING_UP, c.sum, c.most), c.up);
  }
  Subject subject = SafeScores({2, 3});  // 5/8, the half that decides
  subject.Rate();
  EXPECT_EQ(subject.At("safe").percent, 63);
  EXPECT_EQ(subject.At("safe").numerator, 5);
  EXPECT_EQ(subject.At("safe").denominator, 8);
  EXPECT_EQ(subject.LevelAt("safe"), kGood);
}

TEST(Reading3, BlanksAreLeftOutOfN) {
  Subject subject = SafeScores({4});
  subject.NotRated("safe.two", "not-assessed");
  subject.Judge("safe.three", 4, "2025-01-01", Status::kCarriedForward);
  subject.Rate();
  EXPECT_EQ(subject.At("safe").rated, 2);  // carried forward with a score counts, without one not
  EXPECT_EQ(subject.At("safe").total, 6);
  EXPECT_EQ(subject.LevelAt("safe"), kOutstanding);
}

TEST(Reading4, CategoriesThenHeldThenPreviousThenBlank) {
  const auto model = MustCompile(SmallCategories());
  const auto judged = MustCompile(SmallJudged());
  Subject subject({model, judged});
  subject.Judge("safe", kInadequate, "2020-01-01", Status::kAssessed, 1);
  subject.Judge("safe.one/people", 4).Judge("safe.one/observation", 1).Judge("safe.one", 1);
  subject.Judge("safe.two", 3);
  subject.Sector("nhs-trust");
  subject.Rate();
  EXPECT_EQ(subject.LevelAt("safe.one"), 4) << "observation is not required, the held score unread";
  EXPECT_EQ(subject.At("safe.one").rated, 1);
  EXPECT_EQ(subject.At("safe.one").total, 2);
  EXPECT_EQ(subject.LevelAt("safe.two"), 3);
  EXPECT_EQ(subject.LevelAt("safe.three"), 1) << "from the rating before";
  EXPECT_EQ(subject.At("safe.three").origin, Origin::kCarriedForward);
  EXPECT_EQ(subject.LevelAt("led.one"), 0);
  // Without a matrix row every scored category counts, and no blank one.
  subject.Sector("adult-social-care");
  subject.Rate();
  EXPECT_EQ(subject.LevelAt("safe.one"), 3);  // 5/8
  EXPECT_EQ(subject.At("safe.one").total, 2);
}

TEST(Reading5, OverallByAbsoluteCounts) {
  const std::vector<std::tuple<std::vector<int>, int, std::string>> cases = {
      {{}, kUnrated, ""},
      {{kOutstanding}, kOutstanding, "one-rated"},
      {{kInadequate}, kInadequate, "one-rated"},
      {{kInadequate, kOutstanding}, kRequiresImprovement, "one-inadequate"},
      {{kInadequate, kInadequate, kOutstanding}, kInadequate, "two-inadequate"},
      {{kRequiresImprovement, kRequiresImprovement},
       kRequiresImprovement,
       "two-requires-improvement"},
      {{kOutstanding, kOutstanding}, kOutstanding, "two-outstanding"},
      {{kOutstanding, kOutstanding, kRequiresImprovement}, kGood, "good"},
  };
  const auto model = MustCompile(SmallJudged());
  for (const auto& [ratings, overall, rule] : cases) {
    Subject subject({model});
    for (std::size_t i = 0; i < ratings.size(); ++i) {
      subject.Judge(model->version().groups(static_cast<int>(i)).id(), ratings[i]);
    }
    subject.Rate();
    EXPECT_EQ(subject.Overall(), overall);
    EXPECT_EQ(subject.Rule(), rule);
  }
}

TEST(Reading6, AnItemOfSomeSectorsCountsWhereTheSectorIsUnknownIfScored) {
  const auto run = [](absl::string_view sector, bool scored) {
    Subject subject({Scores()});
    subject.Judge("led.one", 4);
    if (scored) subject.Judge("led.three", 1);
    if (!sector.empty()) subject.Sector(sector);
    subject.Rate();
    return std::make_pair(int{subject.At("led").rated}, int{subject.At("led").total});
  };
  EXPECT_EQ(run("", true), std::make_pair(2, 3));
  EXPECT_EQ(run("", false), std::make_pair(1, 2));
  EXPECT_EQ(run("nhs-trust", true), std::make_pair(2, 3));
  EXPECT_EQ(run("nhs-trust", false), std::make_pair(1, 3));
  EXPECT_EQ(run("adult-social-care", true), std::make_pair(1, 2));
  EXPECT_EQ(run("Social Care Org", true), std::make_pair(1, 2)) << "by its alias";
}

TEST(Reading7, ActionsAreOpenFromTheFirstDayToBeforeTheLast) {
  Subject subject({Scores()});
  for (const char* item : {"safe.one", "led.one"}) subject.Judge(item, 4, "2024-01-01");
  subject.Open(REGULATORY_ACTION_KIND_WARNING_NOTICE, "12", "2025-01-10", "2025-02-01");
  const std::vector<std::tuple<std::string, int, int>> days = {
      {"2025-01-09", kOutstanding, kOutstanding},
      {"2025-01-10", kInadequate, kRequiresImprovement},
      {"2025-01-31", kInadequate, kRequiresImprovement},
      {"2025-02-01", kOutstanding, kOutstanding}};
  for (const auto& [day, safe, overall] : days) {
    subject.Rate(day);
    EXPECT_EQ(subject.LevelAt("safe"), safe) << day;
    EXPECT_EQ(subject.LevelAt("led"), kOutstanding) << day;
    EXPECT_EQ(subject.Overall(), overall) << day;
  }
}

TEST(Reading7, AnActionWithoutARegulationOrWithoutADirectLinkTouchesOnlyTheOverall) {
  for (const char* regulation : {"", "18", "99"}) {
    Subject subject({Scores()});
    for (const char* item : {"safe.one", "led.one"}) subject.Judge(item, 4);
    subject.Open(REGULATORY_ACTION_KIND_REQUIREMENT_NOTICE, regulation);
    subject.Rate();
    EXPECT_EQ(subject.LevelAt("safe"), kOutstanding) << regulation;
    EXPECT_EQ(subject.Overall(), kRequiresImprovement) << regulation;
  }
}

TEST(Reading8, AnOverrideActsAfterTheCapsAndFlowsOn) {
  Subject subject = SafeScores({3, 3});
  AddOverride(subject, "safe", kOutstanding);
  subject.Rate();
  EXPECT_EQ(subject.LevelAt("safe"), kOutstanding);
  EXPECT_EQ(subject.At("safe").computed_level, kGood);
  EXPECT_EQ(subject.At("safe").origin, Origin::kOverridden);
  EXPECT_EQ(subject.Overall(), kOutstanding);
  AddOverride(subject, "safe", kUnrated);
  subject.Rate();
  EXPECT_EQ(subject.Overall(), kUnrated);
  EXPECT_EQ(subject.Reason(), "under-appeal");
}

TEST(Reading8, AStrictCapHoldsAnOverrideAndAWeakOneYields) {
  Subject strict = SafeScores({4, 4, 4, 1});
  AddOverride(strict, "safe", kOutstanding);
  strict.Rate();
  EXPECT_EQ(strict.LevelAt("safe"), kRequiresImprovement);
  EXPECT_THAT(WarningCodes(strict.At("safe").warnings), ElementsAre("override-held-by-cap"));
  Subject normally = SafeScores({3, 3});
  normally.Open(REGULATORY_ACTION_KIND_WARNING_NOTICE, "12");
  AddOverride(normally, "safe", kGood);
  normally.Rate();
  EXPECT_EQ(normally.LevelAt("safe"), kGood);
  EXPECT_EQ(normally.At("safe").computed_level, kInadequate);
}

TEST(Reading9, AnAuthorityNeedsAllNineAndHasNoLimiters) {
  const auto model = MustCompile(SmallAuthority());
  const std::vector<std::tuple<std::vector<int>, int, int>> cases = {
      {{3, 3, 3, 2, 2, 2, 2, 2, 3}, 61, kRequiresImprovement},
      {{3, 3, 3, 2, 2, 2, 2, 3, 3}, 64, kGood},
      {{4, 4, 4, 4, 4, 4, 4, 3, 1}, 89, kOutstanding},
      {{2, 2, 2, 2, 2, 1, 1, 1, 1}, 39, kRequiresImprovement},
      {{4, 4, 4, 4, 4, 4, 4, 4, 0}, 100, kUnrated}};
  for (const auto& [scores, percent, rating] : cases) {
    Subject subject({model}, "areas/la.E1");
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] == 0) continue;
      subject.Judge(model->version().items(static_cast<int>(i)).id(), scores[i]);
    }
    subject.Rate();
    EXPECT_EQ(subject.At("").percent, percent);
    EXPECT_EQ(subject.Overall(), rating);
    EXPECT_EQ(subject.Reason(), rating == kUnrated ? "too-few-inputs" : "");
  }
}

TEST(Reading9, ALocationWithSeveralServicesIsRatedByService) {
  Subject subject({Scores()});
  subject.Judge("homecare:safe.one", 4)
      .Judge("care-home:safe.one", 1)
      .Judge("care-home:led.one", 3);
  subject.Open(REGULATORY_ACTION_KIND_WARNING_NOTICE, "12", "2024-01-01", "", "homecare");
  const Evaluation& rated = subject.Rate();
  EXPECT_EQ(subject.LevelAt("homecare:safe"), kInadequate);
  EXPECT_EQ(subject.LevelAt("care-home:safe"), kInadequate);
  EXPECT_EQ(subject.LevelAt("care-home:led"), kGood) << "a notice on the other service";
  EXPECT_EQ(subject.Overall(), kUnrated);
  EXPECT_EQ(subject.Reason(), "rated-by-service");
  scoring::v1::Rating rating;
  FillRating(rated, subject.state(), true, rating);
  ASSERT_EQ(rating.services_size(), 2);
  EXPECT_EQ(rating.services(0).service(), "care-home");
  EXPECT_EQ(rating.services(0).outcome().level(), kRequiresImprovement);
  EXPECT_EQ(rating.groups_size(), 0);
  EXPECT_EQ(rating.unrated().reason(), "rated-by-service");
}

TEST(Reading10, StarsCompareTheOriginalsAndTheCapComesLast) {
  const auto model = MustCompile(SmallStars());
  struct Case {
    int inspection, staffing, quality, overall;
    const char* rule;
  };
  for (const Case& c :
       std::vector<Case>{{3, 4, 5, 5, "staffing-up,quality-up"},
                         {3, 0, 0, 3, ""},
                         {0, 5, 5, 0, ""},
                         {4, 4, 5, 5, "quality-up"},  // staffing is not above the inspection
                         {5, 5, 5, 5, "quality-up"},  // held to five
                         {1, 1, 5, 2, "staffing-down,quality-up"},  // held to one, then up
                         {1, 5, 5, 2, "staffing-up,quality-up"},    // three, but two at most
                         {2, 1, 1, 1, "staffing-down,quality-down"},
                         {3, 4, 1, 3, "staffing-up,quality-down"}}) {
    Subject subject({model});
    if (c.inspection != 0) subject.Judge("inspection", c.inspection);
    if (c.staffing != 0) subject.Judge("staffing", c.staffing);
    if (c.quality != 0) subject.Judge("quality", c.quality);
    subject.Rate();
    EXPECT_EQ(subject.Overall(), c.overall) << c.inspection << c.staffing << c.quality;
    EXPECT_EQ(subject.Rule(), c.rule) << c.inspection << c.staffing << c.quality;
  }
}

TEST(Reading10, AnInputThatIsLeftOutMovesNoStep) {
  for (const auto& [left_out, overall] : {std::pair("staffing", 3), std::pair("inspection", 0)}) {
    framework::v1::FrameworkVersion version = SmallStars();
    auto& stages = *version.mutable_scoring_model()->mutable_ladders(0)->mutable_stages();
    framework::v1::Exclusion& exclusion = *stages.rbegin()->add_exclusions();
    exclusion.add_nodes(left_out);
    exclusion.set_reason("It is not known well enough.");
    Subject subject({MustCompile(version)});
    subject.Judge("inspection", 3).Judge("staffing", 5).Judge("quality", 3).Rate();
    EXPECT_EQ(subject.Overall(), overall) << left_out;
    EXPECT_EQ(subject.Rule(), "") << left_out;
  }
}

// What plans rest on: a step is one score up by one, and any order of steps ends in the same
// rating.
TEST(Reading11, AnOutcomeDependsOnTheFinalScoresAlone) {
  Subject up = SafeScores({2, 2});
  up.Judge("safe.one", 3, "2025-02-01").Judge("safe.two", 3, "2025-03-01");
  Subject other = SafeScores({2, 2});
  other.Judge("safe.two", 3, "2025-02-01").Judge("safe.one", 3, "2025-03-01");
  up.Rate();
  other.Rate();
  EXPECT_EQ(up.LevelAt("safe"), kGood);
  EXPECT_EQ(other.LevelAt("safe"), up.LevelAt("safe"));
}

TEST(Reading12, ScoringABlankCanLowerARating) {
  Subject subject = SafeScores({1, 4, 4, 4, 4, 4});
  subject.Rate();
  EXPECT_EQ(subject.At("safe").percent, 88);
  EXPECT_EQ(subject.LevelAt("safe"), kGood) << "outstanding, limited to good by the 1";
  Subject wider({MustCompile([] {
    framework::v1::FrameworkVersion version = SmallScores();
    auto* item = version.add_items();
    item->set_id("safe.seven");
    item->set_group("safe");
    return version;
  }())});
  for (const char* item : {"safe.two", "safe.three", "safe.four", "safe.five", "safe.six"}) {
    wider.Judge(item, 4);
  }
  wider.Judge("safe.one", 1).Judge("safe.seven", 3);
  wider.Rate();
  EXPECT_EQ(wider.At("safe").percent, 86);
  EXPECT_EQ(wider.LevelAt("safe"), kRequiresImprovement);
}

TEST(Given, TheComputationIsPreferredWhereCompleteAndNoOlder) {
  struct Case {
    const char* given_day;
    int led_two;  // 0: the inputs are not all there
    bool given;
  };
  for (const Case& c : std::vector<Case>{{"2025-01-01", 3, false},
                                         {"2024-12-01", 3, false},
                                         {"2025-01-02", 3, true},
                                         {"2024-12-01", 0, true}}) {
    Subject subject({Scores()});
    subject.Sector("adult-social-care").Judge("led.one", 3);
    if (c.led_two != 0) subject.Judge("led.two", c.led_two);
    subject.Judge("led", kOutstanding, c.given_day, Status::kGiven);
    const Evaluation& rated = subject.Rate();
    const NodeResult& led = subject.At("led");
    EXPECT_EQ(led.level, c.given ? kOutstanding : kGood);
    EXPECT_EQ(led.origin, c.given ? Origin::kGiven : Origin::kComputed);
    EXPECT_EQ(led.computed_level, c.given ? kGood : kUnrated);
    EXPECT_THAT(WarningCodes(led.warnings), ElementsAre("given-differs-from-computed"));
    EXPECT_EQ(RuleOf(rated, led), c.given ? "" : "good");
  }
}

TEST(Given, AGroupWithoutScoresAndAReasonInARatingsPlace) {
  Subject subject({Scores()});
  subject.Judge("safe", kGood, "2025-01-01", Status::kGiven);
  subject.NotRated("led", "inspected-but-not-rated");
  const Evaluation& rated = subject.Rate();
  EXPECT_EQ(subject.Overall(), kGood);
  EXPECT_EQ(UnratedOf(rated, subject.state(), subject.At("led")).reason(),
            "inspected-but-not-rated");
  EXPECT_THAT(WarningCodes(subject.At("safe").warnings), IsEmpty());
}

TEST(CarryForward, OlderVersionsEnterOnlyThroughTheirGroupRatings) {
  const auto judged = MustCompile(SmallJudged());
  Subject subject({Scores(), judged});
  subject.Judge("safe", kRequiresImprovement, "2019-01-01", Status::kAssessed, 1);
  subject.Judge("led", kOutstanding, "2019-01-01", Status::kAssessed, 1);
  subject.Judge("safe.one", 4, "2025-01-01");
  subject.Judge("safe.two", 1, "2024-01-01", Status::kCarriedForward);
  const Evaluation& rated = subject.Rate();
  EXPECT_EQ(rated.version, 0);
  EXPECT_EQ(subject.LevelAt("safe.one"), 4);
  EXPECT_EQ(subject.LevelAt("safe.two"), 1) << "a published carried-forward score beats the table";
  EXPECT_EQ(subject.LevelAt("safe.three"), 2);
  EXPECT_EQ(subject.LevelAt("led.one"), 4);
  EXPECT_EQ(subject.At("led.three").counted, false) << "not where it is unknown whether it applies";
  EXPECT_EQ(subject.At("led.one").newest, D("2019-01-01"));
  EXPECT_EQ(subject.LevelAt("led"), kOutstanding);
  // Before the newer assessment the older version rates.
  EXPECT_EQ(subject.Rate("2020-01-01").version, 1);
  EXPECT_EQ(subject.Overall(), kGood) << "one of each";
  EXPECT_EQ(subject.Rate("2018-01-01").version, -1);
  EXPECT_EQ(subject.Reason(), "no-judgements");
}

TEST(CarryForward, CarriedForwardScoresAloneDoNotChooseTheVersion) {
  Subject subject({Scores(), MustCompile(SmallJudged())});
  subject.Judge("safe", kGood, "2019-01-01", Status::kAssessed, 1);
  subject.Judge("safe.one", 4, "2025-01-01", Status::kCarriedForward);
  EXPECT_EQ(subject.Rate().version, 1);
}

TEST(Trust, ServicesCollapseBothWaysAndWellLedIsEntered) {
  Subject subject({MustCompile(SmallJudged())}, "providers/1-1");
  for (const char* service : {"a", "b", "small-ward"}) {
    const bool small = std::string(service) == "small-ward";
    subject.Judge(absl::StrCat(service, ":safe"), small ? kInadequate : kGood);
    subject.Judge(absl::StrCat(service, ":led"), kRequiresImprovement);
  }
  subject.Judge("led", kOutstanding);
  type::v1::Node resources;
  resources.set_stage("resources");
  const auto place = subject.models().at(0).ResolveNode(resources);
  ASSERT_TRUE(place.ok());
  Entry entry = subject.MakeEntry("", "2025-01-01", 0);
  entry.place = *place;
  entry.level = kRequiresImprovement;
  subject.history().Add(entry);
  const Evaluation& rated = subject.Rate();
  EXPECT_EQ(subject.LevelAt("a:"), kGood);
  EXPECT_EQ(subject.LevelAt("small-ward:"), kRequiresImprovement);
  EXPECT_EQ(subject.LevelAt("safe"), kGood) << "the small ward is left out";
  EXPECT_EQ(subject.At("safe").total, 2);
  EXPECT_EQ(subject.LevelAt("led"), kOutstanding);
  EXPECT_EQ(subject.At("led").origin, Origin::kAssessed);
  EXPECT_EQ(rated.Find(3, 0, 0)->level, kGood);
  EXPECT_EQ(subject.Overall(), kRequiresImprovement);
  EXPECT_EQ(subject.Rule(), "resources-down");
}

TEST(Flags, AreFactsWithDaysAndTheSectorMustBeKnown) {
  Subject subject({Scores()});
  subject.Judge("led.one", 3);
  subject.Sector("adult-social-care",
                 {{"registered-manager-missing", D("2025-03-01"), D("2025-04-01")}});
  EXPECT_EQ((subject.Rate("2025-02-28"), subject.LevelAt("led")), kGood);
  EXPECT_EQ((subject.Rate("2025-03-01"), subject.LevelAt("led")), kRequiresImprovement);
  EXPECT_EQ((subject.Rate("2025-04-01"), subject.LevelAt("led")), kGood);
  subject.Sector("", {{"registered-manager-missing"}});
  EXPECT_EQ((subject.Rate(), subject.LevelAt("led")), kGood);
}

TEST(Ladder, AKindThatNoLadderRates) {
  Subject subject({Scores()}, "providers/1-1");
  subject.Judge("safe.one", 3);
  EXPECT_EQ(subject.Rate().ladder, -1);
  EXPECT_EQ(subject.Reason(), "no-ladder");
}

}  // namespace
}  // namespace assay::model
