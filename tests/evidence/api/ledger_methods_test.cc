#include "services/evidence/api/ledger_methods.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "clients/verify/ledger.h"
#include "services/common/errors/errors.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "services/evidence/core/ledger.h"
#include "tests/evidence/evidence_testing.h"
#include "tests/evidence/watched_store.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kHome[] = "locations/1-102";

class LedgerMethodsTest : public testing::Test {
 protected:
  void SetUp() override {
    v1::UpsertLocationRequest request;
    *request.mutable_location() = LocationOf(kHome);
    ASSERT_TRUE(UpsertLocation(backend(), request).ok());
  }

  const Backend& backend() const { return test_.backend(); }

  // Records so many scores, and returns their names.
  std::vector<std::string> Score(int count) {
    std::vector<std::string> names;
    for (int number = 0; number < count; ++number) {
      v1::CreateJudgementRequest request =
          ScoreRequest(kHome, "safe.learning-culture", number % 4 + 1, "2025-03-01");
      request.mutable_judgement()->set_rationale(absl::StrCat("because ", number));
      const absl::StatusOr<v1::Judgement> judgement = CreateJudgement(backend(), request);
      EXPECT_TRUE(judgement.ok()) << judgement.status();
      names.push_back(judgement->name());
    }
    return names;
  }

  v1::VerifySubjectResponse Verify() {
    v1::VerifySubjectRequest request;
    request.set_subject(kHome);
    const absl::StatusOr<v1::VerifySubjectResponse> response = VerifySubject(backend(), request);
    EXPECT_TRUE(response.ok()) << response.status() << errors::PrivateDetail(response.status());
    return *response;
  }

  // What VerifySubject finds wrong after `sql` ran on the closed file, as `counter reason`.
  std::vector<std::string> FaultsAfter(const std::string& sql) {
    test_.Damage(sql);
    std::vector<std::string> faults;
    const v1::VerifySubjectResponse response = Verify();
    EXPECT_EQ(response.intact(), response.faults().empty());
    for (const auto& fault : response.faults()) {
      faults.push_back(absl::StrCat(fault.counter(), " ", fault.reason()));
    }
    return faults;
  }

  v1::Checkpoint Checkpoint() { return GetCheckpoint(backend(), {}).value(); }

  TestBackend test_;
};

TEST_F(LedgerMethodsTest, AnIntactSubjectIsFoundIntact) {
  Score(300);
  const v1::VerifySubjectResponse response = Verify();
  EXPECT_TRUE(response.intact()) << response.DebugString();
  EXPECT_EQ(response.leaves_checked(), 301);
  EXPECT_EQ(response.counter(), 301);
  EXPECT_EQ(response.partition(), PartitionOf(kHome));
  EXPECT_EQ(response.chain_head().size(), 32u);
  v1::VerifySubjectRequest unknown;
  unknown.set_subject("locations/1-999");
  EXPECT_EQ(errors::Reason(VerifySubject(backend(), unknown).status()), "LOCATION_NOT_FOUND");
  unknown.set_subject("nobody");
  EXPECT_EQ(errors::Reason(VerifySubject(backend(), unknown).status()), "REQUEST_INVALID");
}

