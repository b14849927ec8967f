// What GetState reads; what it answers is in methods_test.cc and records_test.cc.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/watched_store.h"

namespace assay::evidence {
namespace {

constexpr char kHome[] = "locations/1-102";
constexpr int kItems = 200;
constexpr size_t kTextBytes = 5000;

class GetStateTest : public testing::Test {
 protected:
  void SetUp() override {
    v1::UpsertLocationRequest location;
    *location.mutable_location() = LocationOf(kHome);
    ASSERT_TRUE(UpsertLocation(backend(), location).ok());
    v1::BatchCreateEvidenceItemsRequest batch;
    for (int item = 0; item < kItems; ++item) {
      v1::CreateEvidenceItemRequest& request = *batch.add_requests();
      request.set_parent(kHome);
      *request.mutable_evidence_item() = EvidenceOf(
          absl::StrCat(item, std::string(kTextBytes, 'x')).substr(0, kTextBytes), "2025-02-01");
    }
    ASSERT_TRUE(BatchCreateEvidenceItems(backend(), batch).ok());
    v1::CreateJudgementRequest score =
        ScoreRequest(kHome, "safe.learning-culture", 3, "2025-01-01");
    score.mutable_judgement()->set_rationale("Staff learn.");
    ASSERT_TRUE(CreateJudgement(backend(), score).ok());
    seen_.Forget();
  }

  const Backend& backend() { return test_.backend(); }

  v1::GetStateResponse State(const v1::GetStateRequest& request) {
    const auto state = GetState(backend(), request);
    EXPECT_TRUE(state.ok()) << state.status();
    return state.value_or(v1::GetStateResponse());
  }

  ReadsSeen seen_;
  TestBackend test_{std::unique_ptr<EngineHarness>(std::make_unique<WatchedHarness>(&seen_))};
};

// Regression: every record was read at once with its texts, whatever was asked for.
TEST_F(GetStateTest, ReadsInPagesAndNoTextsThatNobodyWants) {
  const struct {
    bool whole_history;
    bool without_texts;
    std::vector<v1::RecordKind> kinds;
    size_t text_bytes;
    int records;
  } kCases[] = {
      {true, true, {}, 0, 2},
      {false, true, {}, 0, 2},
      {true, false, {}, 12, 2},  // the rationale alone
      {false, false, {v1::RECORD_KIND_JUDGEMENT}, 12, 1},
      {true, true, {v1::RECORD_KIND_EVIDENCE_ITEM}, 0, kItems},
      {true, false, {v1::RECORD_KIND_EVIDENCE_ITEM}, kItems * kTextBytes, kItems},
  };
  for (const auto& one : kCases) {
    v1::GetStateRequest request;
    request.set_name(kHome);
    request.set_whole_history(one.whole_history);
    request.set_without_texts(one.without_texts);
    for (const v1::RecordKind kind : one.kinds) request.add_kinds(kind);
    seen_.Forget();
    EXPECT_EQ(State(request).records_size(), one.records) << request.ShortDebugString();
    EXPECT_EQ(seen_.text_bytes, one.text_bytes) << request.ShortDebugString();
    EXPECT_LE(seen_.largest_page, 64u);
    EXPECT_GE(seen_.reads, 4u);
  }
}

// What is written between two pages is not in the answer, and does not look like a broken chain.
TEST_F(GetStateTest, AnswersAsOfTheFirstPage) {
  v1::GetStateRequest request;
  request.set_name(kHome);
  request.set_whole_history(true);
  const v1::GetStateResponse before = State(request);
  int written = 0;
  bool writing = false;
  seen_.after_read_subject = [&] {
    // Writing does not read a subject, but for safety's sake.
    if (writing) return;
    writing = true;
    ASSERT_TRUE(CreateJudgement(backend(), ScoreRequest(kHome, "safe.learning-culture",
                                                        1 + written % 4, "2025-03-01"))
                    .ok());
    ++written;
    writing = false;
  };
  const v1::GetStateResponse meanwhile = State(request);
  seen_.after_read_subject = nullptr;
  ASSERT_GE(written, 4);
  EXPECT_EQ(meanwhile.SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(State(request).records_size(), before.records_size() + written);
}

// Every page is checked, of kinds that nobody asked for too.
TEST_F(GetStateTest, NoticesAChangedRecordOnAnyPage) {
  for (const int64_t counter : {2, 100, 201}) {
    TestBackend test;
    v1::UpsertLocationRequest location;
    *location.mutable_location() = LocationOf(kHome);
    ASSERT_TRUE(UpsertLocation(test.backend(), location).ok());
    v1::BatchCreateEvidenceItemsRequest batch;
    for (int item = 0; item < kItems; ++item) {
      batch.add_requests()->set_parent(kHome);
      *batch.mutable_requests(item)->mutable_evidence_item() =
          EvidenceOf(absl::StrCat("item ", item), "2025-02-01");
    }
    ASSERT_TRUE(BatchCreateEvidenceItems(test.backend(), batch).ok());
    v1::GetStateRequest request;
    request.set_name(kHome);
    request.set_without_texts(true);
    ASSERT_TRUE(GetState(test.backend(), request).ok());
    test.Damage(absl::StrCat("UPDATE record SET payload = payload || x'00' WHERE revision = ",
                             counter, " AND subject = '", kHome, "'"));
    EXPECT_EQ(errors::Reason(GetState(test.backend(), request).status()), "DATA_CORRUPT")
        << counter;
  }
}

// Regression: a filter spared the wire alone; every text was read all the same.
TEST_F(GetStateTest, AFeedReadsOfWhatItLeavesOutTheirPlaceAlone) {
  const auto drain = [&](const v1::StreamChangesRequest& request) {
    seen_.Forget();
    const auto feed = Feed::Open(test_.store(), test_.clock(), request);
    ASSERT_TRUE(feed.ok()) << feed.status();
    while (true) {
      v1::StreamChangesResponse batch;
      const auto step = (*feed)->Next(&batch);
      ASSERT_TRUE(step.ok()) << step.status();
      if (*step == Feed::Step::kNothing || *step == Feed::Step::kEnd) return;
    }
  };
  v1::StreamChangesRequest request;
  drain(request);
  EXPECT_EQ(seen_.text_bytes, kItems * kTextBytes + 12);
  const size_t all = seen_.payload_bytes;
  request.set_without_texts(true);
  drain(request);
  EXPECT_EQ(seen_.text_bytes, 0u);
  EXPECT_EQ(seen_.payload_bytes, all);
  request.set_without_texts(false);
  request.add_kinds(v1::RECORD_KIND_JUDGEMENT);
  drain(request);
  EXPECT_EQ(seen_.text_bytes, 12u);
  EXPECT_GT(seen_.payload_bytes, 0u);
  EXPECT_LT(seen_.payload_bytes, all / 50);
}

}  // namespace
}  // namespace assay::evidence
