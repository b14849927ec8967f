// Evidence in, a rating out: through every service, as another team would see it.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "services/common/digest/canonical.h"
#include "services/common/errors/errors.h"
#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

using ::testing::ElementsAre;
using RatingStub = scoring::v1::RatingService::Stub;
using AreaStub = scoring::v1::AreaService::Stub;
using RecordStub = evidence::v1::RecordService::Stub;
using RegistryStub = evidence::v1::RegistryService::Stub;

// One suite for all tests here; each has locations and areas of its own.
class SpineTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<Suite>> started = Suite::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    suite_ = started->release();
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }
  void SetUp() override { ASSERT_NE(suite_, nullptr); }

  static absl::StatusOr<scoring::v1::Rating> GetRating(
      const scoring::v1::GetRatingRequest& request) {
    return Ask(suite_->ratings(), &RatingStub::GetRating, request);
  }

  static Suite* suite_;
};

Suite* SpineTest::suite_ = nullptr;

TEST_F(SpineTest, EvidenceInRatingOut) {
  Register(*suite_, NewLocation("1-101"));
  evidence::v1::BatchCreateJudgementsRequest batch;
  const std::map<std::string, int> scores = {{"safe.learning-culture", 3},
                                             {"safe.safe-and-effective-staffing", 2},
                                             {"caring.kindness-compassion-and-dignity", 4},
                                             {"well-led.freedom-to-speak-up", 3}};
  for (const auto& [item, level] : scores) {
    evidence::v1::CreateJudgementRequest* each = batch.add_requests();
    each->set_parent("locations/1-101");
    *each->mutable_judgement() = Score(item, level, Day("2025-03-01"));
  }
  const auto written = Ask(suite_->record(), &RecordStub::BatchCreateJudgements, batch);
  ASSERT_TRUE(written.ok()) << written.status();
  ASSERT_EQ(written->judgements_size(), 4);

  scoring::v1::GetRatingRequest request = RatingOf("1-101", {written->revision()});
  request.set_view(scoring::v1::RATING_VIEW_FULL);
  const scoring::v1::Rating rating = Rate(*suite_, request);
  std::map<std::string, std::string> groups;
  for (const scoring::v1::GroupRating& group : rating.groups()) {
    if (group.has_points()) {
      groups[group.group()] =
          absl::StrCat(group.points().numerator(), "/", group.points().denominator(), " ",
                       group.percent(), " ", group.outcome().label());
    }
  }
  // 5 of 8 points are 62.5 %, which rounds half up to 63 and so to good.
  EXPECT_EQ(groups, (std::map<std::string, std::string>{{"safe", "5/8 63 Good"},
                                                        {"caring", "4/4 100 Outstanding"},
                                                        {"well-led", "3/4 75 Good"}}));
  EXPECT_EQ(Overall(rating), "Good");
  EXPECT_EQ(rating.framework_version(), kVersion);
  EXPECT_EQ(rating.derivation_digest().size(), 32u);
}

TEST_F(SpineTest, AnswerTellsItsRevisionToWhoAsks) {
  const evidence::v1::Location written = Register(*suite_, NewLocation("1-130"));
  const scoring::v1::GetRatingRequest waits = RatingOf("1-130", {written.revision()});
  ASSERT_TRUE(GetRating(waits).ok());
  for (const bool ask : {false, true}) {
    grpc::ClientContext context;
    if (ask) context.AddMetadata("assay-want-revision", "1");
    scoring::v1::Rating rating;
    const grpc::Status status = suite_->ratings().GetRating(&context, RatingOf("1-130"), &rating);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(context.GetServerInitialMetadata().count("assay-revision-bin"), ask ? 1u : 0u);
    EXPECT_EQ(context.GetServerInitialMetadata().count("x-request-id"), 0u);
  }
}