// Regression: the whole history was held at once, with all its texts.
TEST(LedgerPagesTest, ALongHistoryIsReadPageByPage) {
  constexpr int kItems = 200;
  ReadsSeen seen;
  TestBackend test{std::unique_ptr<EngineHarness>(std::make_unique<WatchedHarness>(&seen))};
  v1::UpsertLocationRequest location;
  *location.mutable_location() = LocationOf(kHome);
  ASSERT_TRUE(UpsertLocation(test.backend(), location).ok());
  std::string name;
  for (int item = 0; item < kItems; ++item) {
    v1::CreateEvidenceItemRequest request;
    request.set_parent(kHome);
    *request.mutable_evidence_item() = EvidenceOf(absl::StrCat("Fell ", item), "2025-02-01");
    const auto created = CreateEvidenceItem(test.backend(), request);
    ASSERT_TRUE(created.ok()) << created.status();
    if (item == kItems / 2) name = created->name();
  }
  seen.Forget();
  v1::VerifySubjectRequest verify;
  verify.set_subject(kHome);
  const auto verified = VerifySubject(test.backend(), verify);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_TRUE(verified->intact());
  EXPECT_EQ(verified->leaves_checked(), kItems + 1);
  EXPECT_LE(seen.largest_page, 64u);
  EXPECT_GT(seen.text_bytes, 0u) << "texts are checked too";
  seen.Forget();
  v1::GetInclusionProofRequest prove;
  prove.set_name(name);
  const auto proof = GetInclusionProof(test.backend(), prove);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->counter(), kItems / 2 + 2);
  EXPECT_LE(seen.largest_page, 1u);
  EXPECT_EQ(seen.text_bytes, 0u);
}

TEST_F(LedgerMethodsTest, ASubjectWhoseHeadIsLostIsNotMissing) {
  Score(3);
  EXPECT_THAT(FaultsAfter("DELETE FROM subject"), ElementsAre("0 record-missing"));
}

TEST_F(LedgerMethodsTest, OfManyFaultsTheFirstAreTold) {
  Score(310);
  const std::vector<std::string> faults = FaultsAfter(
      "UPDATE record SET recorded_us = recorded_us + 1 WHERE revision > 50 AND revision < 300");
  ASSERT_EQ(faults.size(), 100u);
  EXPECT_EQ(faults.front(), "51 record-changed");
  EXPECT_EQ(faults.back(), "150 record-changed");
}

TEST_F(LedgerMethodsTest, AFlippedByteOfARecordIsNoticed) {
  Score(9);
  EXPECT_THAT(FaultsAfter("UPDATE record SET payload = CAST(substr(payload, 1, 20) || "
                          "char(unicode(substr(payload, 21, 1)) + 1) || substr(payload, 22) AS "
                          "BLOB) WHERE revision = 5"),
              ElementsAre("5 record-changed"));
}

TEST_F(LedgerMethodsTest, WhatElseIsChangedIsNoticed) {
  Score(9);
  struct Case {
    const char* sql;
    std::vector<std::string> faults;
  };
  const Case cases[] = {
      {"UPDATE record SET recorded_us = recorded_us + 1 WHERE revision = 3", {"3 record-changed"}},
      {"UPDATE record SET recorded_us = recorded_us - 1 WHERE revision = 3", {}},
      {"UPDATE record SET kind = 6 WHERE revision = 4", {"4 record-changed"}},
      {"UPDATE record SET kind = 5 WHERE revision = 4", {}},
      {"UPDATE record_text SET bytes = 'because 8' WHERE revision = 9", {"9 record-changed"}},
      {"UPDATE record_text SET salt = x'', bytes = x'', erased_us = 5 WHERE revision = 8",
       {"8 erasure-missing", "9 record-changed"}},
  };
  for (const Case& c : cases) EXPECT_EQ(FaultsAfter(c.sql), c.faults) << c.sql;
}

TEST_F(LedgerMethodsTest, ALeafThatIsMadeToFitIsNotInTheLog) {
  Score(9);
  const std::vector<std::string> faults =
      FaultsAfter("UPDATE record SET leaf = randomblob(32) WHERE revision = 6");
  EXPECT_THAT(faults, testing::Contains("6 record-changed"));
}

