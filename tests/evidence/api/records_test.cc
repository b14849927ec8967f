// Evidence items, overrides, publications and services by the methods of the service.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/api/records_testing.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;
using testing::StartsWith;
using testing::UnorderedElementsAre;

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
  v1::UpsertServiceRequest homecare;
  homecare.mutable_service()->set_name(absl::StrCat(kHome, "/services/homecare"));
  ASSERT_TRUE(UpsertService(backend(), homecare).ok());
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

}  // namespace
}  // namespace assay::evidence
