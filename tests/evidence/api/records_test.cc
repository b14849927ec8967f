// Evidence items, overrides, publications and services by the methods of the service.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/evidence/api/attachments.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr char kHome[] = "locations/1-102";
constexpr char kUuid[] = "0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b";

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const errors::Violation& one : errors::FieldViolations(status)) fields.push_back(one.field);
  return fields;
}

class RecordsTest : public testing::Test {
 protected:
  void SetUp() override {
    v1::UpsertLocationRequest request;
    *request.mutable_location() = LocationOf(kHome);
    ASSERT_TRUE(UpsertLocation(backend(), request).ok());
  }

  const Backend& backend() { return test_.backend(); }

  v1::CreateEvidenceItemRequest EvidenceRequest(absl::string_view text,
                                                absl::string_view received = "2025-01-08") {
    v1::CreateEvidenceItemRequest request;
    request.set_parent(kHome);
    *request.mutable_evidence_item() = EvidenceOf(text, received);
    return request;
  }
  v1::EvidenceItem AddEvidence(absl::string_view text, absl::string_view received = "2025-01-08") {
    const auto item = CreateEvidenceItem(backend(), EvidenceRequest(text, received));
    EXPECT_TRUE(item.ok()) << item.status();
    return item.value_or(v1::EvidenceItem());
  }
  v1::CreateOverrideRequest OverrideRequest(int to, absl::string_view effective) {
    v1::CreateOverrideRequest request;
    request.set_parent(kHome);
    *request.mutable_override() = OverrideOf("safe", 3, to, effective);
    return request;
  }
  v1::CreatePublicationRequest PublicationRequest(int level, absl::string_view published) {
    v1::CreatePublicationRequest request;
    request.set_parent(kHome);
    *request.mutable_publication() = PublicationOf(level, published);
    return request;
  }

  // The texts of the evidence that a filter lists, in pages of one.
  std::vector<std::string> Listed(const v1::ListEvidenceItemsRequest::Filter& filter) {
    v1::ListEvidenceItemsRequest request;
    request.set_parent(kHome);
    request.set_page_size(1);
    *request.mutable_filter() = filter;
    std::vector<std::string> texts;
    do {
      const auto page = ListEvidenceItems(backend(), request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::EvidenceItem& one : page->evidence_items()) texts.push_back(one.text());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return texts;
  }

  TestBackend test_;
};

TEST_F(RecordsTest, EvidenceIsReadBackAsItWasRecorded) {
  v1::CreateEvidenceItemRequest request = EvidenceRequest("Fell twice.");
  request.mutable_evidence_item()->add_tags("falls");
  request.mutable_evidence_item()->set_name("locations/9/evidence/mine");  // output only, as these
  request.mutable_evidence_item()->set_counter(77);
  request.mutable_evidence_item()->set_etag("mine");
  request.mutable_evidence_item()->set_supersedes("mine");
  request.mutable_evidence_item()->mutable_erased_time()->set_seconds(1);
  const auto item = CreateEvidenceItem(backend(), request);
  ASSERT_TRUE(item.ok()) << item.status();
  EXPECT_THAT(item->name(), StartsWith("locations/1-102/evidence/"));
  EXPECT_EQ(item->text(), "Fell twice.");
  EXPECT_EQ(item->supersedes(), "");
  EXPECT_FALSE(item->has_erased_time());
  EXPECT_GT(item->counter(), 0);
  EXPECT_NE(item->counter(), 77);
  EXPECT_EQ(item->etag().size(), 16u);
  v1::GetEvidenceItemRequest get;
  get.set_name(item->name());
  *get.add_at_least() = item->revision();
  const auto again = GetEvidenceItem(backend(), get);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), item->SerializeAsString());
  get.set_name(absl::StrCat(kHome, "/judgements/", kUuid));
  EXPECT_EQ(errors::Reason(GetEvidenceItem(backend(), get).status()), "EVIDENCE_INVALID");
  get.set_name(absl::StrCat(kHome, "/evidence/", kUuid));
  EXPECT_EQ(errors::Reason(GetEvidenceItem(backend(), get).status()), "EVIDENCE_NOT_FOUND");
}

TEST_F(RecordsTest, EveryKindRefusesAnUnknownSubjectAndIsSafeToRepeat) {
  v1::CreateOverrideRequest one = OverrideRequest(2, "2025-01-01");
  one.set_request_id(kUuid);
  const auto first = CreateOverride(backend(), one);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(CreateOverride(backend(), one)->SerializeAsString(), first->SerializeAsString());
  // A request id is of its subject, whatever the method.
  v1::CreatePublicationRequest publication = PublicationRequest(3, "2025-01-01");
  publication.set_request_id(kUuid);
  EXPECT_EQ(errors::Reason(CreatePublication(backend(), publication).status()),
            "REQUEST_ID_REUSED");
  publication.set_parent("locations/9-9");
  EXPECT_EQ(errors::Reason(CreatePublication(backend(), publication).status()),
            "LOCATION_NOT_FOUND");
  one.set_parent("locations/9-9");
  EXPECT_EQ(errors::Reason(CreateOverride(backend(), one).status()), "LOCATION_NOT_FOUND");
}