// Regression: what superseded a record is in no leaf, and could be set to hide one that stands.
TEST_F(LedgerMethodsTest, WhatIsSaidToBeSupersededAndIsNotIsNoticed) {
  const std::vector<std::string> names = Score(9);
  v1::CorrectRequest correct;
  correct.set_name(names[2]);
  *correct.mutable_judgement() =
      ScoreRequest(kHome, "safe.learning-culture", 1, "2025-03-01").judgement();
  correct.set_reason("misread");
  ASSERT_TRUE(Correct(backend(), correct).ok());
  v1::UpsertLocationRequest renamed;
  *renamed.mutable_location() = LocationOf(kHome);
  renamed.mutable_location()->set_display_name("Another name");
  ASSERT_TRUE(UpsertLocation(backend(), renamed).ok());
  ASSERT_TRUE(Verify().intact()) << Verify().DebugString();
  struct Case {
    const char* sql;
    std::vector<std::string> faults;
  };
  const Case cases[] = {
      {"UPDATE record SET superseded_by = 70 WHERE revision = 6", {"6 record-changed"}},
      {"UPDATE record SET superseded_by = 11 WHERE revision = 6", {"6 record-changed"}},
      {"UPDATE record SET superseded_by = 0 WHERE revision = 6", {}},
      {"UPDATE record SET superseded_by = 5 WHERE revision = 4", {"4 record-changed"}},
      {"UPDATE record SET superseded_by = 0 WHERE revision = 4", {"11 record-changed"}},
      {"UPDATE record SET superseded_by = 11 WHERE revision = 4", {}},
      {"UPDATE record SET superseded_by = 3 WHERE revision = 1", {"1 record-changed"}},
      {"UPDATE record SET superseded_by = 12 WHERE revision = 1", {}},
      {"UPDATE record SET superseded_by = 13 WHERE revision = 12", {"12 record-changed"}},
  };
  for (const Case& c : cases) EXPECT_EQ(FaultsAfter(c.sql), c.faults) << c.sql;
}

TEST_F(LedgerMethodsTest, ARecordThatIsLostIsNoticed) {
  Score(9);
  EXPECT_THAT(FaultsAfter("DELETE FROM record_text WHERE revision = 6;"
                          "DELETE FROM record WHERE revision = 6"),
              ElementsAre("6 record-missing", "7 chain-broken"));
}

TEST_F(LedgerMethodsTest, AnErasedRecordStillVerifies) {
  const std::vector<std::string> names = Score(3);
  v1::EraseRequest erase;
  erase.set_name(names[1]);
  erase.set_reason("DPR-17");
  ASSERT_TRUE(Erase(backend(), erase).ok());
  // What is retracted afterwards goes with a second erasure.
  v1::CorrectRequest retraction;
  retraction.set_name(erase.name());
  retraction.set_reason("Mrs. Smith said so.");
  ASSERT_TRUE(Correct(backend(), retraction).ok());
  ASSERT_TRUE(Erase(backend(), erase).ok());
  const v1::VerifySubjectResponse response = Verify();
  EXPECT_TRUE(response.intact()) << response.ShortDebugString();
  EXPECT_EQ(response.erased(), 2);
}

TEST_F(LedgerMethodsTest, GetStateRefusesAChangedRecord) {
  Score(3);
  test_.Damage("UPDATE record SET payload = payload || x'00' WHERE revision = 2");
  v1::GetStateRequest request;
  request.set_name(kHome);
  request.set_whole_history(true);
  EXPECT_EQ(errors::Reason(GetState(backend(), request).status()), "DATA_CORRUPT");
}

// Regression: a record whose payload was changed was served as if it were what was recorded.
TEST_F(LedgerMethodsTest, NoReadGivesAChangedRecord) {
  const std::vector<std::string> names = Score(5);
  v1::GetJudgementRequest get;
  v1::ListJudgementsRequest list;
  list.set_parent(kHome);
  const auto is_damage = [](const absl::Status& status) {
    EXPECT_EQ(errors::Reason(status), "DATA_CORRUPT") << status;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(kHome)) << status;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("counter 4")) << status;
  };
  // Both are the same length, and each is a good record.
  test_.Damage(
      "UPDATE record SET payload = (SELECT o.payload FROM record AS o WHERE o.partition_id ="
      " record.partition_id AND o.revision = 5) WHERE revision = 4");
  get.set_name(names[2]);
  is_damage(GetJudgement(backend(), get).status());
  is_damage(ListJudgements(backend(), list).status());
  get.set_name(names[1]);
  EXPECT_TRUE(GetJudgement(backend(), get).ok()) << "the others are whole";
  get.set_name(names[3]);
  EXPECT_TRUE(GetJudgement(backend(), get).ok()) << "the one after it too";
  test_.Damage("UPDATE record SET payload = payload || x'00' WHERE revision = 1");
  v1::GetLocationRequest location;
  location.set_name(kHome);
  EXPECT_EQ(errors::Reason(GetLocation(backend(), location).status()), "DATA_CORRUPT");
  EXPECT_EQ(errors::Reason(ListLocations(backend(), {}).status()), "DATA_CORRUPT");
}

