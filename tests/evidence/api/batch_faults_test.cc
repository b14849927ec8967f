// What a batch with faults is answered: all of them, whichever layer finds them.
#include "services/evidence/api/batch_faults.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/rpc_status.h"
#include "services/evidence/api/attachments.h"
#include "services/evidence/api/change_methods.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/api/records_testing.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr char kItem[] = "safe.learning-culture";
constexpr char kNowhere[] = "locations/9-9";

class BatchFaultsTest : public RecordsTest {
 protected:
  static v1::CreateJudgementRequest Score(const char* subject, int level,
                                          const char* service = "") {
    v1::CreateJudgementRequest request = ScoreRequest(subject, kItem, level, "2025-01-09");
    request.mutable_judgement()->mutable_node()->set_service(service);
    return request;
  }

  void AddService(const char* id) {
    v1::UpsertServiceRequest request;
    request.mutable_service()->set_name(absl::StrCat(kHome, "/services/", id));
    const auto service = UpsertService(backend(), request);
    ASSERT_TRUE(service.ok()) << service.status();
  }

  v1::IngestRecordsResponse Ingest(v1::IngestRecordsRequest batch) {
    batch.set_sequence(1);
    return IngestBatch(backend(), batch, 0);
  }

  // Evidence with an attachment that is uploaded, erased since.
  v1::CreateEvidenceItemRequest ErasedEvidence(std::string* name) {
    const std::string bytes = "a photograph";
    v1::CreateEvidenceItemRequest request = EvidenceRequest("Fell twice.");
    request.set_request_id(kUuid);
    auto* attachment = request.mutable_evidence_item()->add_attachments();
    attachment->set_digest(std::string(digest::Sha256(bytes).bytes()));
    attachment->set_media_type("image/jpeg");
    AttachmentUpload upload(&backend());
    v1::UploadAttachmentRequest piece;
    piece.mutable_header()->set_parent(kHome);
    piece.mutable_header()->set_digest(attachment->digest());
    piece.mutable_header()->set_size(static_cast<int64_t>(bytes.size()));
    EXPECT_TRUE(upload.Add(piece).ok());
    piece.set_chunk(bytes);
    EXPECT_TRUE(upload.Add(piece).ok());
    EXPECT_TRUE(upload.Finish().ok());
    const auto first = CreateEvidenceItem(backend(), request);
    EXPECT_TRUE(first.ok()) << first.status();
    v1::EraseRequest erase;
    erase.set_name(first->name());
    erase.set_reason("DPR-17");
    EXPECT_TRUE(Erase(backend(), erase).ok());
    *name = first->name();
    return request;
  }
};

// Regression: what only the store finds was hidden behind other faults, and of several of it only
// the first was told, without its place.
TEST_F(BatchFaultsTest, ABatchNamesTheFaultsOfEveryRecordWhicheverLayerFindsThem) {
  AddService("homecare");
  const std::vector<int64_t> before = test_.store().Counters();
  v1::BatchCreateJudgementsRequest batch;
  *batch.add_requests() = Score(kHome, 2, "homecare");
  *batch.add_requests() = Score(kNowhere, 9);
  *batch.add_requests() = Score("locations/9-8", 2);
  *batch.add_requests() = Score(kHome, 2, "homecrae");
  *batch.add_requests() = Score(kHome, 9, "hmoecare");
  const absl::Status mixed = BatchCreateJudgements(backend(), batch).status();
  EXPECT_EQ(errors::Reason(mixed), "JUDGEMENT_INVALID") << mixed;
  EXPECT_THAT(FieldsOf(mixed),
              UnorderedElementsAre("requests[1].judgement.outcome.level", "requests[1].parent",
                                   "requests[2].parent", "requests[3].judgement.node.service",
                                   "requests[4].judgement.outcome.level",
                                   "requests[4].judgement.node.service"));
  EXPECT_THAT(mixed.message(), HasSubstr("requests[2].parent"));
  // Where the store alone finds faults, code and reason are those of the first.
  batch.mutable_requests()->DeleteSubrange(4, 1);
  batch.mutable_requests(1)->mutable_judgement()->mutable_outcome()->set_level(2);
  const absl::Status stored = BatchCreateJudgements(backend(), batch).status();
  EXPECT_EQ(errors::Reason(stored), "LOCATION_NOT_FOUND") << stored;
  EXPECT_EQ(errors::Metadata(stored)["name"], kNowhere);
  EXPECT_THAT(FieldsOf(stored), ElementsAre("requests[1].parent", "requests[2].parent",
                                            "requests[3].judgement.node.service"));
  EXPECT_THAT(stored.message(), HasSubstr("locations/9-8"));
  EXPECT_EQ(test_.store().Counters(), before);
  batch.mutable_requests()->DeleteSubrange(1, 3);
  EXPECT_TRUE(BatchCreateJudgements(backend(), batch).ok());
}