TEST_F(RecordsTest, TheSameReferenceOfTheSameKindIsRecordedOnce) {
  v1::CreateEvidenceItemRequest request = EvidenceRequest("Fell twice.");
  request.mutable_evidence_item()->mutable_source()->set_system("ulysses");
  request.mutable_evidence_item()->mutable_source()->set_reference("INC-17");
  const auto first = CreateEvidenceItem(backend(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(CreateEvidenceItem(backend(), request)->name(), first->name());
  v1::CreatePublicationRequest publication = PublicationRequest(3, "2025-01-01");
  *publication.mutable_publication()->mutable_source() = request.evidence_item().source();
  const auto published = CreatePublication(backend(), publication);
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(CreatePublication(backend(), publication)->name(), published->name());
}

// What a source reference brought, in the order of the answers.
void From(const char* reference, v1::Source* source) {
  source->set_system("notices");
  source->set_reference(reference);
}

TEST_F(RecordsTest, AnErasedRecordDoesNotStandForAnotherOfItsSource) {
  v1::CreateRegulatoryActionRequest breach;
  breach.set_parent(kHome);
  *breach.mutable_action() = ActionOf("2025-01-01");
  breach.mutable_action()->set_kind(v1::REGULATORY_ACTION_KIND_BREACH);
  breach.mutable_action()->set_regulation("12");
  breach.mutable_action()->set_rationale("Mrs. Smith fell.");
  From("INS-1", breach.mutable_action()->mutable_source());
  const auto first = CreateRegulatoryAction(backend(), breach);
  ASSERT_TRUE(first.ok()) << first.status();
  v1::CreateOverrideRequest departure = OverrideRequest(2, "2025-01-01");
  From("INS-1", departure.mutable_override()->mutable_source());
  const auto departed = CreateOverride(backend(), departure);
  ASSERT_TRUE(departed.ok()) << departed.status();
  for (const std::string& name : {first->name(), departed->name()}) {
    v1::EraseRequest erase;
    erase.set_name(name);
    erase.set_reason("DPR-17");
    ASSERT_TRUE(Erase(backend(), erase).ok());
  }
  // The same again finds the erased one, in other words too.
  EXPECT_EQ(CreateRegulatoryAction(backend(), breach)->name(), first->name());
  breach.mutable_action()->set_rationale("She fell.");
  EXPECT_EQ(CreateRegulatoryAction(backend(), breach)->name(), first->name());
  EXPECT_EQ(CreateOverride(backend(), departure)->name(), departed->name());
  // What differs in what is no text is another record.
  const auto differs = [&](auto change) {
    v1::CreateRegulatoryActionRequest other = breach;
    change(*other.mutable_action());
    const auto answer = CreateRegulatoryAction(backend(), other);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_NE(answer->name(), first->name()) << other.ShortDebugString();
  };
  differs([](v1::RegulatoryAction& action) { action.set_regulation("17"); });
  differs([](v1::RegulatoryAction& action) { action.set_service("homecare"); });
  differs([](v1::RegulatoryAction& action) { *action.mutable_opened() = DateOf("2025-01-02"); });
  differs([](v1::RegulatoryAction& action) {
    action.set_kind(v1::REGULATORY_ACTION_KIND_WARNING_NOTICE);
  });
  departure.mutable_override()->mutable_node()->set_group("caring");
  EXPECT_NE(CreateOverride(backend(), departure)->name(), departed->name());
}

TEST_F(RecordsTest, AnErasedActionIsClosedByACorrectionFromItsSource) {
  v1::CreateRegulatoryActionRequest notice;
  notice.set_parent(kHome);
  *notice.mutable_action() = ActionOf("2025-01-01");
  notice.mutable_action()->set_rationale("Mrs. Smith fell.");
  From("WN-1", notice.mutable_action()->mutable_source());
  const auto first = CreateRegulatoryAction(backend(), notice);
  ASSERT_TRUE(first.ok()) << first.status();
  v1::EraseRequest erase;
  erase.set_name(first->name());
  erase.set_reason("DPR-17");
  ASSERT_TRUE(Erase(backend(), erase).ok());
  v1::CorrectRequest correction;
  correction.set_name(first->name());
  correction.set_reason("it was met");
  *correction.mutable_action() = notice.action();
  correction.mutable_action()->clear_rationale();
  *correction.mutable_action()->mutable_closed() = DateOf("2025-02-01");
  const auto closed = Correct(backend(), correction);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->record().action().supersedes(), first->name());
  EXPECT_TRUE(closed->record().action().has_closed());
}

TEST_F(RecordsTest, TheReasonOfAPublicationsCorrectionIsErased) {
  const auto published = CreatePublication(backend(), PublicationRequest(3, "2025-01-01"));
  ASSERT_TRUE(published.ok()) << published.status();
  v1::CorrectRequest correction;
  correction.set_name(published->name());
  correction.set_reason("Mrs. Smith said so.");
  *correction.mutable_publication() = PublicationOf(2, "2025-01-01");
  const auto corrected = Correct(backend(), correction);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  v1::EraseRequest erase;
  erase.set_name(corrected->record().publication().name());
  erase.set_reason("DPR-17");
  const auto erased = Erase(backend(), erase);
  ASSERT_TRUE(erased.ok()) << erased.status();
  v1::GetPublicationRequest get;
  get.set_name(erase.name());
  EXPECT_EQ(GetPublication(backend(), get)->correction_reason(), "");
  EXPECT_EQ(GetPublication(backend(), get)->outcome().level(), 2);
}

TEST_F(RecordsTest, WhatASourceDoesNotHaveIsMissedByItsKind) {
  v1::CreateEvidenceItemRequest request = EvidenceRequest("Fell twice.");
  From("INC-17", request.mutable_evidence_item()->mutable_source());
  ASSERT_TRUE(CreateEvidenceItem(backend(), request).ok());
  v1::CorrectRequest retraction;
  retraction.mutable_wrong()->set_parent(kHome);
  *retraction.mutable_wrong()->mutable_source() = request.evidence_item().source();
  retraction.set_reason("of another home");
  v1::CorrectRequest of_node = retraction;
  of_node.mutable_wrong()->mutable_node()->set_group("safe");
  EXPECT_EQ(errors::Reason(Correct(backend(), of_node).status()), "EVIDENCE_NOT_FOUND");
  ASSERT_TRUE(Correct(backend(), retraction).ok());
  EXPECT_EQ(errors::Reason(Correct(backend(), retraction).status()), "EVIDENCE_NOT_FOUND");
}

TEST_F(RecordsTest, ABatchWhoseAnswerWouldNotFitInAMessageIsRefused) {
  v1::BatchCreateEvidenceItemsRequest batch;
  for (int number = 0; number < 5; ++number) {
    *batch.add_requests() = EvidenceRequest(absl::StrCat(number, std::string(500000, 'x')));
  }
  const absl::Status refused = BatchCreateEvidenceItems(backend(), batch).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
  EXPECT_THAT(FieldsOf(refused), ElementsAre("requests"));
  EXPECT_EQ(Listed({}).size(), 0u);
  batch.mutable_requests()->RemoveLast();
  const auto written = BatchCreateEvidenceItems(backend(), batch);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_LT(written->ByteSizeLong(), size_t{4} << 20);
}

TEST_F(RecordsTest, ABatchCitesSoManyItemsAndNoMore) {
  v1::IngestRecordsRequest batch;
  batch.set_sequence(1);
  int cited = 0;
  while (cited <= 5000) {
    v1::CreateJudgementRequest& request = *batch.add_writes()->mutable_judgement();
    request = ScoreRequest(kHome, "safe.learning-culture", 2, "2025-01-09");
    for (int at = 0; at < 250; ++at) {
      request.mutable_judgement()->add_evidence(absl::StrCat(
          kHome, "/evidence/0190a5b8-3c4d-7e6f-8a9b-", absl::Dec(++cited, absl::kZeroPad12)));
    }
  }
  const auto answer = IngestBatch(backend(), batch, 0);
  EXPECT_THAT(answer.status().message(), testing::HasSubstr("at most 5000"));
  EXPECT_EQ(answer.written(), 0);
}

TEST_F(RecordsTest, ABatchWithOneBadRecordOfAnyKindWritesNothingAndNamesAll) {
  const std::vector<int64_t> before = test_.store().Counters();
  v1::BatchCreateEvidenceItemsRequest evidence;
  *evidence.add_requests() = EvidenceRequest("good");
  *evidence.add_requests() = EvidenceRequest(std::string(10 << 20, 'x'));
  *evidence.add_requests() = EvidenceRequest("caf\xe9", "2027-01-01");
  EXPECT_THAT(
      FieldsOf(BatchCreateEvidenceItems(backend(), evidence).status()),
      UnorderedElementsAre("requests", "requests[1].evidence_item.text",
                           "requests[2].evidence_item.text", "requests[2].evidence_item.received"));
  v1::BatchCreateOverridesRequest overrides;
  *overrides.add_requests() = OverrideRequest(2, "2025-01-01");
  *overrides.add_requests() = OverrideRequest(3, "2025-01-01");
  overrides.mutable_requests(1)->mutable_override()->clear_rationale();
  EXPECT_THAT(
      FieldsOf(BatchCreateOverrides(backend(), overrides).status()),
      UnorderedElementsAre("requests[1].override.outcome", "requests[1].override.rationale"));
  v1::BatchCreatePublicationsRequest publications;
  *publications.add_requests() = PublicationRequest(5, "2025-01-01");
  EXPECT_THAT(FieldsOf(BatchCreatePublications(backend(), publications).status()),
              ElementsAre("requests[0].publication.outcome.level"));
  EXPECT_EQ(test_.store().Counters(), before);

  *publications.mutable_requests(0) = PublicationRequest(3, "2025-01-01");
  *publications.add_requests() = PublicationRequest(4, "2025-02-01");
  const auto written = BatchCreatePublications(backend(), publications);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->publications(1).outcome().label(), "Outstanding");
}