TEST_F(SpineTest, ExplanationHasTheRatingsDigest) {
  Register(*suite_, NewLocation("1-102"));
  const evidence::v1::Judgement written =
      Judge(*suite_, "1-102", Score(kLearning, 3, Day("2025-03-01")));
  scoring::v1::ExplainRatingRequest request;
  request.set_name("locations/1-102/rating");
  *request.add_at_least() = written.revision();
  const auto answer = Ask(suite_->ratings(), &RatingStub::ExplainRating, request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  const scoring::v1::Rating rating = Rate(*suite_, RatingOf("1-102"));
  EXPECT_EQ(answer->derivation().digest(), rating.derivation_digest());
  scoring::v1::Derivation bare = answer->derivation();
  bare.clear_digest();
  const absl::StatusOr<digest::Digest> digest = digest::DigestOf("assay.derivation.v1", bare);
  ASSERT_TRUE(digest.ok()) << digest.status();
  EXPECT_EQ(answer->derivation().digest(), std::string(digest->bytes()));
  EXPECT_EQ(answer->derivation().chain_head().size(), 32u);
  ASSERT_EQ(answer->derivation().inputs_size(), 1);
  EXPECT_EQ(answer->derivation().inputs(0).counter(), written.counter());
  EXPECT_GT(answer->explanation_size(), 0);
}

TEST_F(SpineTest, WatcherOfAnAreaGetsTheChange) {
  AddArea(*suite_, "icb.QA1");
  Register(*suite_, NewLocation("1-103", {"icb.QA1"}));
  const evidence::v1::Judgement first =
      Judge(*suite_, "1-103", Score(kLearning, 3, Day("2025-03-01")));
  Rate(*suite_, RatingOf("1-103", {first.revision()}));
  Watch watch(*suite_, {"areas/icb.QA1"});
  EXPECT_THAT(watch.present(), ElementsAre("locations/1-103"));
  Judge(*suite_, "1-103", Score(kLearning, 1, Day("2025-04-01")));
  const scoring::v1::WatchRatingsResponse event = watch.Next();
  EXPECT_EQ(event.rating().subject(), "locations/1-103");
  EXPECT_EQ(Overall(event.rating()), "Inadequate");
}

// What a summary counts: locations, ratings that occur, reasons for none.
std::map<std::string, int64_t> Counts(const scoring::v1::AreaSummary& summary) {
  std::map<std::string, int64_t> counts = {{"locations", summary.locations()}};
  for (const scoring::v1::RatingCount& each : summary.ratings()) {
    if (each.count() > 0) counts[type::v1::Rating_Name(each.rating())] = each.count();
  }
  for (const scoring::v1::UnratedCount& each : summary.unrated())
    counts[each.reason()] = each.count();
  return counts;
}

TEST_F(SpineTest, AreaSummaryCountsByRatingAndDay) {
  AddArea(*suite_, "icb.QA2");
  Register(*suite_, NewLocation("1-104", {"icb.QA2"}));
  Register(*suite_, NewLocation("1-105", {"icb.QA2"}));
  evidence::v1::Location gone = NewLocation("1-106", {"icb.QA2"});
  gone.set_registration_status(evidence::v1::REGISTRATION_STATUS_DEREGISTERED);
  *gone.mutable_deregistration_date() = Day("2025-06-01");
  const evidence::v1::Location last = Register(*suite_, gone);
  const auto good = Judge(*suite_, "1-104", Score(kLearning, 3, Day("2025-03-01")));
  const auto bad = Judge(*suite_, "1-106", Score(kLearning, 1, Day("2025-03-01")));

  scoring::v1::GetAreaSummaryRequest request;
  request.set_name("areas/icb.QA2");
  for (const type::v1::Revision& each : {last.revision(), good.revision(), bad.revision()}) {
    *request.add_at_least() = each;
  }
  *request.mutable_as_of()->mutable_effective_date() = Day("2025-05-31");
  auto summary = Ask(suite_->areas(), &AreaStub::GetAreaSummary, request);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->locations(), 3);
  EXPECT_EQ(summary->rated(), 2) << summary->ShortDebugString();

  // The location that was deregistered stays in the record and leaves the counts on that day.
  *request.mutable_as_of()->mutable_effective_date() = Day("2025-06-01");
  summary = Ask(suite_->areas(), &AreaStub::GetAreaSummary, request);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(Counts(*summary), (std::map<std::string, int64_t>{
                                  {"locations", 2}, {"RATING_GOOD", 1}, {"no-judgements", 1}}));
  request.clear_as_of();
  summary = Ask(suite_->areas(), &AreaStub::GetAreaSummary, request);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->locations(), 2);
  request.set_sector("adult-social-care");
  EXPECT_EQ(Ask(suite_->areas(), &AreaStub::GetAreaSummary, request)->locations(), 2);
  request.set_sector("adult-social-car");
  const absl::Status refused = Ask(suite_->areas(), &AreaStub::GetAreaSummary, request).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
  EXPECT_NE(refused.message().find("adult-social-care"), absl::string_view::npos) << refused;
  const scoring::v1::Rating rating = Rate(*suite_, RatingOf("1-106"));
  EXPECT_TRUE(rating.deregistered());
  EXPECT_EQ(Overall(rating), "Inadequate");
}