TEST_F(BatchFaultsTest, OneRecordsFaultsAreToldTogetherToo) {
  const absl::Status both = CreateJudgement(backend(), Score(kNowhere, 9)).status();
  EXPECT_THAT(FieldsOf(both), ElementsAre("judgement.outcome.level", "parent"));
  const absl::Status one = CreateJudgement(backend(), Score(kNowhere, 2)).status();
  EXPECT_EQ(errors::Reason(one), "LOCATION_NOT_FOUND");
  EXPECT_THAT(FieldsOf(one), ElementsAre("parent"));
  v1::CorrectRequest correction;
  correction.set_name(absl::StrCat(kHome, "/judgements/", kUuid));
  *correction.mutable_judgement() = Score(kHome, 9, "homecrae").judgement();
  const absl::Status corrected = Correct(backend(), correction).status();
  EXPECT_THAT(FieldsOf(corrected), UnorderedElementsAre("reason", "judgement.outcome.level",
                                                        "judgement.node.service", "name"));
}

// Regression: the field was named twice, "requests[1].request_id: request_id: got".
TEST_F(BatchFaultsTest, AFaultNamesItsFieldOnce) {
  v1::BatchCreateJudgementsRequest batch;
  for (const int level : {2, 3, 9}) {
    *batch.add_requests() = Score(kHome, level);
    batch.mutable_requests()->rbegin()->set_request_id(level == 9 ? "" : kUuid);
  }
  const absl::Status status = BatchCreateJudgements(backend(), batch).status();
  EXPECT_THAT(status.message(), HasSubstr("requests[1].request_id: got ")) << status;
}

TEST_F(BatchFaultsTest, ManyFaultsAreBounded) {
  v1::BatchCreateJudgementsRequest batch;
  for (int at = 0; at < 1000; ++at) {
    *batch.add_requests() = Score(absl::StrCat("locations/9-", at).c_str(), at == 0 ? 9 : 2);
  }
  const absl::Status status = BatchCreateJudgements(backend(), batch).status();
  const auto fields = errors::FieldViolations(status);
  ASSERT_GT(fields.size(), 10u);
  ASSERT_LE(fields.size(), 101u);
  EXPECT_EQ(fields.back().description, absl::StrCat("and ", 1001 - (fields.size() - 1), " more"));
}