TEST_F(RecordsTest, EveryKindIsCorrectedAndRetracted) {
  const v1::EvidenceItem wrong = AddEvidence("Fell twice.");
  v1::CorrectRequest correct;
  correct.set_name(wrong.name());
  correct.set_reason("it was once");
  *correct.mutable_evidence_item() = EvidenceOf("Fell once.", "2025-01-08");
  const auto corrected = Correct(backend(), correct);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->record().evidence().supersedes(), wrong.name());
  EXPECT_EQ(corrected->record().evidence().correction_reason(), "it was once");
  EXPECT_EQ(errors::Reason(Correct(backend(), correct).status()), "ALREADY_SUPERSEDED");
  EXPECT_THAT(Listed({}), ElementsAre("Fell twice.", "Fell once."));
  v1::ListEvidenceItemsRequest::Filter standing;
  standing.set_standing(true);
  EXPECT_THAT(Listed(standing), ElementsAre("Fell once."));

  const auto one = CreateOverride(backend(), OverrideRequest(2, "2025-01-01"));
  ASSERT_TRUE(one.ok()) << one.status();
  correct.set_name(one->name());
  EXPECT_THAT(FieldsOf(Correct(backend(), correct).status()), ElementsAre("evidence_item"));
  *correct.mutable_override() = OverrideOf("safe", 3, 1, "2025-01-01");
  const auto lower = Correct(backend(), correct);
  ASSERT_TRUE(lower.ok()) << lower.status();
  EXPECT_EQ(lower->record().override().supersedes(), one->name());

  const auto publication = CreatePublication(backend(), PublicationRequest(3, "2025-01-01"));
  ASSERT_TRUE(publication.ok()) << publication.status();
  correct.set_name(publication->name());
  correct.clear_replacement();
  const auto retracted = Correct(backend(), correct);
  ASSERT_TRUE(retracted.ok()) << retracted.status();
  EXPECT_EQ(retracted->record().retraction().record(), publication->name());
  v1::ListPublicationsRequest list;
  list.set_parent(kHome);
  EXPECT_EQ(ListPublications(backend(), list)->publications_size(), 1);
  list.mutable_filter()->set_standing(true);
  EXPECT_EQ(ListPublications(backend(), list)->publications_size(), 0);
}

