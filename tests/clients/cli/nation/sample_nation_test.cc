#include "clients/cli/nation/sample_nation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "clients/cli/ingest/request_id.h"
#include "services/common/clock/day_proto.h"
#include "services/common/digest/digest.h"
#include "services/common/model/fold.h"
#include "services/common/model/history.h"
#include "services/common/model/rate.h"
#include "services/common/names/names.h"
#include "services/common/text/uuid.h"
#include "tests/clients/cli/testing/shipped_models.h"

namespace assay::nation {
namespace {

using clock::Day;
using evidence::v1::Judgement;
using evidence::v1::Location;
using evidence::v1::RecordWrite;
using ::testing::HasSubstr;
using type::v1::Rating;

Day Until() { return Day::Parse("2026-10-31").value(); }

absl::StatusOr<std::unique_ptr<SampleNation>> MakeNation(const NationOptions& options) {
  static const auto* const kVersions =
      new std::vector<std::shared_ptr<const framework::v1::FrameworkVersion>>(
          testing::ShippedVersions());
  std::vector<const framework::v1::FrameworkVersion*> versions;
  for (const auto& version : *kVersions) versions.push_back(version.get());
  auto geography =
      std::make_shared<const geography::Geography>(geography::Geography::Load().value());
  return SampleNation::Create(options, Methods::From(versions).value(), std::move(geography));
}

std::vector<RecordWrite> All(std::int64_t locations, std::uint64_t seed = 1) {
  NationOptions options;
  options.locations = locations;
  options.seed = seed;
  std::unique_ptr<SampleNation> nation = MakeNation(options).value();
  std::vector<RecordWrite> writes;
  while (*nation->Next(&writes)) {
  }
  EXPECT_EQ(nation->Share(), 1.0);
  return writes;
}

std::string DigestOf(const std::vector<RecordWrite>& writes) {
  digest::Sha256Stream stream;
  for (const RecordWrite& write : writes) stream.Update(write.SerializeAsString());
  return stream.Finish().ToHex();
}

// What a location's writes amount to, as a service would keep them.
struct Life {
  explicit Life(const Location& where) : location(where), history(where.name()) {}

  Location location;
  model::SubjectHistory history;
  std::vector<Judgement> judgements;  // in the order of arrival
  std::vector<evidence::v1::RegulatoryAction> actions;
  std::vector<evidence::v1::CorrectRequest> corrections;
  std::map<std::string, std::string> names;  // by source reference
  std::set<std::string> services;            // those that are registered
};

class Nation {
 public:
  explicit Nation(const std::vector<RecordWrite>& writes) : models_(testing::ShippedModelSet()) {
    for (const RecordWrite& write : writes) Take(write);
  }

  std::map<std::string, Life>& lives() { return lives_; }
  const model::ModelSet& models() const { return models_; }

 private:
  void Append(Life* life, evidence::v1::Record record) {
    record.set_subject(life->location.name());
    const absl::Status status = life->history.Append(record, ++counter_, models_);
    EXPECT_TRUE(status.ok()) << status << "\n" << record.DebugString();
  }

  // What names a service must come after it.
  static void CheckService(const Life& life, const std::string& service) {
    if (service.empty()) return;
    EXPECT_EQ(life.services.count(absl::StrCat(life.location.name(), "/services/", service)), 1u)
        << service;
  }

  std::string NewName(const Life& life, const char* collection) {
    return absl::StrCat(life.location.name(), "/", collection, "/", counter_ + 1);
  }

  void TakeJudgement(Life* life, Judgement judgement) {
    CheckService(*life, judgement.node().service());
    judgement.set_name(NewName(*life, "judgements"));
    EXPECT_TRUE(life->names.emplace(judgement.source().reference(), judgement.name()).second)
        << judgement.source().reference();
    evidence::v1::Record record;
    *record.mutable_judgement() = std::move(judgement);
    Append(life, std::move(record));
  }

  void Take(const RecordWrite& write) {
    if (write.has_location()) {
      const Location& location = write.location().location();
      Life& life = lives_.emplace(location.name(), location).first->second;
      evidence::v1::Record record;
      *record.mutable_location() = location;
      Append(&life, std::move(record));
    } else if (write.has_service()) {
      const std::string& name = write.service().service().name();
      EXPECT_NE(write.service().service().display_name(), "") << name;
      lives_.at(name.substr(0, name.find("/services/"))).services.insert(name);
    } else if (write.has_judgement()) {
      Life& life = lives_.at(write.judgement().parent());
      life.judgements.push_back(write.judgement().judgement());
      TakeJudgement(&life, write.judgement().judgement());
    } else if (write.has_action()) {
      Life& life = lives_.at(write.action().parent());
      life.actions.push_back(write.action().action());
      CheckService(life, write.action().action().service());
      evidence::v1::Record record;
      *record.mutable_action() = write.action().action();
      record.mutable_action()->set_name(NewName(life, "actions"));
      Append(&life, std::move(record));
    } else if (write.has_correction()) {
      const auto& correction = write.correction();
      Life& life = lives_.at(correction.wrong().parent());
      life.corrections.push_back(correction);
      Judgement judgement = correction.judgement();
      judgement.set_supersedes(life.names.at(correction.wrong().source().reference()));
      TakeJudgement(&life, std::move(judgement));
    }
  }

