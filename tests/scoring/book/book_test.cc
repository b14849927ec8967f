#include "services/scoring/book/book.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/catalogue/file_model_source.h"
#include "services/common/clock/day_proto.h"
#include "services/scoring/book/area_tally.h"

namespace assay::scoring {
namespace {

constexpr char kSaf[] = "frameworks/cqc-saf/versions/2024-12";
constexpr char kLocation[] = "locations/1-102";
constexpr char kIcb[] = "areas/icb.QHL";
constexpr char kNewIcb[] = "areas/icb.S1Y5D";

clock::Day DayOf(const std::string& text) { return *clock::Day::Parse(text); }

// A record as the feed brings it, with its counter and a recorded time of that many seconds.
template <typename Resource>
void Stamp(std::int64_t counter, Resource* resource) {
  resource->mutable_recorded_time()->set_seconds(counter);
}

class BookTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto source = catalogue::FileModelSource::OpenDirectory(catalogue::CatalogueDirectory(""));
    ASSERT_TRUE(source.ok()) << source.status();
    models_ = *std::move(source);
    book_.Reset(7);
  }

  void AddSaf() {
    auto model = models_->Find(kSaf);
    ASSERT_TRUE(model.ok()) << model.status();
    ASSERT_TRUE(book_.AddModel(*model).ok());
  }

  evidence::v1::Change Next(const std::string& subject) {
    evidence::v1::Change change;
    const names::Partition partition = names::PartitionOf(*names::Subject::Parse(subject));
    change.set_partition(partition);
    change.set_counter(++counters_[partition]);
    change.mutable_record()->set_subject(subject);
    return change;
  }

  evidence::v1::Change Location(const std::string& from_icb, const std::string& deregistered = "") {
    evidence::v1::Change change = Next(kLocation);
    evidence::v1::Location& location = *change.mutable_record()->mutable_location();
    location.set_name(kLocation);
    location.set_display_name("Elm House");
    location.set_sector("adult-social-care");
    evidence::v1::AreaMembership& old = *location.add_areas();
    old.set_area(kIcb);
    if (!from_icb.empty()) {
      *old.mutable_before() = clock::DayToProto(DayOf(from_icb));
      evidence::v1::AreaMembership& now = *location.add_areas();
      now.set_area(kNewIcb);
      *now.mutable_from() = clock::DayToProto(DayOf(from_icb));
    }
    if (!deregistered.empty()) {
      location.set_registration_status(evidence::v1::REGISTRATION_STATUS_DEREGISTERED);
      *location.mutable_deregistration_date() = clock::DayToProto(DayOf(deregistered));
    }
    Stamp(change.counter(), &location);
    return change;
  }

  evidence::v1::Change Score(const std::string& item, int level, const std::string& effective) {
    evidence::v1::Change change = Next(kLocation);
    evidence::v1::Judgement& judgement = *change.mutable_record()->mutable_judgement();
    judgement.set_name(absl::StrCat(kLocation, "/judgements/00000000-0000-7000-8000-",
                                    absl::Dec(change.counter(), absl::kZeroPad12)));
    judgement.mutable_node()->set_item(item);
    judgement.set_framework_version(kSaf);
    judgement.mutable_outcome()->set_scale("score");
    judgement.mutable_outcome()->set_level(level);
    judgement.set_status(evidence::v1::JUDGEMENT_STATUS_ASSESSED);
    *judgement.mutable_effective_date() = clock::DayToProto(DayOf(effective));
    judgement.set_counter(change.counter());
    Stamp(change.counter(), &judgement);
    return change;
  }

  void Take(const evidence::v1::Change& change) {
    const absl::Status taken = book_.Apply(change);
    ASSERT_TRUE(taken.ok()) << taken;
  }

  v1::Rating RatingOn(const std::string& day, std::optional<absl::Time> known_at = std::nullopt) {
    auto rendered = book_.Render(kLocation, DayOf(day), known_at, View::kFull);
    EXPECT_TRUE(rendered.ok()) << rendered.status();
    v1::Rating rating;
    if (!rendered.ok()) return rating;
    EXPECT_TRUE(rating.ParseFromString(rendered->bytes));
    return rating;
  }