TEST_F(LedgerMethodsTest, ACheckpointIsSignedByItsKey) {
  Score(2);
  const v1::Checkpoint checkpoint = Checkpoint();
  EXPECT_EQ(checkpoint.epoch(), EpochBytes(test_.store().epoch()));
  EXPECT_EQ(checkpoint.logs_size(), 2) << "the location's partition and its provider's";
  const digest::PublicKey key = test_.key().public_key();
  EXPECT_TRUE(verify::CheckCheckpoint(checkpoint, key).ok());
  const auto refused = [&](auto&& change) {
    v1::Checkpoint other = checkpoint;
    change(other);
    EXPECT_FALSE(verify::CheckCheckpoint(other, key).ok()) << other.DebugString();
  };
  refused([](v1::Checkpoint& c) { c.mutable_epoch()->back() ^= 1; });
  refused([](v1::Checkpoint& c) { c.mutable_create_time()->set_nanos(1); });
  refused([](v1::Checkpoint& c) { c.mutable_logs(0)->set_size(9); });
  refused([](v1::Checkpoint& c) { c.mutable_logs(1)->mutable_root()->back() ^= 1; });
  refused([](v1::Checkpoint& c) { c.mutable_logs()->RemoveLast(); });
  refused([](v1::Checkpoint& c) { c.mutable_signature()->back() ^= 1; });
  refused([](v1::Checkpoint& c) { c.clear_signature(); });
  refused([](v1::Checkpoint& c) { c.mutable_logs()->SwapElements(0, 1); });
  EXPECT_FALSE(verify::CheckCheckpoint(checkpoint, digest::SigningKey::Make().public_key()).ok());
}

TEST_F(LedgerMethodsTest, ARecordIsProvedToBeInTheLog) {
  const std::vector<std::string> names = Score(20);
  const v1::Checkpoint checkpoint = Checkpoint();
  Score(5);
  for (const std::string& name : {names.front(), names.back()}) {
    v1::GetInclusionProofRequest request;
    request.set_name(name);
    request.set_log_size(verify::LogOf(checkpoint, PartitionOf(kHome))->size());
    const absl::StatusOr<v1::InclusionProof> proof = GetInclusionProof(backend(), request);
    ASSERT_TRUE(proof.ok()) << proof.status();
    const absl::StatusOr<v1::Leaf> leaf = verify::CheckRecord(*proof, checkpoint);
    ASSERT_TRUE(leaf.ok()) << leaf.status();
    EXPECT_EQ(leaf->subject(), kHome);
    EXPECT_EQ(leaf->kind(), v1::RECORD_KIND_JUDGEMENT);
    EXPECT_EQ(leaf->commitments(0).field(), "rationale");
    EXPECT_THAT(proof->leaf(), testing::Not(testing::HasSubstr("because")));
    const auto refused = [&](auto&& change) {
      v1::InclusionProof other = *proof;
      change(other);
      EXPECT_FALSE(verify::CheckRecord(other, checkpoint).ok()) << other.DebugString();
    };
    refused([](v1::InclusionProof& p) { p.mutable_epoch()->back() ^= 1; });
    refused([](v1::InclusionProof& p) { p.set_counter(p.counter() + 1); });
    refused([](v1::InclusionProof& p) { p.set_partition(p.partition() ^ 1); });
    refused([](v1::InclusionProof& p) { p.set_log_size(p.log_size() + 1); });
    refused([](v1::InclusionProof& p) { p.mutable_leaf()->back() ^= 1; });
    refused([](v1::InclusionProof& p) { p.mutable_leaf()->append("\x50\x01"); });
    refused([](v1::InclusionProof& p) { p.mutable_hashes(0)->back() ^= 1; });
    refused([](v1::InclusionProof& p) { p.mutable_hashes()->RemoveLast(); });
    refused([](v1::InclusionProof& p) { p.add_hashes(p.root()); });
  }
  v1::GetInclusionProofRequest wrong;
  wrong.set_name(names.back());
  for (const int64_t size : {int64_t{1}, int64_t{1000}, int64_t{-1}}) {
    wrong.set_log_size(size);
    EXPECT_EQ(errors::Reason(GetInclusionProof(backend(), wrong).status()), "REQUEST_INVALID");
  }
  wrong.set_name(absl::StrCat(kHome, "/judgements/019a0000-0000-7000-8000-000000000000"));
  EXPECT_EQ(errors::Reason(GetInclusionProof(backend(), wrong).status()), "JUDGEMENT_NOT_FOUND");
}

