#include <limits>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/rpc_status.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kHome[] = "locations/1-102";
constexpr char kItem[] = "safe.learning-culture";
constexpr char kUuid[] = "0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b";

class MethodsTest : public testing::Test {
 protected:
  const Backend& backend() { return test_.backend(); }

  void AddHome() {
    v1::UpsertLocationRequest request;
    *request.mutable_location() = LocationOf(kHome);
    const auto added = UpsertLocation(backend(), request);
    ASSERT_TRUE(added.ok()) << added.status();
  }

  absl::StatusOr<v1::Judgement> Score(const char* item, int level, const char* effective) {
    return CreateJudgement(backend(), ScoreRequest(kHome, item, level, effective));
  }

  // Item and level of each judgement in force.
  std::vector<std::string> InForceOn(const char* day, absl::optional<absl::Time> known_at = {}) {
    v1::GetStateRequest request;
    request.set_name(kHome);
    *request.mutable_as_of()->mutable_effective_date() = DateOf(day);
    if (known_at.has_value()) {
      request.mutable_as_of()->mutable_known_at()->set_seconds(absl::ToUnixSeconds(*known_at));
    }
    const auto state = GetState(backend(), request);
    EXPECT_TRUE(state.ok()) << state.status();
    std::vector<std::string> found;
    for (const v1::Record& record : state->records()) {
      if (!record.has_judgement()) continue;
      found.push_back(absl::StrCat(record.judgement().node().item(), "=",
                                   record.judgement().outcome().level()));
    }
    return found;
  }

  TestBackend test_;
};

TEST_F(MethodsTest, ALocationBringsItsProviderByIdAlone) {
  AddHome();
  v1::GetProviderRequest request;
  request.set_name("providers/1-101");
  const auto provider = GetProvider(backend(), request);
  ASSERT_TRUE(provider.ok()) << provider.status();
  EXPECT_EQ(provider->display_name(), "");
  EXPECT_NE(provider->etag(), "");
  EXPECT_TRUE(provider->has_recorded_time());
  request.set_name("providers/1-999");
  EXPECT_EQ(errors::Reason(GetProvider(backend(), request).status()), "PROVIDER_NOT_FOUND");
}