  v1::AreaSummary SummaryOn(const std::string& area, const std::string& day) {
    AreaTally tally;
    book_.ForEachIn(area, DayOf(day), std::nullopt,
                    [&tally](const AreaMember& member) { tally.Add(member); });
    v1::AreaSummary summary;
    tally.Fill(summary);
    return summary;
  }

  clock::ManualClock clock_{absl::FromUnixSeconds(1795305600)};  // 2026-11-22, midnight
  clock::LondonCalendar calendar_ = *clock::LondonCalendar::Load();
  Today today_{clock_, calendar_};
  WatchHub hub_;
  Book book_{today_, hub_};
  std::unique_ptr<catalogue::FileModelSource> models_;
  std::map<names::Partition, std::int64_t> counters_;
};

TEST_F(BookTest, RatesWhatTheFeedBrought) {
  AddSaf();
  Take(Location(""));
  Take(Score("safe.learning-culture", 3, "2025-01-01"));
  Take(Score("caring.kindness-compassion-and-dignity", 4, "2025-01-01"));
  const v1::Rating rating = RatingOn("2025-06-01");
  EXPECT_EQ(rating.name(), "locations/1-102/rating");
  EXPECT_EQ(rating.display_name(), "Elm House");
  EXPECT_EQ(rating.rating(), type::v1::RATING_GOOD);
  EXPECT_EQ(rating.subject_counter(), 3);
  EXPECT_EQ(rating.derivation_digest().size(), 32u);
}