TEST_F(SpineTest, PastDayShowsWhatWasTrueThen) {
  Register(*suite_, NewLocation("1-107"));
  Judge(*suite_, "1-107", Score(kLearning, 3, Day("2024-06-01")));
  const auto last = Judge(*suite_, "1-107", Score(kLearning, 1, Day("2025-06-01")));
  const struct {
    const char* day;
    const char* overall;
  } kCases[] = {{"2024-05-31", "unrated: no-judgements"},
                {"2024-06-01", "Good"},
                {"2025-05-31", "Good"},
                {"2025-06-01", "Inadequate"}};
  for (const auto& each : kCases) {
    scoring::v1::GetRatingRequest request = RatingOf("1-107", {last.revision()});
    *request.mutable_as_of()->mutable_effective_date() = Day(each.day);
    EXPECT_EQ(Overall(Rate(*suite_, request)), each.overall) << each.day;
  }
}

TEST_F(SpineTest, KnownAtLeavesOutWhatCameLater) {
  Register(*suite_, NewLocation("1-108"));
  const auto first = Judge(*suite_, "1-108", Score(kLearning, 3, Day("2025-01-01")));
  const auto late = Judge(*suite_, "1-108", Score(kLearning, 1, Day("2025-02-01")));
  scoring::v1::GetRatingRequest request = RatingOf("1-108", {late.revision()});
  EXPECT_EQ(Overall(Rate(*suite_, request)), "Inadequate");
  *request.mutable_as_of()->mutable_known_at() = first.recorded_time();
  EXPECT_EQ(Overall(Rate(*suite_, request)), "Good");
}

TEST_F(SpineTest, DayAheadTakesEffectOnItsDay) {
  Register(*suite_, NewLocation("1-109"));
  Judge(*suite_, "1-109", Score(kLearning, 3, Day("2025-01-01")));
  const auto ahead = Judge(*suite_, "1-109", Score(kLearning, 4, Today(366)));
  scoring::v1::GetRatingRequest request = RatingOf("1-109", {ahead.revision()});
  const scoring::v1::Rating now = Rate(*suite_, request);
  EXPECT_EQ(Overall(now), "Good");
  EXPECT_EQ(now.valid_before().ShortDebugString(), Today(366).ShortDebugString());
  *request.mutable_as_of()->mutable_effective_date() = Today(366);
  EXPECT_EQ(Overall(Rate(*suite_, request)), "Outstanding");
}

TEST_F(SpineTest, CorrectionChangesTheRating) {
  Register(*suite_, NewLocation("1-110"));
  const auto wrong = Judge(*suite_, "1-110", Score(kLearning, 1, Day("2025-03-01")));
  EXPECT_EQ(Overall(Rate(*suite_, RatingOf("1-110", {wrong.revision()}))), "Inadequate");

  evidence::v1::CorrectRequest request;
  request.set_name(wrong.name());
  *request.mutable_judgement() = Score(kLearning, 3, Day("2025-03-01"));
  request.set_reason("typed 1 for 3");
  const auto corrected = Ask(suite_->record(), &RecordStub::Correct, request);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->record().judgement().supersedes(), wrong.name());
  EXPECT_EQ(Overall(Rate(*suite_, RatingOf("1-110", {corrected->revision()}))), "Good");

  // What was known before stays answerable.
  scoring::v1::GetRatingRequest before = RatingOf("1-110");
  *before.mutable_as_of()->mutable_known_at() = wrong.recorded_time();
  EXPECT_EQ(Overall(Rate(*suite_, before)), "Inadequate");

  const auto again = Ask(suite_->record(), &RecordStub::Correct, request);
  EXPECT_EQ(errors::Reason(again.status()), "ALREADY_SUPERSEDED") << again.status();

  evidence::v1::CorrectRequest retraction;
  retraction.set_name(corrected->record().judgement().name());
  retraction.set_reason("wrong house");
  const auto retracted = Ask(suite_->record(), &RecordStub::Correct, retraction);
  ASSERT_TRUE(retracted.ok()) << retracted.status();
  EXPECT_EQ(Overall(Rate(*suite_, RatingOf("1-110", {retracted->revision()}))),
            "unrated: no-judgements");
}

