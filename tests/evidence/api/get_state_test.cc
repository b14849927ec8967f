// What GetState reads, and what it answers of each kind; what holds when is in methods_test.cc.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/api/records_testing.h"
#include "tests/evidence/watched_store.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

  const auto state = [&](const char* day, const std::vector<v1::RecordKind>& kinds) {
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
  constexpr int kLongItems = 20;
  for (int item = 0; item < kLongItems; ++item) {
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
    EXPECT_EQ(bare->records_size(), kLongItems);
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

}  // namespace
}  // namespace assay::evidence