TEST_F(BatchFaultsTest, AStreamsBatchNamesThemAllWithTheirPlaces) {
  v1::IngestRecordsRequest batch;
  // What is registered in the same batch is there for the records after it, though it has faults.
  auto* location = batch.add_writes()->mutable_location()->mutable_location();
  *location = LocationOf("locations/1-200");
  location->set_display_name(std::string(501, 'x'));
  batch.add_writes()->mutable_service()->mutable_service()->set_name(
      "locations/1-200/services/homecare");
  *batch.add_writes()->mutable_judgement() = Score("locations/1-200", 2, "homecare");
  *batch.add_writes()->mutable_judgement() = Score(kNowhere, 2);
  *batch.add_writes()->mutable_evidence_item() = EvidenceRequest("Fell.");
  batch.mutable_writes(4)->mutable_evidence_item()->mutable_evidence_item()->set_service("zoo");
  batch.add_writes()->mutable_service()->mutable_service()->set_name(
      absl::StrCat(kNowhere, "/services/homecare"));
  const std::vector<int64_t> before = test_.store().Counters();
  const absl::Status whole = errors::FromRpcStatus(Ingest(batch).status());
  EXPECT_EQ(errors::Reason(whole), "REQUEST_INVALID");
  EXPECT_THAT(FieldsOf(whole), UnorderedElementsAre("writes[0].location.location.display_name",
                                                    "writes[3].judgement.parent",
                                                    "writes[4].evidence_item.evidence_item.service",
                                                    "writes[5].service.service.name"));
  EXPECT_EQ(test_.store().Counters(), before);

  // With partial success the location is not there, so that nothing about it is either.
  batch.set_allow_partial(true);
  batch.mutable_writes(3)->mutable_judgement()->mutable_judgement()->mutable_outcome()->set_level(
      9);
  *batch.add_writes()->mutable_judgement() = Score(kHome, 3);
  const v1::IngestRecordsResponse partial = Ingest(batch);
  EXPECT_EQ(partial.status().code(), 0) << partial.status().message();
  EXPECT_EQ(partial.written(), 1);
  EXPECT_EQ(partial.refused(), 6);
  ASSERT_THAT(partial.refusals(), SizeIs(6));
  std::vector<int> places;
  for (const auto& refusal : partial.refusals()) places.push_back(refusal.index());
  EXPECT_THAT(places, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(
      FieldsOf(errors::FromRpcStatus(partial.refusals(3).status())),
      ElementsAre("writes[3].judgement.judgement.outcome.level", "writes[3].judgement.parent"));
  EXPECT_EQ(errors::Reason(errors::FromRpcStatus(partial.refusals(5).status())),
            "LOCATION_NOT_FOUND");
}

// A stand-in is never written, nor does it destroy anything.
TEST_F(BatchFaultsTest, WhatHasFaultsIsNeverWritten) {
  const v1::EvidenceItem item = AddEvidence("Fell twice.");
  const std::vector<int64_t> before = test_.store().Counters();
  for (const bool partial : {false, true}) {
    v1::IngestRecordsRequest batch;
    batch.set_allow_partial(partial);
    batch.add_writes()->mutable_erasure()->set_name(item.name());
    auto* correction = batch.add_writes()->mutable_correction();
    correction->set_name(item.name());
    *batch.add_writes()->mutable_location()->mutable_location() = LocationOf("locations/1-200");
    batch.mutable_writes(2)->mutable_location()->mutable_location()->set_beds(-1);
    batch.add_writes();
    const v1::IngestRecordsResponse answer = Ingest(batch);
    EXPECT_EQ(answer.written(), 0);
    EXPECT_EQ(answer.refused(), partial ? 4 : 0);
  }
  EXPECT_EQ(test_.store().Counters(), before);
  EXPECT_THAT(Listed({}), ElementsAre("Fell twice."));
}

// Regression: only Create and BatchCreate gave the first answer.
TEST_F(BatchFaultsTest, AStreamAnswersARequestAgainWhoseAttachmentWasErasedSince) {
  std::string name;
  const v1::CreateEvidenceItemRequest request = ErasedEvidence(&name);
  for (const bool partial : {false, true}) {
    v1::IngestRecordsRequest batch;
    batch.set_allow_partial(partial);
    *batch.add_writes()->mutable_evidence_item() = request;
    const v1::IngestRecordsResponse again = Ingest(batch);
    EXPECT_EQ(again.status().code(), 0) << again.status().message();
    EXPECT_EQ(again.unchanged(), 1);
    EXPECT_EQ(again.written() + again.refused(), 0);
    // What is new may not name it.
    batch.mutable_writes(0)->mutable_evidence_item()->clear_request_id();
    *batch.add_writes()->mutable_judgement() = Score(kNowhere, 2);
    const v1::IngestRecordsResponse lacking = Ingest(batch);
    const absl::Status first =
        errors::FromRpcStatus(partial ? lacking.refusals(0).status() : lacking.status());
    EXPECT_EQ(FieldsOf(first).front(),
              "writes[0].evidence_item.evidence_item.attachments[0].digest");
    EXPECT_THAT(FieldsOf(first), SizeIs(partial ? 1 : 2));
    EXPECT_EQ(lacking.refused(), partial ? 2 : 0);
  }
}

// Regression: a service that nobody registered was taken without a word, so that one that was
// mistyped was rated beside the one that was meant.
TEST_F(BatchFaultsTest, ARecordNamesOnlyServicesOfItsLocationThatAreRegistered) {
  AddService("homecare");
  v1::CreateRegulatoryActionRequest action;
  action.set_parent(kHome);
  *action.mutable_action() = ActionOf("2025-01-01");
  action.mutable_action()->set_service("homecrae");
  v1::CreateEvidenceItemRequest evidence = EvidenceRequest("Fell twice.");
  evidence.mutable_evidence_item()->set_service("homecrae");
  const absl::Status judged = CreateJudgement(backend(), Score(kHome, 2, "homecrae")).status();
  EXPECT_EQ(errors::Reason(judged), "SERVICE_NOT_FOUND") << judged;
  EXPECT_THAT(judged.message(), HasSubstr("locations/1-102/services/homecrae"));
  EXPECT_THAT(FieldsOf(judged), ElementsAre("judgement.node.service"));
  EXPECT_THAT(FieldsOf(CreateRegulatoryAction(backend(), action).status()),
              ElementsAre("action.service"));
  EXPECT_THAT(FieldsOf(CreateEvidenceItem(backend(), evidence).status()),
              ElementsAre("evidence_item.service"));
  // Of a service's own records too; of a provider any id is taken, since it has no such register.
  const std::string homecare = absl::StrCat(kHome, "/services/homecare");
  EXPECT_EQ(errors::Reason(CreateJudgement(backend(), Score(homecare.c_str(), 2, "zoo")).status()),
            "SERVICE_NOT_FOUND");
  EXPECT_TRUE(CreateJudgement(backend(), Score(homecare.c_str(), 2, "homecare")).ok());
  EXPECT_TRUE(CreateJudgement(backend(), Score("providers/1-101", 2, "homecare")).ok());
  action.mutable_action()->set_service("homecare");
  EXPECT_TRUE(CreateRegulatoryAction(backend(), action).ok());
  evidence.mutable_evidence_item()->set_service("homecare");
  EXPECT_TRUE(CreateEvidenceItem(backend(), evidence).ok());
  const auto good = CreateJudgement(backend(), Score(kHome, 2, "homecare"));
  ASSERT_TRUE(good.ok()) << good.status();
  v1::CorrectRequest correction;
  correction.set_name(good->name());
  correction.set_reason("of the other service");
  *correction.mutable_judgement() = Score(kHome, 2, "extra-care").judgement();
  EXPECT_EQ(errors::Reason(Correct(backend(), correction).status()), "SERVICE_NOT_FOUND");
  AddService("extra-care");
  EXPECT_TRUE(Correct(backend(), correction).ok());
}

TEST_F(BatchFaultsTest, ALocationHasAThousandServicesAndNoMore) {
  v1::IngestRecordsRequest batch;
  for (int at = 0; at < 1000; ++at) {
    batch.add_writes()->mutable_service()->mutable_service()->set_name(
        absl::StrCat(kHome, "/services/s", at));
  }
  *batch.add_writes()->mutable_location()->mutable_location() = LocationOf("locations/1-1020");
  batch.add_writes()->mutable_service()->mutable_service()->set_name(
      "locations/1-1020/services/s1");
  EXPECT_EQ(Ingest(batch).written(), 1002);
  v1::UpsertServiceRequest request;
  request.mutable_service()->set_name(absl::StrCat(kHome, "/services/zoo"));
  const absl::Status full = UpsertService(backend(), request).status();
  EXPECT_EQ(errors::Reason(full), "SERVICES_FULL") << full;
  EXPECT_THAT(full.message(), HasSubstr("1000"));
  // Those that are there may change.
  request.mutable_service()->set_name(absl::StrCat(kHome, "/services/s7"));
  request.mutable_service()->set_display_name("Seven");
  EXPECT_TRUE(UpsertService(backend(), request).ok());
  // Within a batch those before count.
  batch.Clear();
  for (int at = 1; at < 1002; ++at) {
    batch.add_writes()->mutable_service()->mutable_service()->set_name(
        absl::StrCat("locations/1-1020/services/s", at));
  }
  batch.set_allow_partial(true);
  EXPECT_EQ(Ingest(batch).refused(), 1);
}

// Regression: the first answer was given out of a record that was changed since, and a revision
// found in one.
TEST_F(BatchFaultsTest, WhatWasAnsweredBeforeIsCheckedAgainstItsLeaf) {
  v1::CreateJudgementRequest request = Score(kHome, 2);
  request.set_request_id(kUuid);
  const auto first = CreateJudgement(backend(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(CreateJudgement(backend(), request)->SerializeAsString(), first->SerializeAsString());
  v1::GetRevisionRequest ask;
  ask.set_subject(kHome);
  EXPECT_TRUE(GetRevision(backend(), ask).ok());
  test_.Damage(absl::StrCat("UPDATE record SET payload = payload || x'00' WHERE revision = ",
                            first->counter()));
  EXPECT_EQ(errors::Reason(CreateJudgement(backend(), request).status()), "DATA_CORRUPT");
  v1::BatchCreateJudgementsRequest batch;
  *batch.add_requests() = request;
  EXPECT_EQ(errors::Reason(BatchCreateJudgements(backend(), batch).status()), "DATA_CORRUPT");
  EXPECT_EQ(errors::Reason(GetRevision(backend(), ask).status()), "DATA_CORRUPT");
}

}  // namespace
}  // namespace assay::evidence