TEST_F(SpineTest, RequestIdMakesAWriteSafeToRepeat) {
  Register(*suite_, NewLocation("1-111"));
  evidence::v1::CreateJudgementRequest request;
  request.set_parent("locations/1-111");
  *request.mutable_judgement() = Score(kLearning, 3, Day("2025-03-01"));
  request.set_request_id("0b9f2f5e-6a9b-4f5e-8c7d-3a1e5b7c9d11");
  const auto first = Ask(suite_->record(), &RecordStub::CreateJudgement, request);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Ask(suite_->record(), &RecordStub::CreateJudgement, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());

  request.mutable_judgement()->mutable_outcome()->set_level(1);
  const auto other = Ask(suite_->record(), &RecordStub::CreateJudgement, request);
  EXPECT_EQ(other.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(errors::Reason(other.status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(Overall(Rate(*suite_, RatingOf("1-111", {first->revision()}))), "Good");
}

TEST_F(SpineTest, UnknownIsNotFoundAndKnownWithoutJudgementsIsUnrated) {
  const evidence::v1::Location known = Register(*suite_, NewLocation("1-112"));
  EXPECT_EQ(Overall(Rate(*suite_, RatingOf("1-112", {known.revision()}))),
            "unrated: no-judgements");
  const auto unknown = GetRating(RatingOf("1-999999"));
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(errors::Reason(unknown.status()), "LOCATION_NOT_FOUND");
  scoring::v1::GetAreaSummaryRequest area;
  area.set_name("areas/icb.NONE");
  EXPECT_EQ(Ask(suite_->areas(), &AreaStub::GetAreaSummary, area).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(SpineTest, BadNameFailsItsOwnEntryOfABatchOnly) {
  const evidence::v1::Location known = Register(*suite_, NewLocation("1-113"));
  scoring::v1::BatchGetRatingsRequest request;
  for (const char* id : {"1-113", "1-999998", "1-113"}) {
    request.add_names(absl::StrCat("locations/", id, "/rating"));
  }
  *request.add_at_least() = known.revision();
  const auto answer = Ask(suite_->ratings(), &RatingStub::BatchGetRatings, request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->entries_size(), 3);
  EXPECT_TRUE(answer->entries(0).has_rating());
  EXPECT_EQ(answer->entries(1).status().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(answer->entries(2).rating().SerializeAsString(),
            answer->entries(0).rating().SerializeAsString());
  const scoring::v1::Rating alone = Rate(*suite_, RatingOf("1-113"));
  EXPECT_EQ(alone.SerializeAsString(), answer->entries(0).rating().SerializeAsString());
}

// Regression: the revision to wait for was moved away before it was looked at.
TEST_F(SpineTest, BatchAndSummarySeeTheWriteThatTheyName) {
  AddArea(*suite_, "icb.QA3");
  Register(*suite_, NewLocation("1-115", {"icb.QA3"}));
  for (int i = 0; i < 20; ++i) {
    const bool good = i % 2 == 0;
    const auto written = Judge(*suite_, "1-115", Score(kLearning, good ? 3 : 1, Day("2025-03-01")));
    scoring::v1::GetAreaSummaryRequest area;
    area.set_name("areas/icb.QA3");
    *area.add_at_least() = written.revision();
    const auto summary = Ask(suite_->areas(), &AreaStub::GetAreaSummary, area);
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(Counts(*summary).count(good ? "RATING_GOOD" : "RATING_INADEQUATE"), 1u) << i;

    const auto next = Judge(*suite_, "1-115", Score(kLearning, good ? 1 : 3, Day("2025-03-01")));
    scoring::v1::BatchGetRatingsRequest batch;
    batch.add_names("locations/1-115/rating");
    *batch.add_at_least() = next.revision();
    const auto answer = Ask(suite_->ratings(), &RatingStub::BatchGetRatings, batch);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(Overall(answer->entries(0).rating()), good ? "Inadequate" : "Good") << i;
  }
}

TEST_F(SpineTest, LocationOfAnUnknownProviderMakesThatProvider) {
  evidence::v1::Location location = NewLocation("1-114");
  location.set_provider("providers/1-7007");
  Register(*suite_, location);
  evidence::v1::GetProviderRequest request;
  request.set_name("providers/1-7007");
  const auto provider = Ask(suite_->registry(), &RegistryStub::GetProvider, request);
  ASSERT_TRUE(provider.ok()) << provider.status();
  EXPECT_EQ(provider->display_name(), "");
}

TEST_F(SpineTest, CatalogueNamesTheThirtyFourStatements) {
  framework::v1::ListItemsRequest request;
  request.set_parent(kVersion);
  request.set_page_size(1000);
  const auto items =
      Ask(suite_->frameworks(), &framework::v1::FrameworkService::Stub::ListItems, request);
  ASSERT_TRUE(items.ok()) << items.status();
  EXPECT_EQ(items->items_size(), 34);
}

}  // namespace
}  // namespace assay::integration
