// The shipped methods at every level that they rate: services, locations, trusts, areas, and what
// is not rated.
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/model/program.h"
#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using ::testing::ElementsAre;

enum Ratings { kUnrated = 0, kInadequate, kRequiresImprovement, kGood, kOutstanding };

std::shared_ptr<const CompiledModel> Shipped(const std::string& name) {
  static auto& models = *new std::map<std::string, std::shared_ptr<const CompiledModel>>;
  auto& model = models[name];
  if (model == nullptr) model = MustCompile(LoadShipped(name));
  return model;
}

std::shared_ptr<const CompiledModel> Kloe() { return Shipped("cqc-kloe@2017-11"); }
std::shared_ptr<const CompiledModel> Saf() { return Shipped("cqc-saf@2024-12"); }

constexpr const char* kGroups[] = {"safe", "effective", "caring", "responsive", "well-led"};

// Judges the five key questions of a place, `RGGGG`, at a prefix such as `surgery:`.
void JudgeAll(Subject& subject, const std::string& at, const std::string& letters,
              absl::string_view day = "2019-06-01") {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const std::size_t level = std::string("-IRGO").find(letters[i]);
    if (level != 0) subject.Judge(at + kGroups[i], static_cast<int>(level), day);
  }
}

std::string LadderOf(const Evaluation& evaluation) {
  if (evaluation.ladder < 0) return "";
  return evaluation.model->program()
      .ladders[static_cast<std::size_t>(evaluation.ladder)]
      .source->id();
}

std::string Letters(const Subject& subject, const std::string& at = "") {
  std::string letters;
  for (const char* group : kGroups) letters += "-IRGO"[subject.LevelAt(at + group)];
  return letters;
}

// The published table for joining ratings: one of one to three, two of four to eight, three of nine
// or more; here by brute force over every count, in words of its own.
TEST(Aggregated, FollowsTheTableOfXOfN) {
  for (const char* name : {"cqc-kloe@2017-11", "cqc-saf@2023-11", "cqc-saf@2024-12"}) {
    const Program& program = Shipped(name)->program();
    const TableProgram* table = nullptr;
    for (const LadderProgram& ladder : program.ladders) {
      for (const StageProgram& stage : ladder.stages) {
        if (stage.source->table() == "aggregated") table = &stage.table;
      }
    }
    ASSERT_NE(table, nullptr) << name;
    for (int n = 1; n <= 14; ++n) {
      const int x = n <= 3 ? 1 : n <= 8 ? 2 : 3;
      for (int i = 0; i <= n; ++i) {
        for (int r = 0; i + r <= n; ++r) {
          for (int o = 0; i + r + o <= n; ++o) {
            InputCounts inputs;
            const int counts[] = {i, r, n - i - r - o, o};
            for (int level = 1; level <= 4; ++level) {
              for (int k = 0; k < counts[level - 1]; ++k)
                inputs.AddRated(static_cast<Level>(level));
            }
            const Level got = table->rows[table->lookup[table->Key(inputs)]].level;
            const int want = i >= x             ? kInadequate
                             : i > 0 || r >= x  ? kRequiresImprovement
                             : o >= x && r == 0 ? kOutstanding
                                                : kGood;
            ASSERT_EQ(got, want) << name << " n=" << n << " i=" << i << " r=" << r << " o=" << o;
          }
        }
      }
    }
  }
}

TEST(Kloe, AHospitalIsRatedFromItsCoreServices) {
  Subject subject({Kloe()});
  subject.Sector("nhs-trust");
  JudgeAll(subject, "surgery:", "RGGGG");
  JudgeAll(subject, "maternity:", "GGOGO");
  JudgeAll(subject, "critical-care:", "GGGGG");
  JudgeAll(subject, "end-of-life:", "RGOGG");
  EXPECT_EQ(LadderOf(subject.Rate("2019-07-01")), "location-by-service");
  EXPECT_EQ(subject.LevelAt("surgery:"), kGood);
  EXPECT_EQ(subject.LevelAt("maternity:"), kOutstanding);
  // Of four services two are enough.
  EXPECT_EQ(Letters(subject), "RGOGG");
  EXPECT_EQ(subject.Overall(), kGood);
}