TEST_F(RecordsTest, EvidenceIsListedByEveryPartOfItsFilter) {
  v1::CreateEvidenceItemRequest request = EvidenceRequest("survey", "2025-02-01");
  request.mutable_evidence_item()->set_kind(v1::EVIDENCE_KIND_SURVEY);
  request.mutable_evidence_item()->set_sensitivity(v1::SENSITIVITY_PUBLIC);
  request.mutable_evidence_item()->set_items(0, "safe.safeguarding");
  request.mutable_evidence_item()->set_service("homecare");
  request.mutable_evidence_item()->add_tags("yearly");
  request.mutable_evidence_item()->mutable_source()->set_system("nhs-survey");
  ASSERT_TRUE(CreateEvidenceItem(backend(), request).ok());
  AddEvidence("complaint", "2025-03-01");
  struct Case {
    const char* what;
    std::function<void(v1::ListEvidenceItemsRequest::Filter&)> set;
    std::vector<std::string> listed;
  };
  using Filter = v1::ListEvidenceItemsRequest::Filter;
  const std::vector<std::string> survey = {"survey"};
  const std::vector<std::string> complaint = {"complaint"};
  const Case cases[] = {
      {"all", [](Filter&) {}, {"survey", "complaint"}},
      {"kind", [](Filter& f) { f.set_kind(v1::EVIDENCE_KIND_SURVEY); }, survey},
      {"item", [](Filter& f) { f.set_item("safe.learning-culture"); }, complaint},
      {"category", [](Filter& f) { f.set_category("processes"); }, {}},
      {"service", [](Filter& f) { f.set_service("homecare"); }, survey},
      {"tag", [](Filter& f) { f.set_tag("yearly"); }, survey},
      {"system", [](Filter& f) { f.set_source_system("nhs-survey"); }, survey},
      {"public", [](Filter& f) { f.set_most_sensitive(v1::SENSITIVITY_PUBLIC); }, survey},
      {"any sensitivity",
       [](Filter& f) { f.set_most_sensitive(v1::SENSITIVITY_CONFIDENTIAL); },
       {"survey", "complaint"}},
      {"from", [](Filter& f) { *f.mutable_received_from() = DateOf("2025-03-01"); }, complaint},
      {"before", [](Filter& f) { *f.mutable_received_before() = DateOf("2025-03-01"); }, survey},
  };
  for (const Case& c : cases) {
    Filter filter;
    c.set(filter);
    EXPECT_EQ(Listed(filter), c.listed) << c.what;
  }
  v1::ListEvidenceItemsRequest bad;
  bad.set_parent(kHome);
  bad.mutable_filter()->set_kind(static_cast<v1::EvidenceKind>(99));
  bad.mutable_filter()->mutable_received_from()->set_month(13);
  EXPECT_THAT(FieldsOf(ListEvidenceItems(backend(), bad).status()),
              UnorderedElementsAre("filter.kind", "filter.received_from"));
}

