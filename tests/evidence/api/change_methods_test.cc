#include "services/evidence/api/change_methods.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/common/revision/revision_proto.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/watched_store.h"

namespace assay::evidence {
namespace {

constexpr char kHome[] = "locations/1-102";
constexpr char kService[] = "locations/1-102/services/homecare";

class ChangeMethodsTest : public testing::Test {
 protected:
  void SetUp() override {
    v1::UpsertLocationRequest location;
    *location.mutable_location() = LocationOf(kHome);
    ASSERT_TRUE(UpsertLocation(backend(), location).ok());
    v1::UpsertServiceRequest service;
    service.mutable_service()->set_name(kService);
    ASSERT_TRUE(UpsertService(backend(), service).ok());
  }

  const Backend& backend() { return test_.backend(); }

  int64_t Act(const char* subject) {
    v1::CreateRegulatoryActionRequest request;
    request.set_parent(subject);
    *request.mutable_action() = ActionOf("2025-01-01");
    const auto action = CreateRegulatoryAction(backend(), request);
    EXPECT_TRUE(action.ok()) << action.status();
    return action->counter();
  }

  void AddEvidence() {
    v1::CreateEvidenceItemRequest request;
    request.set_parent(kHome);
    *request.mutable_evidence_item() = EvidenceOf("Fell twice.", "2025-02-01");
    ASSERT_TRUE(CreateEvidenceItem(backend(), request).ok());
  }

  v1::GetRevisionResponse Ask(const char* subject) {
    v1::GetRevisionRequest request;
    request.set_subject(subject);
    const auto answer = GetRevision(backend(), request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(v1::GetRevisionResponse());
  }

  static int64_t CounterIn(const v1::GetRevisionResponse& answer) {
    const auto vector = revision::RevisionFromProto(answer.revision(), "revision");
    EXPECT_TRUE(vector.ok()) << vector.status();
    return static_cast<int64_t>(vector->At(static_cast<names::Partition>(PartitionOf(kHome))));
  }

  ReadsSeen seen_;
  TestBackend test_{std::unique_ptr<EngineHarness>(std::make_unique<WatchedHarness>(&seen_))};
};

// Regression: a service written to between the two reads counted for nothing, while the revision
// claimed to cover it: a cache was asked under the older counter and gave the rating of before.
TEST_F(ChangeMethodsTest, ARevisionNeverClaimsWhatItsCounterLeavesOut) {
  Act(kService);
  const int64_t before = test_.store().Counters()[static_cast<size_t>(PartitionOf(kHome))];
  int64_t meanwhile = 0;
  seen_.after_read_subject = [&] {
    seen_.after_read_subject = nullptr;
    meanwhile = Act(kService);
  };
  const v1::GetRevisionResponse answer = Ask(kHome);
  ASSERT_EQ(meanwhile, before + 1);
  EXPECT_EQ(CounterIn(answer), before) << "what the first read saw";
  EXPECT_EQ(answer.subject_counter(), meanwhile);
}

TEST_F(ChangeMethodsTest, ACounterIsOfWhatARatingMayRestOn) {
  const int64_t acted = Act(kHome);
  // More than are looked at in one read.
  for (int item = 0; item < 20; ++item) AddEvidence();
  EXPECT_EQ(Ask(kHome).subject_counter(), acted);
  EXPECT_EQ(CounterIn(Ask(kHome)), acted + 20);
  const int64_t later = Act(kService);
  EXPECT_EQ(Ask(kHome).subject_counter(), later);
  EXPECT_EQ(Ask(kService).subject_counter(), later);
  EXPECT_EQ(Ask("locations/9-9").subject_counter(), 0);
}

TEST_F(ChangeMethodsTest, ReadsNoTextAndNoHistory) {
  for (int item = 0; item < 20; ++item) AddEvidence();
  Act(kHome);
  seen_.Forget();
  Ask(kHome);
  EXPECT_EQ(seen_.text_bytes, 0u);
  EXPECT_LE(seen_.largest_page, 8u);
  EXPECT_EQ(seen_.reads, 2u) << "one of the location, one of its service";
}

}  // namespace
}  // namespace assay::evidence