// A published rating of the hospital holds unless all its services are newer: whether the record
// names every one of them nobody knows.
TEST(Kloe, APublishedRatingStandsBesideTheAggregatedOne) {
  for (const char* published : {"2019-05-31", "2019-06-01", "2019-06-02"}) {
    Subject subject({Kloe()});
    JudgeAll(subject, "surgery:", "RGGGG", "2019-06-01");
    JudgeAll(subject, "", "GGGGG", published);
    subject.Rate("2019-07-01");
    const bool older = D(published) < D("2019-06-01");
    EXPECT_EQ(subject.LevelAt("safe"), older ? kRequiresImprovement : kGood) << published;
    EXPECT_THAT(WarningCodes(subject.At("safe").warnings),
                ElementsAre("given-differs-from-computed"));
  }
  Subject subject({Kloe()});
  JudgeAll(subject, "surgery:", "RGGGG", "2019-06-01");
  JudgeAll(subject, "", "GGGGG", "2019-06-02");
  const Evaluation& rated = subject.Rate("2019-07-01");
  EXPECT_EQ(subject.At("safe").computed_level, kRequiresImprovement);
  EXPECT_THAT(WarningCodes(subject.At("safe").warnings),
              ElementsAre("given-differs-from-computed"));
  EXPECT_EQ(rated.overall()->level, kGood);
}

TEST(Kloe, PopulationGroupsCountUntilOctober2021) {
  const auto practice = [](absl::string_view day) {
    Subject subject({Kloe()});
    subject.Sector("GP Practices");
    int group = 0;
    for (const char* name :
         {"older-people", "long-term-conditions", "families-children-young-people", "working-age",
          "vulnerable-circumstances", "poor-mental-health"}) {
      subject.Judge(absl::StrCat(name, ":effective"), group < 2 ? kRequiresImprovement : kGood,
                    day);
      subject.Judge(absl::StrCat(name, ":responsive"),
                    group < 1 ? kRequiresImprovement : kOutstanding, day);
      ++group;
    }
    for (const char* question : {"safe", "caring", "well-led"}) subject.Judge(question, kGood, day);
    return subject;
  };
  Subject before = practice("2021-10-31");
  EXPECT_EQ(LadderOf(before.Rate("2021-12-01")), "practice-with-population-groups");
  // Two of six for effective; one of six is too few for responsive, and outstanding wants the
  // others good.
  EXPECT_EQ(Letters(before), "GRGGG");
  EXPECT_EQ(before.LevelAt("older-people:"), kRequiresImprovement);
  EXPECT_EQ(before.LevelAt("working-age:"), kOutstanding);
  EXPECT_EQ(before.Overall(), kGood);
  Subject after = practice("2021-11-01");
  EXPECT_EQ(LadderOf(after.Rate("2021-12-01")), "location-by-service");
}

TEST(Kloe, AnAcuteTrustIsRatedFromItsLocationsButForWellLed) {
  Subject subject({Kloe()}, "providers/R1");
  subject.Sector("nhs-trust");
  JudgeAll(subject, "1-1|surgery:", "IGGGG");
  JudgeAll(subject, "1-1|maternity:", "GGGRG");
  JudgeAll(subject, "1-2|surgery:", "GGOGI");
  subject.Judge("well-led", kOutstanding, "2019-06-01");
  EXPECT_EQ(LadderOf(subject.Rate("2019-07-01")), "acute-trust");
  EXPECT_EQ(Letters(subject, "1-1|"), "IGGRG");
  EXPECT_EQ(subject.LevelAt("1-1|"), kRequiresImprovement) << "one inadequate key question";
  EXPECT_EQ(Letters(subject, "1-2|"), "GGOGI");
  EXPECT_EQ(Letters(subject), "IGORO") << "well-led of the trust is never aggregated";
  EXPECT_EQ(subject.Overall(), kRequiresImprovement);
  EXPECT_EQ(subject.LevelAt("#combined"), kUnrated) << "no use of resources";
  subject.Judge("#use-of-resources", kInadequate, "2019-06-01");
  subject.Rate("2019-07-01");
  EXPECT_EQ(subject.LevelAt("#combined"), kInadequate) << "two of six";
  EXPECT_EQ(subject.Overall(), kRequiresImprovement);
}