  model::ModelSet models_;
  std::map<std::string, Life> lives_;
  std::int64_t counter_ = 0;
};

constexpr int kLocations = 4000;

// One nation for the tests that look at many; nobody changes it.
Nation& Many() {
  static auto* const nation = new Nation(All(kLocations));
  return *nation;
}

Day DayOf(const type::v1::Date& date) { return clock::DayFromProto(date).value(); }

TEST(SampleNationTest, SameSeedSameBytes) {
  const std::vector<RecordWrite> first = All(40);
  EXPECT_EQ(DigestOf(All(40)), DigestOf(first));
  EXPECT_NE(DigestOf(All(40, 2)), DigestOf(first));
  // Fixed: any later build, compiler or machine must make the same nation, or give it a new scope.
  EXPECT_EQ(DigestOf(first), "c82f44e54e26538a25d46526821ddf0b769d28ae94ae80f80669389c1672a48c");
}

TEST(SampleNationTest, ALocationIsTheSameHoweverManyThereAre) {
  const std::vector<RecordWrite> few = All(10);
  const std::vector<RecordWrite> many = All(60);
  ASSERT_LT(few.size(), many.size());
  for (std::size_t at = 0; at < few.size(); ++at) {
    ASSERT_EQ(few[at].SerializeAsString(), many[at].SerializeAsString()) << at;
  }
}

TEST(SampleNationTest, EveryWriteHasItsOwnRequestId) {
  std::set<std::string> ids;
  const std::vector<RecordWrite> writes = All(200);
  for (const RecordWrite& write : writes) {
    const std::string& id = ingest::RequestIdIn(write);
    ASSERT_TRUE(text::IsUuid(id)) << write.DebugString();
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), writes.size());
}

TEST(SampleNationTest, ComesInBatchesThatEnd) {
  NationOptions options;
  options.locations = 1000;
  std::unique_ptr<SampleNation> nation = MakeNation(options).value();
  double share = 0;
  for (;;) {
    std::vector<RecordWrite> batch;
    const absl::StatusOr<bool> more = nation->Next(&batch);
    ASSERT_TRUE(more.ok());
    EXPECT_EQ(*more, !batch.empty());
    if (!*more) break;
    EXPECT_LE(batch.size(), 2500u);
    EXPECT_GE(nation->Share(), share);
    share = nation->Share();
  }
  EXPECT_EQ(share, 1.0);
}

TEST(SampleNationTest, RefusesWhatIsOutOfRange) {
  NationOptions options;
  options.locations = 0;
  options.until = Day::Parse("2022-12-31").value();
  const absl::Status status = MakeNation(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("locations"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("until"));
}

TEST(SampleNationTest, NamesAreWellFormedAndProvidersComeFirst) {
  std::set<std::string> known;
  for (const RecordWrite& write : All(300)) {
    std::string name;
    if (write.has_area()) name = write.area().area().name();
    if (write.has_provider()) name = write.provider().provider().name();
    if (write.has_location()) {
      name = write.location().location().name();
      EXPECT_EQ(known.count(write.location().location().provider()), 1u);
      for (const auto& area : write.location().location().areas()) {
        EXPECT_EQ(known.count(area.area()), 1u) << area.area();
      }
    }
    if (name.empty()) continue;
    EXPECT_TRUE(names::Subject::Parse(name).ok()) << name;
    EXPECT_TRUE(known.insert(name).second) << name << " stands twice";
  }
  EXPECT_EQ(known.count("locations/1-9000000001"), 1u);
  EXPECT_EQ(known.count("locations/1-9000000300"), 1u);
}

TEST(SampleNationTest, LocationsLieInOneBoardAndRegionOnEveryDay) {
  Nation& nation = Many();
  for (auto& [name, life] : nation.lives()) {
    for (const char* day : {"2022-07-01", "2024-01-01", "2026-03-31", "2026-04-01", "2026-10-31"}) {
      const Day at = Day::Parse(day).value();
      if (at < DayOf(life.location.registration_date())) continue;
      int boards = 0;
      int regions = 0;
      for (const auto& area : life.location.areas()) {
        const bool began = DayOf(area.from()) <= at;
        const bool ended = area.has_before() && DayOf(area.before()) <= at;
        if (!began || ended) continue;
        (area.area().find("icb.") != std::string::npos ? boards : regions) += 1;
      }
      EXPECT_EQ(boards, 1) << name << " on " << day;
      EXPECT_EQ(regions, 1) << name << " on " << day;
    }
  }
}

TEST(SampleNationTest, AssessmentsUseTheMethodOfTheirDay) {
  Nation& nation = Many();
  std::map<std::size_t, int> rounds;
  for (auto& [name, life] : nation.lives()) {
    std::set<std::int32_t> days;
    for (const Judgement& judgement : life.judgements) {
      const Day start = DayOf(judgement.assessment_start());
      const Day effective = DayOf(judgement.effective_date());
      days.insert(effective.days_since_1970());
      EXPECT_LE(start, effective);
      EXPECT_LE(effective, Until());
      EXPECT_GE(start, Until().Plus(-2192));
      EXPECT_GT(start, DayOf(life.location.registration_date()));
      const char* want = start < Day::Parse("2023-11-21").value()   ? "cqc-kloe/versions/2017-11"
                         : start < Day::Parse("2024-12-02").value() ? "cqc-saf/versions/2023-11"
                                                                    : "cqc-saf/versions/2024-12";
      EXPECT_EQ(judgement.framework_version(), absl::StrCat("frameworks/", want)) << name;
      if (judgement.status() == evidence::v1::JUDGEMENT_STATUS_CARRIED_FORWARD) {
        EXPECT_LT(DayOf(judgement.carried_from()), start) << name;
      } else {
        EXPECT_FALSE(judgement.has_carried_from());
      }
    }
    ++rounds[days.size()];
  }
  EXPECT_EQ(rounds.size(), 2u);
  EXPECT_GT(rounds[2], kLocations / 10);
  EXPECT_GT(rounds[3], kLocations / 10);
}

TEST(SampleNationTest, SharesAreAsPromised) {
  Nation& nation = Many();
  int several = 0;
  int acted = 0;
  int open = 0;
  int late = 0;
  int corrected = 0;
  int judgements = 0;
  int deregistered = 0;
  int carried = 0;
  for (auto& [name, life] : nation.lives()) {
    several += life.location.service_types_size() > 1 ? 1 : 0;
    acted += life.actions.empty() ? 0 : 1;
    for (const auto& action : life.actions) open += action.has_closed() ? 0 : 1;
    deregistered += life.location.has_deregistration_date() ? 1 : 0;
    judgements += static_cast<int>(life.judgements.size());
    corrected += static_cast<int>(life.corrections.size());
    Day newest = Day::Min();
    for (const Judgement& judgement : life.judgements) {
      const Day effective = DayOf(judgement.effective_date());
      late += effective < newest ? 1 : 0;
      newest = std::max(newest, effective);
      carried += judgement.status() == evidence::v1::JUDGEMENT_STATUS_CARRIED_FORWARD ? 1 : 0;
    }
  }
  EXPECT_NEAR(several / static_cast<double>(kLocations), 0.10, 0.015);
  EXPECT_NEAR(acted / static_cast<double>(kLocations), 0.02, 0.007);
  EXPECT_NEAR(open, acted / 2.0, acted * 0.25);
  EXPECT_NEAR(deregistered / static_cast<double>(kLocations), 0.04, 0.01);
  EXPECT_NEAR(late / static_cast<double>(judgements), 0.03, 0.003);
  EXPECT_NEAR(corrected / static_cast<double>(judgements), 0.01, 0.002);
  EXPECT_GT(carried, judgements / 10);
}

// Ratings of the newest assessments by the engine: of locations, and of services where those are
// rated instead.
TEST(SampleNationTest, EngineRatesThePublishedShares) {
  Nation& nation = Many();
  std::map<Rating, int> count;
  std::map<std::string, int> limiters;
  int rated = 0;
  int by_service = 0;
  model::Scratch scratch;
  model::Evaluation evaluation;
  for (auto& [name, life] : nation.lives()) {
    const model::State state = model::Fold(life.history, Until());
    model::RateSubject(nation.models(), state, scratch, evaluation);
    ASSERT_NE(evaluation.overall(), nullptr) << name;
    scoring::v1::Rating rating;
    model::FillRating(evaluation, state, false, rating);
    for (const auto& node : evaluation.nodes) {
      const absl::string_view limiter = model::LimiterOf(evaluation, node);
      if (!limiter.empty()) ++limiters[std::string(limiter)];
    }
    if (rating.services_size() > 0) {
      ++by_service;
      EXPECT_TRUE(rating.has_unrated()) << name;
      for (const auto& service : rating.services()) {
        ++rated;
        ++count[service.rating()];
      }
      continue;
    }
    ++rated;
    ++count[rating.rating()];
  }
  EXPECT_EQ(count[type::v1::RATING_UNSPECIFIED], 0);
  EXPECT_GT(by_service, 100);
  for (const char* limiter : {"limiter.good", "limiter.outstanding", "requirement-notice"}) {
    EXPECT_GT(limiters[limiter], 0) << limiter;
  }
  const std::map<Rating, double> shares = {{type::v1::RATING_OUTSTANDING, 0.047},
                                           {type::v1::RATING_GOOD, 0.786},
                                           {type::v1::RATING_REQUIRES_IMPROVEMENT, 0.158},
                                           {type::v1::RATING_INADEQUATE, 0.009}};
  for (const auto& [rating, share] : shares) {
    // Three standard deviations of a sample of this size.
    const double error = 3 * std::sqrt(share * (1 - share) / rated);
    EXPECT_NEAR(static_cast<double>(count[rating]) / rated, share, error) << Rating_Name(rating);
  }
}

}  // namespace
}  // namespace assay::nation
