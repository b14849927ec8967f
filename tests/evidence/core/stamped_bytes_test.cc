#include "services/evidence/core/stamped_bytes.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "services/evidence/core/fingerprint.h"
#include "services/evidence/core/record_kinds.h"
#include "services/evidence/core/stored.h"
#include "services/evidence/core/strip.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr uint64_t kEpoch = 77;

StoredRecord StoredOf(const v1::Record& record, int64_t counter) {
  StoredRecord stored;
  stored.position = {17, counter};
  stored.recorded = absl::FromUnixMicros(1750000000000000 + counter);
  stored.kind = KindOf(record);
  stored.subject = record.subject();
  stored.payload = StableBytes(record);
  return stored;
}

// A record of every kind that is made without parsing, with words that StripTexts clears.
std::vector<v1::Record> Unparsed() {
  std::vector<v1::Record> records(8);
  for (v1::Record& record : records) record.set_subject("locations/1-102");
  records[0].mutable_provider()->set_display_name("Elm Care");
  *records[1].mutable_location() = LocationOf("locations/1-102");
  records[1].mutable_location()->add_areas()->set_area("areas/icb.QHL");
  records[2].mutable_service()->set_sector("adult-social-care");
  records[3].mutable_area()->add_successors("areas/icb.QWE");
  *records[4].mutable_judgement() = ScoreOf("safe.learning-culture", 3, "2025-01-01");
  records[4].mutable_judgement()->set_assessor("somebody");
  records[4].mutable_judgement()->set_rationale("why");
  records[4].mutable_judgement()->add_evidence("locations/1-102/evidence/1");
  *records[5].mutable_action() = ActionOf("2025-01-01", "2025-02-01");
  records[5].mutable_action()->set_rationale("why");
  *records[6].mutable_override() = OverrideOf("safe", 2, 3, "2025-01-01");
  records[6].mutable_override()->set_decided_by("somebody");
  *records[7].mutable_publication() = PublicationOf(3, "2025-01-01");
  records[7].mutable_publication()->set_correction_reason("why");
  return records;
}

TEST(StampedBytesTest, AreThoseOfTheParsedRecord) {
  for (const v1::Record& record : Unparsed()) {
    // Counters of one byte and of several.
    for (const int64_t counter : {int64_t{1}, int64_t{128}, int64_t{123456789012}}) {
      for (const bool without_texts : {false, true}) {
        const StoredRecord stored = StoredOf(record, counter);
        v1::Record want = RecordOf(stored, kEpoch).value();
        if (without_texts) StripTexts(want);
        std::string bytes = "before";
        ASSERT_TRUE(AppendStampedBytes(stored, kEpoch, without_texts, bytes)) << stored.kind;
        ASSERT_EQ(bytes.substr(0, 6), "before");
        v1::Record got;
        ASSERT_TRUE(got.ParseFromString(bytes.substr(6)));
        EXPECT_TRUE(MessageDifferencer::Equals(got, want)) << got.DebugString() << "\nwanted\n"
                                                           << want.DebugString();
        // Readers that take the last of two fields see the same: each comes once.
        EXPECT_EQ(bytes.size() - 6, want.ByteSizeLong());
      }
    }
  }
}

TEST(StampedBytesTest, LeaveToTheParserWhatWantsIt) {
  const auto refused = [](const StoredRecord& stored) {
    std::string bytes = "before";
    return !AppendStampedBytes(stored, kEpoch, true, bytes) && bytes == "before";
  };
  const v1::Record judgement = Unparsed()[4];
  StoredRecord stored = StoredOf(judgement, 1);
  EXPECT_FALSE(refused(stored));
  stored.texts.emplace_back();
  EXPECT_TRUE(refused(stored)) << "texts";
  stored = StoredOf(judgement, 1);
  stored.erased = absl::UnixEpoch();
  EXPECT_TRUE(refused(stored)) << "erased";
  stored = StoredOf(judgement, 1);
  stored.kind = v1::RECORD_KIND_OVERRIDE;
  EXPECT_TRUE(refused(stored)) << "of another kind";
  for (const auto kind : {v1::RECORD_KIND_EVIDENCE_ITEM, v1::RECORD_KIND_RETRACTION,
                          v1::RECORD_KIND_ERASURE, v1::RECORD_KIND_UNSPECIFIED}) {
    stored.kind = kind;
    EXPECT_TRUE(refused(stored)) << kind;
  }
  // Cut off anywhere, it is refused or is a shorter record of the same fields.
  const std::string whole = stored.payload;
  stored.kind = v1::RECORD_KIND_JUDGEMENT;
  for (size_t size = 0; size < whole.size(); ++size) {
    stored.payload = whole.substr(0, size);
    EXPECT_TRUE(refused(stored)) << size;
  }
  stored.payload = whole + whole;
  EXPECT_TRUE(refused(stored)) << "twice";
}

}  // namespace
}  // namespace assay::evidence