TEST_F(MethodsTest, AStateIsReplacedUnderItsEtag) {
  AddHome();
  v1::GetLocationRequest get;
  get.set_name(kHome);
  v1::Location location = GetLocation(backend(), get).value();
  location.set_beds(40);
  v1::UpsertLocationRequest request;
  *request.mutable_location() = location;  // with its etag, revision and time: ignored but the etag
  const auto updated = UpsertLocation(backend(), request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_NE(updated->etag(), location.etag());
  request.mutable_location()->set_beds(41);
  EXPECT_EQ(errors::Reason(UpsertLocation(backend(), request).status()), "ETAG_MISMATCH");
}

TEST_F(MethodsTest, LocationsAreListedInPagesOfOneQuery) {
  for (int number = 0; number < 5; ++number) {
    v1::UpsertLocationRequest request;
    *request.mutable_location() = LocationOf(absl::StrCat("locations/1-", number));
    ASSERT_TRUE(UpsertLocation(backend(), request).ok());
  }
  v1::ListLocationsRequest request;
  request.set_page_size(2);
  request.mutable_filter()->set_provider("providers/1-101");
  std::vector<std::string> names;
  std::string first_token;
  do {
    const auto page = ListLocations(backend(), request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Location& location : page->locations()) names.push_back(location.name());
    request.set_page_token(page->next_page_token());
    if (first_token.empty()) first_token = page->next_page_token();
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("locations/1-0", "locations/1-1", "locations/1-2", "locations/1-3",
                                 "locations/1-4"));
  request.set_page_token(first_token);
  request.mutable_filter()->set_registered(true);
  EXPECT_EQ(errors::Reason(ListLocations(backend(), request).status()), "PAGE_TOKEN_MISMATCH");
  request.set_page_token("");
  request.set_page_size(-1);
  EXPECT_EQ(ListLocations(backend(), request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(MethodsTest, AJudgementIsRecordedAsTheModelSpellsIt) {
  AddHome();
  const auto judgement = Score(kItem, 3, "2025-01-01");
  ASSERT_TRUE(judgement.ok()) << judgement.status();
  EXPECT_THAT(judgement->name(), StartsWith("locations/1-102/judgements/"));
  EXPECT_GT(judgement->counter(), 1);
  EXPECT_NE(judgement->outcome().label(), "");
  v1::GetJudgementRequest get;
  get.set_name(judgement->name());
  *get.add_at_least() = judgement->revision();
  const auto again = GetJudgement(backend(), get);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), judgement->SerializeAsString());
}

TEST_F(MethodsTest, RefusesWhatIsNotKnownOrNotGood) {
  EXPECT_EQ(errors::Reason(Score(kItem, 3, "2025-01-01").status()), "LOCATION_NOT_FOUND");
  AddHome();
  const absl::Status status = Score(kItem, 5, "2027-01-01").status();
  EXPECT_EQ(errors::Reason(status), "JUDGEMENT_INVALID");
  std::vector<std::string> fields;
  for (const errors::Violation& one : errors::FieldViolations(status)) fields.push_back(one.field);
  EXPECT_THAT(fields,
              testing::UnorderedElementsAre("judgement.outcome.level", "judgement.effective_date"));
}

TEST_F(MethodsTest, ABatchWithOneBadRecordWritesNothingAndNamesAll) {
  AddHome();
  const std::vector<int64_t> before = test_.store().Counters();
  v1::BatchCreateJudgementsRequest request;
  *request.add_requests() = ScoreRequest(kHome, kItem, 3, "2025-01-01");
  *request.add_requests() = ScoreRequest(kHome, "safe.nonsense", 0, "2025-01-01");
  *request.add_requests() = ScoreRequest(kHome, kItem, 5, "2025-01-01");
  const absl::Status status = BatchCreateJudgements(backend(), request).status();
  std::vector<std::string> fields;
  for (const errors::Violation& one : errors::FieldViolations(status)) fields.push_back(one.field);
  EXPECT_THAT(fields, testing::Contains("requests[1].judgement.node.item"));
  EXPECT_THAT(fields, testing::Contains("requests[2].judgement.outcome.level"));
  EXPECT_EQ(test_.store().Counters(), before);

  request.mutable_requests()->DeleteSubrange(1, 2);
  const auto good = BatchCreateJudgements(backend(), request);
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_THAT(good->judgements(), SizeIs(1));
  request.clear_requests();
  EXPECT_EQ(BatchCreateJudgements(backend(), request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(MethodsTest, ARequestIdGivesTheFirstAnswerOfAnyMethod) {
  AddHome();
  v1::CreateJudgementRequest request = ScoreRequest(kHome, kItem, 3, "2025-01-01");
  request.set_request_id(kUuid);
  const auto first = CreateJudgement(backend(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  test_.Reopen();
  v1::BatchCreateJudgementsRequest batch;
  *batch.add_requests() = request;
  const auto again = BatchCreateJudgements(backend(), batch);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->judgements(0).SerializeAsString(), first->SerializeAsString());
  request.mutable_judgement()->set_rationale("another");
  EXPECT_EQ(errors::Reason(CreateJudgement(backend(), request).status()), "REQUEST_ID_REUSED");
  request.set_request_id("no uuid");
  EXPECT_EQ(errors::Reason(CreateJudgement(backend(), request).status()), "JUDGEMENT_INVALID");
}

TEST_F(MethodsTest, TheStateIsBitemporal) {
  AddHome();
  const absl::Time start = test_.clock().Now();
  ASSERT_TRUE(Score(kItem, 2, "2025-01-01").ok());
  test_.clock().Advance(absl::Hours(1));
  ASSERT_TRUE(Score(kItem, 3, "2025-03-01").ok());
  ASSERT_TRUE(Score("safe.safeguarding", 4, "2025-02-01").ok());
  test_.clock().Advance(absl::Hours(1));
  EXPECT_THAT(InForceOn("2024-12-31"), testing::IsEmpty());
  EXPECT_THAT(InForceOn("2025-01-15"), ElementsAre("safe.learning-culture=2"));
  EXPECT_THAT(InForceOn("2025-06-15"),
              ElementsAre("safe.learning-culture=3", "safe.safeguarding=4"));
  EXPECT_THAT(InForceOn("2025-06-15", start + absl::Minutes(1)),
              ElementsAre("safe.learning-culture=2"));
}

TEST_F(MethodsTest, ACorrectionTakesThePlaceOfWhatWasWrong) {
  AddHome();
  const v1::Judgement wrong = Score(kItem, 2, "2025-01-01").value();
  v1::CorrectRequest request;
  request.set_name(wrong.name());
  *request.mutable_judgement() = ScoreOf(kItem, 3, "2025-01-01");
  request.set_reason("typed wrongly");
  const auto corrected = Correct(backend(), request);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->record().judgement().supersedes(), wrong.name());
  EXPECT_EQ(corrected->record().judgement().correction_reason(), "typed wrongly");
  EXPECT_THAT(InForceOn("2025-06-15"), ElementsAre("safe.learning-culture=3"));
  request.mutable_judgement()->mutable_outcome()->set_level(4);
  EXPECT_EQ(errors::Reason(Correct(backend(), request).status()), "ALREADY_SUPERSEDED");

  v1::CorrectRequest retraction;
  retraction.set_name(corrected->record().judgement().name());
  retraction.set_reason("another home");
  const auto retracted = Correct(backend(), retraction);
  ASSERT_TRUE(retracted.ok()) << retracted.status();
  EXPECT_EQ(retracted->record().retraction().record(), retraction.name());
  EXPECT_THAT(InForceOn("2025-06-15"), testing::IsEmpty());

  v1::GetStateRequest whole;
  whole.set_name(kHome);
  whole.set_whole_history(true);
  const auto history = GetState(backend(), whole);
  EXPECT_THAT(history->records(), SizeIs(4));
  EXPECT_EQ(history->counters_size(), 4);
  EXPECT_EQ(history->subject_counter(), history->counters(3));
}

TEST_F(MethodsTest, ACorrectionFindsWhatIsWrongByItsSource) {
  AddHome();
  for (const char* item : {"safe.learning-culture", "safe.safeguarding"}) {
    v1::CreateJudgementRequest create = ScoreRequest(kHome, item, 2, "2025-01-01");
    create.mutable_judgement()->mutable_source()->set_system("cqc-api");
    create.mutable_judgement()->mutable_source()->set_reference("AP1");
    ASSERT_TRUE(CreateJudgement(backend(), create).ok());
    // Run again, the import records nothing.
    ASSERT_TRUE(CreateJudgement(backend(), create).ok());
  }
  EXPECT_EQ(test_.store().ReadSubject(SubjectOf(kHome), {})->records.size(), 3u);
  v1::CorrectRequest request;
  request.mutable_wrong()->set_parent(kHome);
  request.mutable_wrong()->mutable_source()->set_system("cqc-api");
  request.mutable_wrong()->mutable_source()->set_reference("AP1");
  request.set_reason("published again");
  *request.mutable_judgement() = ScoreOf("safe.safeguarding", 4, "2025-01-01");
  const absl::Status which = Correct(backend(), request).status();
  EXPECT_EQ(which.code(), absl::StatusCode::kInvalidArgument) << which;
  request.mutable_wrong()->mutable_node()->set_item("safe.safeguarding");
  const auto corrected = Correct(backend(), request);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_NE(corrected->record().judgement().supersedes(), "");
  EXPECT_THAT(InForceOn("2025-06-15"),
              ElementsAre("safe.learning-culture=2", "safe.safeguarding=4"));
  EXPECT_EQ(errors::Reason(Correct(backend(), request).status()), "JUDGEMENT_NOT_FOUND");
}

TEST_F(MethodsTest, ActionsAreInForceWhileTheyAreOpen) {
  AddHome();
  v1::CreateRegulatoryActionRequest request;
  request.set_parent(kHome);
  *request.mutable_action() = ActionOf("2025-01-01", "2025-03-01");
  const auto action = CreateRegulatoryAction(backend(), request);
  ASSERT_TRUE(action.ok()) << action.status();
  v1::GetStateRequest state;
  state.set_name(kHome);
  const auto count = [&](const char* day) {
    *state.mutable_as_of()->mutable_effective_date() = DateOf(day);
    int actions = 0;
    const v1::GetStateResponse answer = GetState(backend(), state).value();
    for (const v1::Record& record : answer.records()) {
      actions += record.has_action() ? 1 : 0;
    }
    return actions;
  };
  EXPECT_EQ(count("2024-12-31"), 0);
  EXPECT_EQ(count("2025-01-01"), 1);
  EXPECT_EQ(count("2025-02-28"), 1);
  EXPECT_EQ(count("2025-03-01"), 0);
  v1::ListRegulatoryActionsRequest list;
  list.set_parent(kHome);
  EXPECT_THAT(ListRegulatoryActions(backend(), list)->actions(), SizeIs(1));
}

TEST_F(MethodsTest, JudgementsAreListedInTheOrderOfRecordingAndByFilter) {
  AddHome();
  for (int number = 0; number < 7; ++number) {
    ASSERT_TRUE(
        Score(number % 2 == 0 ? kItem : "safe.safeguarding", 1 + number % 4, "2025-01-01").ok());
  }
  v1::ListJudgementsRequest request;
  request.set_parent(kHome);
  request.set_page_size(2);
  request.mutable_filter()->mutable_node()->set_item(kItem);
  std::vector<int> levels;
  do {
    const auto page = ListJudgements(backend(), request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Judgement& one : page->judgements()) levels.push_back(one.outcome().level());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(levels, ElementsAre(1, 3, 1, 3));
  request.set_parent("locations/9-9");
  request.set_page_token("");
  EXPECT_EQ(errors::Reason(ListJudgements(backend(), request).status()), "LOCATION_NOT_FOUND");
}

TEST_F(MethodsTest, AtLeastOfAnotherEpochOrTheFutureIsRefused) {
  AddHome();
  v1::GetLocationRequest request;
  request.set_name(kHome);
  request.add_at_least()->set_token("nonsense");
  EXPECT_EQ(errors::Reason(GetLocation(backend(), request).status()), "TOKEN_MALFORMED");
  TestBackend other;
  *request.mutable_at_least(0) = other.backend().Newest();
  EXPECT_EQ(errors::Reason(GetLocation(backend(), request).status()), "TOKEN_OF_ANOTHER_EPOCH");
  *request.mutable_at_least(0) = backend().Newest();
  EXPECT_TRUE(GetLocation(backend(), request).ok());
}

v1::IngestRecordsRequest IngestOf(int64_t sequence) {
  v1::IngestRecordsRequest request;
  request.set_sequence(sequence);
  *request.add_writes()->mutable_location()->mutable_location() = LocationOf(kHome);
  *request.add_writes()->mutable_judgement() = ScoreRequest(kHome, kItem, 3, "2025-01-01");
  return request;
}

constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();

TEST_F(MethodsTest, ABatchOfAStreamIsWrittenWhole) {
  const v1::IngestRecordsResponse good = IngestBatch(backend(), IngestOf(1), kFirst);
  EXPECT_EQ(good.status().code(), 0) << good.status().message();
  EXPECT_EQ(good.written(), 2);
  EXPECT_EQ(IngestBatch(backend(), IngestOf(2), 1).unchanged(), 1);

  const std::vector<int64_t> before = test_.store().Counters();
  v1::IngestRecordsRequest bad = IngestOf(3);
  *bad.add_writes()->mutable_judgement() = ScoreRequest(kHome, kItem, 5, "2025-01-01");
  bad.add_writes();
  const v1::IngestRecordsResponse refused = IngestBatch(backend(), bad, 2);
  const absl::Status status = errors::FromRpcStatus(refused.status());
  EXPECT_EQ(refused.sequence(), 3);
  EXPECT_EQ(errors::FieldViolations(status).size(), 2u);
  EXPECT_EQ(errors::FieldViolations(status)[0].field,
            "writes[2].judgement.judgement.outcome.level");
  EXPECT_EQ(test_.store().Counters(), before);
}

TEST_F(MethodsTest, APartialBatchWritesTheGoodOnesAndNamesTheOthers) {
  v1::IngestRecordsRequest request = IngestOf(1);
  *request.add_writes()->mutable_judgement() = ScoreRequest(kHome, kItem, 5, "2025-01-01");
  *request.add_writes()->mutable_judgement() =
      ScoreRequest("locations/9-9", kItem, 3, "2025-01-01");
  *request.add_writes()->mutable_judgement() = ScoreRequest(kHome, kItem, 4, "2025-02-01");
  request.set_allow_partial(true);
  const v1::IngestRecordsResponse response = IngestBatch(backend(), request, kFirst);
  EXPECT_EQ(response.status().code(), 0);
  EXPECT_EQ(response.written(), 3);
  EXPECT_EQ(response.refused(), 2);
  ASSERT_EQ(response.refusals_size(), 2);
  EXPECT_EQ(response.refusals(0).index(), 2);
  EXPECT_EQ(response.refusals(1).index(), 3);
  EXPECT_EQ(response.refusals(1).status().code(), 5);
}

TEST_F(MethodsTest, ABatchHasItsLimits) {
  EXPECT_EQ(IngestBatch(backend(), IngestOf(5), 5).status().code(), 3);
  v1::IngestRecordsRequest none;
  none.set_sequence(1);
  EXPECT_EQ(IngestBatch(backend(), none, kFirst).status().code(), 3);
  v1::IngestRecordsRequest large = IngestOf(1);
  large.mutable_writes(1)->mutable_judgement()->mutable_judgement()->set_rationale(
      std::string(5 << 20, 'x'));
  EXPECT_EQ(IngestBatch(backend(), large, kFirst).status().code(), 3);
  v1::IngestRecordsRequest many;
  many.set_sequence(1);
  for (int number = 0; number < 5001; ++number) many.add_writes();
  EXPECT_EQ(IngestBatch(backend(), many, kFirst).status().code(), 3);
}

}  // namespace
}  // namespace assay::evidence
