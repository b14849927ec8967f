#include "services/common/model/bearing.h"

#include "gtest/gtest.h"

namespace assay::model {
namespace {

constexpr char kId[] = "/01890a5d-ac96-774b-bcce-b302099a8057";

TEST(BearingTest, EveryKindIsOneOrTheOther) {
  const struct {
    void (*fill)(evidence::v1::Record&);
    evidence::v1::RecordKind kind;
    bool bears;
  } kCases[] = {
      {[](auto& r) { r.mutable_provider(); }, evidence::v1::RECORD_KIND_PROVIDER, true},
      {[](auto& r) { r.mutable_location(); }, evidence::v1::RECORD_KIND_LOCATION, true},
      {[](auto& r) { r.mutable_service(); }, evidence::v1::RECORD_KIND_SERVICE, true},
      {[](auto& r) { r.mutable_area(); }, evidence::v1::RECORD_KIND_AREA, true},
      {[](auto& r) { r.mutable_judgement(); }, evidence::v1::RECORD_KIND_JUDGEMENT, true},
      {[](auto& r) { r.mutable_action(); }, evidence::v1::RECORD_KIND_REGULATORY_ACTION, true},
      {[](auto& r) { r.mutable_override(); }, evidence::v1::RECORD_KIND_OVERRIDE, true},
      {[](auto& r) { r.mutable_publication(); }, evidence::v1::RECORD_KIND_PUBLICATION, false},
      {[](auto& r) { r.mutable_evidence(); }, evidence::v1::RECORD_KIND_EVIDENCE_ITEM, false},
      {[](auto& r) { r.mutable_erasure(); }, evidence::v1::RECORD_KIND_ERASURE, false},
      {[](auto&) {}, evidence::v1::RECORD_KIND_UNSPECIFIED, false},
  };
  for (const auto& one : kCases) {
    evidence::v1::Record record;
    one.fill(record);
    EXPECT_EQ(BearsOnRatings(record), one.bears) << one.kind;
    EXPECT_EQ(KindMayBear(one.kind), one.bears) << one.kind;
  }
  // With the retraction, each kind that there is.
  EXPECT_EQ(std::size(kCases) + 1, static_cast<size_t>(evidence::v1::RecordKind_ARRAYSIZE));
}

TEST(BearingTest, ARetractionCountsAsWhatItRetracts) {
  EXPECT_TRUE(KindMayBear(evidence::v1::RECORD_KIND_RETRACTION));
  const struct {
    const char* parent;
    bool bears;
  } kCases[] = {
      {"locations/1-102/judgements", true},
      {"locations/1-102/actions", true},
      {"locations/1-102/overrides", true},
      {"locations/1-102/evidence", false},
      {"locations/1-102/publications", false},
      {"locations/1-102/services/homecare/evidence", false},
      // Ids may be such words.
      {"locations/evidence/judgements", true},
      {"locations/1-102/services/evidence/judgements", true},
  };
  for (const auto& one : kCases) {
    evidence::v1::Record record;
    record.mutable_retraction()->set_record(std::string(one.parent) + kId);
    EXPECT_EQ(BearsOnRatings(record), one.bears) << one.parent;
  }
}

}  // namespace
}  // namespace assay::model