TEST(Kloe, AMentalHealthTrustHasNoLocations) {
  Subject subject({Kloe()}, "providers/R2");
  subject.Sector("mental-health");
  JudgeAll(subject, "wards:", "RGGGI");
  JudgeAll(subject, "community:", "GGGGI");
  subject.Judge("well-led", kGood, "2019-06-01");
  EXPECT_EQ(LadderOf(subject.Rate("2019-07-01")), "trust-without-locations");
  EXPECT_EQ(Letters(subject), "RGGGG");
  EXPECT_EQ(subject.Overall(), kGood);
}

// What is not rated is judged on another scale, by the same node.
void JudgeMet(Subject& subject, const CompiledModel& model, const std::string& at, int level) {
  type::v1::Node node;
  (at.find('.') == std::string::npos ? node.mutable_group() : node.mutable_item())->assign(at);
  Entry entry = subject.MakeEntry(at, "2024-06-01", 0);
  entry.place = *model.ResolveNode(node, "regulations");
  entry.level = static_cast<Level>(level);
  subject.history().Add(entry);
}

TEST(NotRated, OnePartThatDoesNotMeetTheRegulationsIsEnough) {
  for (const char* name : {"cqc-saf@2023-11", "cqc-saf@2024-12"}) {
    const auto model = Shipped(name);
    Subject subject({model});
    subject.Sector("Primary Dental Care");
    JudgeMet(subject, *model, "safe.safeguarding", 2);
    JudgeMet(subject, *model, "safe.learning-culture", 1);
    JudgeMet(subject, *model, "caring.independence-choice-and-control", 2);
    const Evaluation& rated = subject.Rate("2025-06-01");
    EXPECT_EQ(LadderOf(rated), "not-rated") << name;
    EXPECT_EQ(subject.LevelAt("safe"), 1) << name;
    EXPECT_EQ(subject.LevelAt("caring"), 2) << name;
    EXPECT_EQ(subject.Overall(), kUnrated) << name;
    EXPECT_EQ(subject.Reason(), "service-not-rated") << name;
    scoring::v1::Rating rating;
    FillRating(rated, subject.state(), false, rating);
    EXPECT_EQ(rating.groups(0).outcome().label(), "Not all regulations met") << name;
    EXPECT_EQ(rating.groups(0).rating(), type::v1::RATING_UNSPECIFIED) << name;
  }
  Subject dentist({Kloe()});
  dentist.Sector("primary-dental");
  JudgeMet(dentist, *Kloe(), "safe", 2);
  EXPECT_EQ(LadderOf(dentist.Rate("2025-06-01")), "not-rated");
  EXPECT_EQ(dentist.Reason(), "service-not-rated");
}

TEST(Saf, AnNhsHospitalIsRatedFromItsServicesAndOthersAreNot) {
  const auto location = [](const char* sector) {
    Subject subject({Saf()});
    subject.Sector(sector);
    for (const char* service : {"surgery:", "maternity:"}) {
      for (const auto& item : Saf()->version().items()) {
        subject.Judge(service + item.id(), item.group() == "safe" && service[0] == 's' ? 2 : 3);
      }
    }
    return subject;
  };
  Subject hospital = location("nhs-trust");
  EXPECT_EQ(LadderOf(hospital.Rate()), "hospital");
  EXPECT_EQ(hospital.LevelAt("surgery:safe"), kRequiresImprovement);
  EXPECT_EQ(hospital.LevelAt("surgery:"), kGood);
  EXPECT_EQ(Letters(hospital), "RGGGG");
  EXPECT_EQ(hospital.Overall(), kGood);
  Subject care = location("adult-social-care");
  EXPECT_EQ(LadderOf(care.Rate()), "location-by-service");
  EXPECT_EQ(care.Reason(), "rated-by-service");
}