TEST_F(LedgerMethodsTest, ALaterCheckpointIsProvedToContinueAnEarlierOne) {
  Score(5);
  const v1::Checkpoint earlier = Checkpoint();
  Score(7);
  const v1::Checkpoint later = Checkpoint();
  const auto request = verify::GrowthRequest(earlier, later);
  ASSERT_EQ(request.spans_size(), 1);
  const auto proofs = GetConsistencyProof(backend(), request).value();
  EXPECT_TRUE(verify::CheckGrowth(earlier, later, proofs).ok());
  EXPECT_TRUE(verify::CheckGrowth(later, later, {}).ok());
  EXPECT_FALSE(verify::CheckGrowth(later, earlier, proofs).ok());
  EXPECT_FALSE(verify::CheckGrowth(earlier, later, {}).ok());
  auto spoilt = proofs;
  spoilt.mutable_proofs(0)->mutable_hashes(0)->back() ^= 1;
  EXPECT_FALSE(verify::CheckGrowth(earlier, later, spoilt).ok());
  v1::Checkpoint other = earlier;
  other.mutable_logs(0)->mutable_root()->back() ^= 1;
  other.mutable_logs(1)->mutable_root()->back() ^= 1;
  EXPECT_FALSE(verify::CheckGrowth(other, later, proofs).ok());
  other = later;
  other.mutable_logs()->RemoveLast();
  EXPECT_FALSE(verify::CheckGrowth(earlier, other, proofs).ok());
  other = later;
  other.mutable_epoch()->back() ^= 1;
  EXPECT_FALSE(verify::CheckGrowth(earlier, other, proofs).ok());
}

TEST_F(LedgerMethodsTest, RefusesSpansThatAreNotThere) {
  Score(3);
  v1::GetConsistencyProofRequest request;
  request.set_epoch("another!");
  EXPECT_EQ(errors::Reason(GetConsistencyProof(backend(), request).status()),
            "TOKEN_OF_ANOTHER_EPOCH");
  request.set_epoch(EpochBytes(test_.store().epoch()));
  EXPECT_EQ(errors::Reason(GetConsistencyProof(backend(), request).status()), "REQUEST_INVALID");
  for (const auto& [partition, first, second] :
       {std::make_tuple(-1, 1, 0), std::make_tuple(257, 1, 0),
        std::make_tuple(PartitionOf(kHome), 0, 0), std::make_tuple(PartitionOf(kHome), 3, 2),
        std::make_tuple(PartitionOf(kHome), 1, 99)}) {
    request.clear_spans();
    auto* span = request.add_spans();
    span->set_partition(partition);
    span->set_first_size(first);
    span->set_second_size(second);
    EXPECT_FALSE(errors::FieldViolations(GetConsistencyProof(backend(), request).status()).empty());
  }
}

}  // namespace
}  // namespace assay::evidence
