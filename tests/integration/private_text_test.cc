// What people wrote stays in the record: it is not in Redis, not in a log, not in a derivation.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using RatingStub = scoring::v1::RatingService::Stub;
using RecordStub = evidence::v1::RecordService::Stub;

constexpr char kHome[] = "locations/1-701";
// Every free text holds it.
constexpr char kMarker[] = "Mrs-Marker-of-Room-7";

std::string Marked(absl::string_view what) { return absl::StrCat(what, " ", kMarker); }

// Records one of each kind, marked wherever a person writes. Returns the last revision.
type::v1::Revision RecordMarked(Suite& suite) {
  evidence::v1::CreateEvidenceItemRequest evidence;
  evidence.set_parent(kHome);
  evidence::v1::EvidenceItem& item = *evidence.mutable_evidence_item();
  item.set_kind(evidence::v1::EVIDENCE_KIND_COMPLAINT);
  item.set_sensitivity(evidence::v1::SENSITIVITY_CONFIDENTIAL);
  item.set_framework_version(kVersion);
  item.add_items(kLearning);
  item.set_text(Marked("She fell twice."));
  item.set_source_standing(Marked("daughter of"));
  item.add_tags(kMarker);
  *item.mutable_received() = Day("2025-03-04");
  const auto recorded = Ask(suite.record(), &RecordStub::CreateEvidenceItem, evidence);
  EXPECT_TRUE(recorded.ok()) << recorded.status();

  evidence::v1::Judgement judgement = Score(kLearning, 2, Day("2025-03-10"));
  judgement.set_rationale(Marked("since"));
  judgement.set_assessor(kMarker);
  if (recorded.ok()) judgement.add_evidence(recorded->name());
  const evidence::v1::Judgement wrong = Judge(suite, "1-701", judgement);

  evidence::v1::CorrectRequest correction;
  correction.set_name(wrong.name());
  correction.set_reason(Marked("not"));
  judgement.mutable_outcome()->set_level(3);
  *correction.mutable_judgement() = judgement;
  const auto corrected = Ask(suite.record(), &RecordStub::Correct, correction);
  EXPECT_TRUE(corrected.ok()) << corrected.status();

  evidence::v1::CreateRegulatoryActionRequest action;
  action.set_parent(kHome);
  action.mutable_action()->set_kind(evidence::v1::REGULATORY_ACTION_KIND_REQUIREMENT_NOTICE);
  action.mutable_action()->set_regulation("12");
  *action.mutable_action()->mutable_opened() = Day("2025-03-11");
  action.mutable_action()->set_rationale(Marked("after"));
  EXPECT_TRUE(Ask(suite.record(), &RecordStub::CreateRegulatoryAction, action).ok());

  evidence::v1::CreateOverrideRequest override;
  override.set_parent(kHome);
  evidence::v1::Override& one = *override.mutable_override();
  one.set_framework_version(kVersion);
  one.mutable_node()->set_group("safe");
  one.mutable_outcome()->set_scale("rating");
  one.mutable_outcome()->set_level(1);
  one.set_rationale(Marked("the death of"));
  one.set_decided_by(kMarker);
  *one.mutable_effective_date() = Day("2025-03-12");
  const auto overridden = Ask(suite.record(), &RecordStub::CreateOverride, override);
  EXPECT_TRUE(overridden.ok()) << overridden.status();
  return overridden.ok() ? overridden->revision() : type::v1::Revision();
}

// The values that Redis holds.
std::vector<std::string> Cached(const testing::RedisServer& redis) {
  std::vector<std::string> values;
  const auto keys = redis.Command({"KEYS", "*"});
  EXPECT_TRUE(keys.ok()) << keys.status();
  for (const absl::string_view key : absl::StrSplit(keys.value_or(""), '\n', absl::SkipEmpty())) {
    values.push_back(absl::StrCat(key, redis.Command({"GET", key}).value_or("")));
  }
  return values;
}

TEST(PrivateText, IsInTheRecordAlone) {
  const auto started = Suite::Start();
  ASSERT_TRUE(started.ok()) << started.status();
  Suite& suite = **started;
  Register(suite, NewLocation("1-701"));
  const type::v1::Revision newest = RecordMarked(suite);

  // The override holds, and what it rests on is explained without a word of the texts.
  const scoring::v1::Rating rating = Rate(suite, RatingOf("1-701", {newest}));
  scoring::v1::ExplainRatingRequest explain;
  explain.set_name(absl::StrCat(kHome, "/rating"));
  *explain.add_at_least() = newest;
  const auto explained = Ask(suite.ratings(), &RatingStub::ExplainRating, explain);
  ASSERT_TRUE(explained.ok()) << explained.status();
  EXPECT_THAT(explained->SerializeAsString(), HasSubstr("safe"));
  EXPECT_THAT(explained->SerializeAsString(), Not(HasSubstr(kMarker)));
  EXPECT_THAT(rating.SerializeAsString(), Not(HasSubstr(kMarker)));
  *explain.mutable_as_of()->mutable_effective_date() = Day("2025-03-11");
  EXPECT_TRUE(Ask(suite.ratings(), &RatingStub::ExplainRating, explain).ok());

  // What is cached is written behind the answers.
  std::vector<std::string> cached;
  for (int attempt = 0; attempt < 200 && cached.size() < 3; ++attempt) {
    Rate(suite, RatingOf("1-701"));
    cached = Cached(*suite.redis());
  }
  EXPECT_GE(cached.size(), 3u);
  for (const std::string& value : cached) EXPECT_THAT(value, Not(HasSubstr(kMarker)));
  for (Server* server : {&suite.framework(), &suite.evidence(), &suite.scoring()}) {
    EXPECT_THAT(server->Log(), Not(HasSubstr(kMarker)));
    EXPECT_THAT(server->Log(), Not(IsEmpty()));
  }

  // The record itself has it still.
  evidence::v1::ListEvidenceItemsRequest list;
  list.set_parent(kHome);
  const auto listed = Ask(suite.record(), &RecordStub::ListEvidenceItems, list);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_THAT(listed->SerializeAsString(), HasSubstr(kMarker));
}

}  // namespace
}  // namespace assay::integration