TEST(Saf, ATrustIsRatedForWellLedOnly) {
  Subject subject({Saf()}, "providers/R1");
  subject.Sector("nhs-trust");
  for (const auto& item : Saf()->version().items()) {
    if (item.group() == "well-led") subject.Judge(item.id(), 3);
  }
  EXPECT_EQ(LadderOf(subject.Rate()), "trust");
  EXPECT_EQ(subject.LevelAt("well-led"), kGood);
  EXPECT_EQ(subject.At("well-led").rated, 8) << "environmental sustainability counts for a trust";
  EXPECT_EQ(subject.Reason(), "rated-for-well-led-only");
  subject.Judge("well-led.freedom-to-speak-up", 1, "2025-02-01");
  EXPECT_EQ((subject.Rate(), subject.LevelAt("well-led")), kRequiresImprovement);
}

// Under the draft an assessor judges key questions; those not yet assessed keep their rating.
TEST(Asc, JudgesKeyQuestionsAndCarriesTheOthersForward) {
  Subject subject({Shipped("cqc-asc@2026-draft"), Saf()});
  subject.Sector("adult-social-care", {{"registered-manager-missing"}});
  for (const auto& item : Saf()->version().items()) {
    if (item.group() == "caring") subject.Judge(item.id(), 4, "2025-01-01", Status::kAssessed, 1);
    if (item.group() == "safe") subject.Judge(item.id(), 1, "2025-01-01", Status::kAssessed, 1);
  }
  JudgeAll(subject, "", "GG-GG", "2026-07-01");
  const Evaluation& rated = subject.Rate("2026-08-01");
  EXPECT_EQ(LadderOf(rated), "location");
  EXPECT_EQ(Letters(subject), "GGOGR") << "no manager limits well-led";
  EXPECT_EQ(subject.At("caring").origin, Origin::kCarriedForward);
  EXPECT_EQ(subject.Overall(), kGood);
  for (const auto& stage : rated.model->program().ladders[1].stages) {
    EXPECT_NE(stage.method, Method::kPercent);
  }
}

// A copy of the readings for authorities and systems, with the words that people get.
TEST(Areas, WantEveryScoreAndHaveNoLimiters) {
  struct Case {
    const char* name;
    int ones;  // so many statements score 1, the others 4
    int percent;
    int rating;
  };
  for (const Case& c :
       {Case{"cqc-la@2023-04", 1, 92, kOutstanding}, Case{"cqc-la@2023-04", 4, 67, kGood},
        Case{"cqc-la@2023-04", 9, 25, kInadequate}, Case{"cqc-ics@2023-draft", 14, 38, kInadequate},
        Case{"cqc-ics@2023-draft", 2, 91, kOutstanding}}) {
    const auto model = Shipped(c.name);
    Subject subject({model}, "areas/la.E1");
    int index = 0;
    for (const auto& item : model->version().items()) {
      subject.Judge(item.id(), index++ < c.ones ? 1 : 4);
    }
    subject.Rate();
    EXPECT_EQ(subject.At("").percent, c.percent) << c.name;
    EXPECT_EQ(subject.Overall(), c.rating) << c.name;
  }
  Subject ics({Shipped("cqc-ics@2023-draft")}, "areas/icb.QHL");
  for (const auto& item : Shipped("cqc-ics@2023-draft")->version().items()) {
    if (item.group() != "leadership") ics.Judge(item.id(), item.group() == "integration" ? 2 : 3);
  }
  ics.Rate();
  EXPECT_EQ(ics.LevelAt("quality-and-safety"), 3);
  EXPECT_EQ(ics.LevelAt("integration"), 2);
  EXPECT_EQ(ics.LevelAt("leadership"), 0);
  EXPECT_EQ(ics.Reason(), "fewer-than-seventeen-scores");
}

}  // namespace
}  // namespace assay::model
