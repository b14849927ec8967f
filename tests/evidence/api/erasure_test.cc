// What an erasure takes from records of every kind, and what it leaves.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/api/records_testing.h"

namespace assay::evidence {
namespace {

using testing::UnorderedElementsAre;

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
  v1::UpsertServiceRequest homecare;
  homecare.mutable_service()->set_name(absl::StrCat(kHome, "/services/homecare"));
  ASSERT_TRUE(UpsertService(backend(), homecare).ok());
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

}  // namespace
}  // namespace assay::evidence