TEST_F(BookTest, KnowsAKnownLocationWithoutJudgementsFromAnUnknownOne) {
  Take(Location(""));
  const v1::Rating rating = RatingOn("2025-06-01");
  EXPECT_EQ(rating.rating(), type::v1::RATING_UNSPECIFIED);
  EXPECT_EQ(rating.unrated().reason(), "no-judgements");
  EXPECT_EQ(book_.Render("locations/1-999", DayOf("2025-06-01"), std::nullopt, View::kBasic)
                .status()
                .code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(book_.CounterOf("locations/1-999", 7).has_value());
}

TEST_F(BookTest, AnswersForAnyDayAndAnyKnowledge) {
  AddSaf();
  Take(Location(""));
  Take(Score("safe.learning-culture", 3, "2025-01-01"));  // recorded at 2 s
  Take(Score("safe.learning-culture", 1, "2025-03-01"));  // recorded at 3 s
  EXPECT_EQ(RatingOn("2024-12-31").unrated().reason(), "no-judgements");
  EXPECT_EQ(RatingOn("2025-02-01").rating(), type::v1::RATING_GOOD);
  EXPECT_EQ(RatingOn("2025-03-01").rating(), type::v1::RATING_INADEQUATE);
  EXPECT_EQ(RatingOn("2025-03-01", absl::FromUnixSeconds(2)).rating(), type::v1::RATING_GOOD);
  EXPECT_EQ(clock::DayFromProto(RatingOn("2025-02-01").valid_before())->ToString(), "2025-03-01");
  EXPECT_EQ(
      book_.Render(kLocation, DayOf("2025-03-01"), absl::UnixEpoch(), View::kBasic).status().code(),
      absl::StatusCode::kNotFound);
}

TEST_F(BookTest, TakesEachChangeOnceAndRefusesGaps) {
  AddSaf();
  const evidence::v1::Change location = Location("");
  Take(location);
  Take(location);
  const names::Partition partition = names::PartitionOf(*names::Subject::Parse(kLocation));
  EXPECT_EQ(book_.ReachedIn(partition), 1);
  Next(kLocation);  // never arrives
  EXPECT_EQ(book_.Apply(Score("safe.learning-culture", 3, "2025-01-01")).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(book_.ReachedIn(partition), 1);
}

TEST_F(BookTest, WaitsForAMethodItDoesNotKnow) {
  Take(Location(""));
  const evidence::v1::Change score = Score("safe.learning-culture", 3, "2025-01-01");
  EXPECT_EQ(book_.Apply(score).code(), absl::StatusCode::kNotFound);
  AddSaf();
  Take(score);
  EXPECT_EQ(RatingOn("2025-06-01").rating(), type::v1::RATING_GOOD);
}

TEST_F(BookTest, CountsALocationWhereItLayOnTheDay) {
  AddSaf();
  Take(Location("2026-04-01"));
  Take(Score("safe.learning-culture", 3, "2025-01-01"));
  book_.SetReady();
  EXPECT_EQ(SummaryOn(kIcb, "2026-03-31").locations(), 1);
  EXPECT_EQ(SummaryOn(kNewIcb, "2026-03-31").locations(), 0);
  EXPECT_EQ(SummaryOn(kIcb, "2026-04-01").locations(), 0);
  const v1::AreaSummary today = SummaryOn(kNewIcb, "2026-11-22");
  EXPECT_EQ(today.locations(), 1);
  EXPECT_EQ(today.rated(), 1);
  EXPECT_EQ(today.ratings(type::v1::RATING_GOOD - 1).count(), 1);
  ASSERT_EQ(today.groups_size(), 5);
  EXPECT_EQ(today.groups(0).unrated(), 0);
  EXPECT_EQ(today.groups(1).unrated(), 1);
  // Before any judgement it counts as unrated.
  const v1::AreaSummary before = SummaryOn(kIcb, "2024-12-31");
  ASSERT_EQ(before.unrated_size(), 1);
  EXPECT_EQ(before.unrated(0).reason(), "no-judgements");
}

TEST_F(BookTest, LeavesADeregisteredLocationOutFromItsDate) {
  AddSaf();
  Take(Location("", "2026-02-01"));
  book_.SetReady();
  EXPECT_EQ(SummaryOn(kIcb, "2026-01-31").locations(), 1);
  EXPECT_EQ(SummaryOn(kIcb, "2026-02-01").locations(), 0);
  EXPECT_FALSE(RatingOn("2026-01-31").deregistered());
  EXPECT_TRUE(RatingOn("2026-02-01").deregistered());
  EXPECT_EQ(clock::DayFromProto(RatingOn("2026-01-31").valid_before())->ToString(), "2026-02-01");
}

TEST_F(BookTest, TellsWatchersOfMovesAndOfLeaving) {
  AddSaf();
  Take(Location(""));
  book_.SetReady();
  book_.Commit();
  auto watcher = std::make_shared<Watcher>(nullptr);
  hub_.Follow({kIcb}, watcher);
  Take(Score("safe.learning-culture", 3, "2025-01-01"));
  EXPECT_EQ(watcher->waiting(), 0u) << "before the commit";
  book_.Commit();
  absl::optional<Move> move = watcher->Take();
  ASSERT_TRUE(move.has_value());
  EXPECT_EQ(move->subject, kLocation);
  EXPECT_FALSE(move->left);
  Take(Location("", "2026-02-01"));
  book_.Commit();
  move = watcher->Take();
  ASSERT_TRUE(move.has_value());
  EXPECT_TRUE(move->left);
}

TEST_F(BookTest, TurnsWithTheDay) {
  AddSaf();
  Take(Location(""));
  Take(Score("safe.learning-culture", 3, "2025-01-01"));
  Take(Score("safe.learning-culture", 1, "2026-11-23"));
  book_.SetReady();
  auto watcher = std::make_shared<Watcher>(nullptr);
  hub_.Follow({kLocation}, watcher);
  EXPECT_EQ(book_.TurnDay(), 0u);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(SummaryOn(kIcb, "2026-11-23").ratings(type::v1::RATING_INADEQUATE - 1).count(), 1);
  EXPECT_EQ(book_.TurnDay(), 1u);
  EXPECT_EQ(watcher->waiting(), 1u);
  EXPECT_EQ(book_.TurnDay(), 0u);
}

TEST_F(BookTest, TellsWatchersOfAreasThatADayBringsToAnEnd) {
  AddSaf();
  Take(Location("2026-11-23"));
  book_.SetReady();
  auto old_area = std::make_shared<Watcher>(nullptr);
  auto new_area = std::make_shared<Watcher>(nullptr);
  hub_.Follow({kIcb}, old_area);
  hub_.Follow({kNewIcb}, new_area);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(book_.TurnDay(), 1u);
  const absl::optional<Move> left = old_area->Take();
  ASSERT_TRUE(left.has_value());
  EXPECT_TRUE(left->left);
  const absl::optional<Move> joined = new_area->Take();
  ASSERT_TRUE(joined.has_value());
  EXPECT_FALSE(joined->left);
}

TEST_F(BookTest, TellsWatchersOfDeregistrationOnItsDay) {
  AddSaf();
  Take(Location("", "2026-11-23"));
  book_.SetReady();
  auto watcher = std::make_shared<Watcher>(nullptr);
  hub_.Follow({kIcb}, watcher);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(book_.TurnDay(), 1u);
  const absl::optional<Move> move = watcher->Take();
  ASSERT_TRUE(move.has_value());
  EXPECT_TRUE(move->left);
}

// What one location's history cannot hold must not stop the record of all the others.
TEST_F(BookTest, GoesOnPastALocationThatItCannotHold) {
  AddSaf();
  Take(Location(""));
  absl::Status taken;
  // The location itself is one of them.
  for (std::size_t i = 0; i < model::SubjectHistory::kMaxUnits; ++i) {
    ASSERT_TRUE(taken.ok()) << i << ": " << taken;
    evidence::v1::Change change = Next(kLocation);
    evidence::v1::RegulatoryAction& action = *change.mutable_record()->mutable_action();
    action.set_name(absl::StrCat(kLocation, "/actions/00000000-0000-7000-8000-",
                                 absl::Dec(change.counter(), absl::kZeroPad12)));
    action.set_kind(evidence::v1::REGULATORY_ACTION_KIND_WARNING_NOTICE);
    action.set_service(absl::StrCat("service-", i));
    *action.mutable_opened() = clock::DayToProto(DayOf("2025-01-01"));
    action.set_counter(change.counter());
    Stamp(change.counter(), &action);
    taken = book_.Apply(change);
  }
  EXPECT_EQ(taken.code(), absl::StatusCode::kDataLoss) << taken;
  book_.SetReady();
  EXPECT_EQ(
      book_.Render(kLocation, DayOf("2025-06-01"), std::nullopt, View::kBasic).status().code(),
      absl::StatusCode::kDataLoss);
  const v1::AreaSummary summary = SummaryOn(kIcb, "2026-11-22");
  ASSERT_EQ(summary.unrated_size(), 1);
  EXPECT_EQ(summary.unrated(0).reason(), "record-damaged");
  Take(Location(""));
}

TEST_F(BookTest, KnowsTheSectorsOfItsVersionsAndLocations) {
  EXPECT_TRUE(book_.Sectors().empty());
  evidence::v1::Change change = Location("");
  change.mutable_record()->mutable_location()->set_sector("lighthouses");
  Take(change);
  EXPECT_EQ(book_.Sectors(), std::vector<std::string>{"lighthouses"});
  AddSaf();
  const std::vector<std::string> sectors = book_.Sectors();
  EXPECT_EQ(std::count(sectors.begin(), sectors.end(), "lighthouses"), 1);
  EXPECT_EQ(std::count(sectors.begin(), sectors.end(), "adult-social-care"), 1);
  EXPECT_TRUE(std::is_sorted(sectors.begin(), sectors.end()));
  book_.Reset(8);
  const std::vector<std::string> renewed = book_.Sectors();
  EXPECT_EQ(std::count(renewed.begin(), renewed.end(), "lighthouses"), 0);
}

TEST_F(BookTest, TellsWatchersOfEverySubjectOfARenewedRecord) {
  AddSaf();
  Take(Location(""));
  book_.SetReady();
  auto watcher = std::make_shared<Watcher>(nullptr);
  hub_.Follow({kLocation}, watcher);
  book_.Reset(8);
  counters_.clear();
  Take(Location(""));
  book_.Commit();
  EXPECT_EQ(watcher->waiting(), 0u) << "while the book is not ready";
  book_.SetReady();
  EXPECT_EQ(watcher->waiting(), 1u);
}

TEST_F(BookTest, ForgetsTheOldRecordWhenItIsRenewed) {
  AddSaf();
  Take(Location(""));
  book_.SetReady();
  book_.Reset(8);
  EXPECT_FALSE(book_.ready());
  EXPECT_EQ(book_.locations(), 0u);
  EXPECT_TRUE(book_.Reached().positions().empty());
}

}  // namespace
}  // namespace assay::scoring