TEST_F(RecordsTest, APageOfLongTextsEndsBeforeItOutgrowsAMessage) {
  for (int number = 0; number < 5; ++number) {
    AddEvidence(std::string(900000, static_cast<char>('a' + number)));
  }
  v1::ListEvidenceItemsRequest request;
  request.set_parent(kHome);
  std::string first_letters;
  int pages = 0;
  do {
    const auto page = ListEvidenceItems(backend(), request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->ByteSizeLong(), size_t{3} << 20);
    for (const v1::EvidenceItem& one : page->evidence_items()) first_letters += one.text()[0];
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(first_letters, "abcde");
  EXPECT_EQ(pages, 3);
}

TEST_F(RecordsTest, AJudgementCitesEvidenceThatIsThere) {
  const v1::EvidenceItem item = AddEvidence("Fell twice.");
  v1::CreateJudgementRequest request =
      ScoreRequest(kHome, "safe.learning-culture", 2, "2025-01-09");
  request.mutable_judgement()->add_evidence(item.name());
  const auto judgement = CreateJudgement(backend(), request);
  ASSERT_TRUE(judgement.ok()) << judgement.status();
  EXPECT_THAT(judgement->evidence(), ElementsAre(item.name()));
  request.mutable_judgement()->add_evidence(absl::StrCat(kHome, "/evidence/", kUuid));
  EXPECT_THAT(FieldsOf(CreateJudgement(backend(), request).status()),
              ElementsAre("judgement.evidence[1]"));
}

TEST_F(RecordsTest, AStreamTakesEveryKind) {
  v1::IngestRecordsRequest batch;
  batch.set_sequence(1);
  *batch.add_writes()->mutable_evidence_item() = EvidenceRequest("Fell twice.");
  *batch.add_writes()->mutable_override() = OverrideRequest(2, "2025-01-01");
  *batch.add_writes()->mutable_publication() = PublicationRequest(3, "2025-01-01");
  const v1::IngestRecordsResponse good = IngestBatch(backend(), batch, 0);
  EXPECT_EQ(good.status().code(), 0) << good.status().message();
  EXPECT_EQ(good.written(), 3);

  batch.set_sequence(2);
  batch.set_allow_partial(true);
  batch.mutable_writes(1)->mutable_override()->mutable_override()->clear_rationale();
  batch.mutable_writes(2)->mutable_publication()->set_parent("locations/9-9");
  const v1::IngestRecordsResponse partial = IngestBatch(backend(), batch, 1);
  EXPECT_EQ(partial.written(), 1);
  EXPECT_EQ(partial.refused(), 2);
}

TEST_F(RecordsTest, TheStateHasTheKindsAskedFor) {
  ASSERT_TRUE(CreateOverride(backend(), OverrideRequest(2, "2025-01-01")).ok());
  ASSERT_TRUE(CreateOverride(backend(), OverrideRequest(1, "2025-03-01")).ok());
  ASSERT_TRUE(CreatePublication(backend(), PublicationRequest(3, "2025-02-01")).ok());
  AddEvidence("Fell twice.", "2025-02-01");
  const v1::EvidenceItem wrong = AddEvidence("Another home's.", "2025-02-01");
  v1::CorrectRequest retraction;
  retraction.set_name(wrong.name());
  retraction.set_reason("another home");
  ASSERT_TRUE(Correct(backend(), retraction).ok());

  const auto state = [&](const char* day, std::vector<v1::RecordKind> kinds) {
    v1::GetStateRequest request;
    request.set_name(kHome);
    *request.mutable_as_of()->mutable_effective_date() = DateOf(day);
    for (const v1::RecordKind kind : kinds) request.add_kinds(kind);
    const auto answer = GetState(backend(), request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<std::string> found;
    for (const v1::Record& record : answer->records()) {
      if (record.has_override()) {
        found.push_back(absl::StrCat("override to ", record.override().outcome().level()));
      } else if (record.has_publication()) {
        found.push_back("publication");
      } else if (record.has_evidence()) {
        found.push_back(record.evidence().text());
      } else if (record.has_location()) {
        found.push_back("location");
      }
    }
    return found;
  };
  EXPECT_THAT(state("2025-02-28", {}), ElementsAre("location", "override to 2"));
  EXPECT_THAT(state("2025-03-01", {v1::RECORD_KIND_OVERRIDE}), ElementsAre("override to 1"));
  EXPECT_THAT(state("2025-02-01", {v1::RECORD_KIND_PUBLICATION, v1::RECORD_KIND_EVIDENCE_ITEM}),
              ElementsAre("publication", "Fell twice."));
  EXPECT_THAT(state("2025-01-31", {v1::RECORD_KIND_PUBLICATION, v1::RECORD_KIND_EVIDENCE_ITEM}),
              IsEmpty());
}

// Regression: such a question was answered with nothing.
TEST_F(RecordsTest, AStateOfCorrectionsAloneIsRefusedByName) {
  v1::GetStateRequest request;
  request.set_name(kHome);
  request.add_kinds(v1::RECORD_KIND_JUDGEMENT);
  request.add_kinds(v1::RECORD_KIND_RETRACTION);
  request.add_kinds(v1::RECORD_KIND_ERASURE);
  const absl::Status refused = GetState(backend(), request).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
  EXPECT_THAT(std::string(refused.message()),
              testing::AllOf(testing::HasSubstr("kinds[1]"), testing::HasSubstr("kinds[2]"),
                             testing::Not(testing::HasSubstr("kinds[0]"))));
  request.set_whole_history(true);
  EXPECT_TRUE(GetState(backend(), request).ok());
}

// Regression: every text of a subject was read and held, whatever was asked for.
TEST_F(RecordsTest, AnAnswerThatIsTooLargeIsRefusedAndNamesTheList) {
  constexpr int kItems = 20;
  for (int item = 0; item < kItems; ++item) {
    AddEvidence(absl::StrCat(item, std::string(size_t{1} << 20, 'x')).substr(0, size_t{1} << 20));
  }
  v1::GetStateRequest request;
  request.set_name(kHome);
  request.add_kinds(v1::RECORD_KIND_EVIDENCE_ITEM);
  for (const bool whole : {false, true}) {
    request.set_whole_history(whole);
    request.set_without_texts(false);
    const absl::Status refused = GetState(backend(), request).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
    EXPECT_THAT(std::string(refused.message()),
                testing::AllOf(testing::HasSubstr("kinds"), testing::HasSubstr("16 MiB"),
                               testing::HasSubstr("ListEvidenceItems")));
    request.set_without_texts(true);
    const auto bare = GetState(backend(), request);
    ASSERT_TRUE(bare.ok()) << bare.status();
    EXPECT_EQ(bare->records_size(), kItems);
  }
}

TEST_F(RecordsTest, AHistoryWithoutTextsHoldsNone) {
  constexpr char kMarker[] = "marker-of-a-person";
  v1::CreateEvidenceItemRequest item = EvidenceRequest(kMarker);
  item.mutable_evidence_item()->add_tags(kMarker);
  item.mutable_evidence_item()->set_source_standing(kMarker);
  ASSERT_TRUE(CreateEvidenceItem(backend(), item).ok());
  v1::CreateOverrideRequest one = OverrideRequest(2, "2025-01-01");
  one.mutable_override()->set_rationale(kMarker);
  one.mutable_override()->set_decided_by(kMarker);
  const auto overridden = CreateOverride(backend(), one);
  ASSERT_TRUE(overridden.ok()) << overridden.status();
  v1::CreateJudgementRequest judgement =
      ScoreRequest(kHome, "safe.learning-culture", 2, "2025-01-09");
  judgement.mutable_judgement()->set_rationale(kMarker);
  judgement.mutable_judgement()->set_assessor(kMarker);
  ASSERT_TRUE(CreateJudgement(backend(), judgement).ok());
  v1::CreateRegulatoryActionRequest action;
  action.set_parent(kHome);
  *action.mutable_action() = ActionOf("2025-01-01");
  action.mutable_action()->set_rationale(kMarker);
  ASSERT_TRUE(CreateRegulatoryAction(backend(), action).ok());
  v1::CorrectRequest retraction;
  retraction.set_name(overridden->name());
  retraction.set_reason(kMarker);
  ASSERT_TRUE(Correct(backend(), retraction).ok());

  v1::GetStateRequest request;
  request.set_name(kHome);
  request.set_whole_history(true);
  for (int kind = 1; kind <= v1::RecordKind_MAX; ++kind) {
    request.add_kinds(static_cast<v1::RecordKind>(kind));
  }
  EXPECT_THAT(GetState(backend(), request)->SerializeAsString(), testing::HasSubstr(kMarker));
  request.set_without_texts(true);
  const auto stripped = GetState(backend(), request);
  ASSERT_TRUE(stripped.ok()) << stripped.status();
  EXPECT_EQ(stripped->records_size(), 6);
  EXPECT_THAT(stripped->SerializeAsString(), testing::Not(testing::HasSubstr(kMarker)));
}

TEST_F(RecordsTest, AServiceBelongsToALocationThatIsThere) {
  v1::UpsertServiceRequest request;
  request.mutable_service()->set_name("locations/9-9/services/homecare");
  EXPECT_EQ(errors::Reason(UpsertService(backend(), request).status()), "LOCATION_NOT_FOUND");
  for (const char* id : {"homecare", "extra-care", "zoo"}) {
    request.mutable_service()->set_name(absl::StrCat(kHome, "/services/", id));
    request.mutable_service()->set_sector("adult-social-care");
    const auto service = UpsertService(backend(), request);
    ASSERT_TRUE(service.ok()) << service.status();
    EXPECT_NE(service->etag(), "");
    EXPECT_TRUE(service->has_recorded_time());
  }
  // Names of another location that stand after, and one that begins alike.
  for (const char* other : {"locations/1-1020", "locations/1-103"}) {
    v1::UpsertLocationRequest location;
    *location.mutable_location() = LocationOf(other);
    ASSERT_TRUE(UpsertLocation(backend(), location).ok());
    v1::UpsertServiceRequest theirs;
    theirs.mutable_service()->set_name(absl::StrCat(other, "/services/a"));
    ASSERT_TRUE(UpsertService(backend(), theirs).ok());
  }
  v1::ListServicesRequest list;
  list.set_parent(kHome);
  list.set_page_size(2);
  std::vector<std::string> names;
  do {
    const auto page = ListServices(backend(), list);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Service& one : page->services()) names.push_back(one.name());
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_THAT(names, ElementsAre(absl::StrCat(kHome, "/services/extra-care"),
                                 absl::StrCat(kHome, "/services/homecare"),
                                 absl::StrCat(kHome, "/services/zoo")));
  list.set_parent("locations/9-9");
  EXPECT_EQ(errors::Reason(ListServices(backend(), list).status()), "LOCATION_NOT_FOUND");
  v1::GetServiceRequest get;
  get.set_name(names[1]);
  EXPECT_EQ(GetService(backend(), get)->sector(), "adult-social-care");
  request.mutable_service()->set_name(names[1]);
  request.mutable_service()->set_etag("another");
  EXPECT_EQ(errors::Reason(UpsertService(backend(), request).status()), "ETAG_MISMATCH");

  // A service is a subject, and its location's history has what was recorded of it.
  v1::CreateRegulatoryActionRequest action;
  action.set_parent(names[1]);
  *action.mutable_action() = ActionOf("2025-01-01");
  ASSERT_TRUE(CreateRegulatoryAction(backend(), action).ok());
  v1::GetStateRequest state;
  state.set_name(kHome);
  state.set_whole_history(true);
  const auto whole = GetState(backend(), state);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->records_size(), 5);  // the location, three services, the action
  EXPECT_EQ(whole->counters(4), whole->subject_counter());
  state.set_whole_history(false);
  EXPECT_EQ(GetState(backend(), state)->records_size(), 1);
}

TEST_F(RecordsTest, ACorrectionUnderAnEtagWantsTheRecordThatWasRead) {
  const v1::EvidenceItem one = AddEvidence("one");
  const v1::EvidenceItem other = AddEvidence("other");
  v1::CorrectRequest request;
  request.set_name(one.name());
  request.set_reason("it was wrong");
  request.set_etag(other.etag());
  EXPECT_EQ(errors::Reason(Correct(backend(), request).status()), "ETAG_MISMATCH");
  request.set_etag(one.etag());
  EXPECT_TRUE(Correct(backend(), request).ok());
}

TEST_F(RecordsTest, AnErasureTakesTheTextAndLeavesTheRecord) {
  const v1::EvidenceItem item = AddEvidence("Fell twice.");
  v1::EraseRequest request;
  request.set_name(item.name());
  request.set_reason("DPR-17");
  request.set_request_id(kUuid);
  const auto erased = Erase(backend(), request);
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_EQ(erased->erasure().record(), item.name());
  EXPECT_EQ(erased->erasure().reason(), "DPR-17");
  EXPECT_GT(erased->erasure().counter(), item.counter());
  EXPECT_EQ(Erase(backend(), request)->SerializeAsString(), erased->SerializeAsString());
  v1::GetEvidenceItemRequest get;
  get.set_name(item.name());
  const auto left = GetEvidenceItem(backend(), get);
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_EQ(left->text(), "");
  EXPECT_TRUE(left->has_erased_time());
  EXPECT_EQ(left->kind(), item.kind());
  // A second one finds the first, whoever asks.
  request.clear_request_id();
  request.set_reason("DPR-18");
  EXPECT_EQ(Erase(backend(), request)->erasure().counter(), erased->erasure().counter());
  request.set_name(absl::StrCat(kHome, "/evidence/", kUuid));
  EXPECT_EQ(errors::Reason(Erase(backend(), request).status()), "EVIDENCE_NOT_FOUND");
  request.clear_reason();
  request.set_name(kHome);
  EXPECT_THAT(FieldsOf(Erase(backend(), request).status()), UnorderedElementsAre("name", "reason"));

  // Followers of the kind are told.
  v1::IngestRecordsRequest batch;
  batch.set_sequence(1);
  batch.add_writes()->mutable_erasure()->set_name(AddEvidence("another").name());
  batch.mutable_writes(0)->mutable_erasure()->set_reason("DPR-19");
  EXPECT_EQ(IngestBatch(backend(), batch, 0).written(), 1);
}

// Uploads bytes in pieces, as a client would.
absl::StatusOr<v1::UploadAttachmentResponse> Upload(const Backend& backend,
                                                    const std::string& parent,
                                                    const std::string& digest, int64_t size,
                                                    const std::vector<std::string>& pieces) {
  AttachmentUpload upload(&backend);
  v1::UploadAttachmentRequest message;
  message.mutable_header()->set_parent(parent);
  message.mutable_header()->set_digest(digest);
  message.mutable_header()->set_size(size);
  absl::Status status = upload.Add(message);
  for (const std::string& piece : pieces) {
    if (!status.ok()) return status;
    message.set_chunk(piece);
    status = upload.Add(message);
  }
  if (!status.ok()) return status;
  return upload.Finish();
}

absl::StatusOr<std::string> Fetched(const Backend& backend, const std::string& parent,
                                    const std::string& digest) {
  v1::DownloadAttachmentRequest request;
  request.set_parent(parent);
  request.set_digest(digest);
  const auto download = AttachmentDownload::Open(&backend, request);
  if (!download.ok()) return download.status();
  std::string bytes;
  while (true) {
    v1::DownloadAttachmentResponse message;
    const absl::StatusOr<bool> more = (*download)->Next(&message);
    if (!more.ok()) return more.status();
    if (!*more) return bytes;
    bytes += message.chunk();
  }
}

TEST_F(RecordsTest, AnAttachmentIsStoredOnceCheckedAndErasedWithItsLastReference) {
  const std::string bytes(3 << 20, 'a');
  const std::string digest(digest::Sha256(bytes).bytes());
  const std::vector<std::string> pieces = {bytes.substr(0, 1 << 20), bytes.substr(1 << 20, 1 << 20),
                                           bytes.substr(2 << 20)};
  const auto size = static_cast<int64_t>(bytes.size());
  const auto uploaded = Upload(backend(), kHome, digest, size, pieces);
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  EXPECT_FALSE(uploaded->existed());
  EXPECT_TRUE(Upload(backend(), kHome, digest, size, pieces)->existed());
  EXPECT_EQ(*Fetched(backend(), kHome, digest), bytes);

  std::vector<std::string> names;
  for (int number = 0; number < 2; ++number) {
    v1::CreateEvidenceItemRequest request = EvidenceRequest("see the letter");
    v1::EvidenceItem::Attachment& one = *request.mutable_evidence_item()->add_attachments();
    one.set_digest(digest);
    one.set_file_name("letter.pdf");
    one.set_size(7);  // output only
    const auto item = CreateEvidenceItem(backend(), request);
    ASSERT_TRUE(item.ok()) << item.status();
    EXPECT_EQ(item->attachments(0).size(), size);
    EXPECT_EQ(item->attachments(0).digest(), digest);
    names.push_back(item->name());
  }
  for (int number = 0; number < 2; ++number) {
    EXPECT_TRUE(Fetched(backend(), kHome, digest).ok());
    v1::EraseRequest erase;
    erase.set_name(names[static_cast<size_t>(number)]);
    erase.set_reason("DPR-17");
    const auto erased = Erase(backend(), erase);
    ASSERT_TRUE(erased.ok()) << erased.status();
  }
  EXPECT_EQ(errors::Reason(Fetched(backend(), kHome, digest).status()), "ATTACHMENT_NOT_FOUND");
  v1::GetEvidenceItemRequest get;
  get.set_name(names[0]);
  EXPECT_EQ(GetEvidenceItem(backend(), get)->attachments(0).digest(), "");
}

TEST_F(RecordsTest, AnUploadThatIsNotWhatItSaysLeavesNothing) {
  const std::string digest(digest::Sha256("right").bytes());
  struct Case {
    const char* what;
    std::string parent;
    std::string digest;
    int64_t size;
    std::vector<std::string> pieces;
    absl::StatusCode code;
  };
  const Case cases[] = {
      {"other bytes", kHome, digest, 5, {"wrong"}, absl::StatusCode::kInvalidArgument},
      {"too few", kHome, digest, 5, {"rig"}, absl::StatusCode::kInvalidArgument},
      {"too many", kHome, digest, 5, {"right", "er"}, absl::StatusCode::kInvalidArgument},
      {"an empty chunk", kHome, digest, 5, {""}, absl::StatusCode::kInvalidArgument},
      {"a chunk over a mebibyte",
       kHome,
       digest,
       2 << 20,
       {std::string((1 << 20) + 1, 'x')},
       absl::StatusCode::kInvalidArgument},
      {"half a digest", kHome, "half", 5, {}, absl::StatusCode::kInvalidArgument},
      {"too large",
       kHome,
       digest,
       (int64_t{256} << 20) + 1,
       {},
       absl::StatusCode::kInvalidArgument},
      {"not a root",
       "locations/1-102/services/homecare",
       digest,
       5,
       {},
       absl::StatusCode::kInvalidArgument},
      {"unknown location", "locations/9-9", digest, 5, {"right"}, absl::StatusCode::kNotFound},
  };
  for (const Case& c : cases) {
    const auto uploaded = Upload(backend(), c.parent, c.digest, c.size, c.pieces);
    EXPECT_EQ(uploaded.status().code(), c.code) << c.what << uploaded.status();
    EXPECT_EQ(errors::Reason(Fetched(backend(), kHome, digest).status()), "ATTACHMENT_NOT_FOUND")
        << c.what;
  }
  AttachmentUpload headless(&backend());
  v1::UploadAttachmentRequest chunk;
  chunk.set_chunk("x");
  EXPECT_EQ(headless.Add(chunk).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(headless.Finish().status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay::evidence
