#include "services/evidence/core/seal.h"

#include <set>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "services/evidence/core/leaf.h"

namespace assay::evidence {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::HasSubstr;
using testing::Not;

v1::Record Evidence() {
  v1::Record record;
  v1::EvidenceItem* item = record.mutable_evidence();
  item->set_text("SECRET text");
  item->set_correction_reason("SECRET reason");
  for (const char* file : {"SECRET.pdf", ""}) {
    v1::EvidenceItem::Attachment* attachment = item->add_attachments();
    attachment->set_digest(std::string(digest::Sha256("SECRET bytes").bytes()));
    attachment->set_media_type("application/pdf");
    attachment->set_file_name(file);
    attachment->set_size(12);
  }
  return record;
}

std::vector<v1::Record> Records() {
  std::vector<v1::Record> records(6);
  records[0] = Evidence();
  records[1].mutable_judgement()->set_rationale("SECRET");
  records[1].mutable_judgement()->set_correction_reason("SECRET");
  records[2].mutable_action()->set_rationale("SECRET");
  records[3].mutable_override()->set_rationale("SECRET");
  records[4].mutable_retraction()->set_reason("SECRET");
  records[5].mutable_publication()->set_correction_reason("SECRET");
  return records;
}

TEST(SealTest, NothingPersonalStaysAndAllOfItComesBack) {
  digest::SystemRandom random;
  for (const v1::Record& original : Records()) {
    v1::Record record = original;
    RecordRow row;
    Seal(record, random, row);
    EXPECT_THAT(record.SerializeAsString(), Not(HasSubstr("SECRET"))) << original.DebugString();
    EXPECT_FALSE(row.texts.empty());
    std::set<std::string> salts;
    for (size_t at = 0; at < row.texts.size(); ++at) {
      EXPECT_TRUE(at == 0 || row.texts[at - 1].field < row.texts[at].field);
      EXPECT_EQ(row.texts[at].commitment, CommitmentOf(row.texts[at].salt, row.texts[at].bytes));
      EXPECT_EQ(row.texts[at].salt.size(), 32u);
      EXPECT_TRUE(salts.insert(row.texts[at].salt).second) << "a salt twice";
    }
    // What erasing leaves is a record without texts.
    std::vector<SealedText> erased = row.texts;
    for (SealedText& text : erased) text.salt = text.bytes = "";
    v1::Record left = record;
    Unseal(erased, left);
    EXPECT_TRUE(MessageDifferencer::Equals(left, record));

    Unseal(row.texts, record);
    EXPECT_TRUE(MessageDifferencer::Equals(record, original));
  }
}

TEST(SealTest, NotesEachAttachmentOnce) {
  digest::SystemRandom random;
  v1::Record record = Evidence();
  RecordRow row;
  Seal(record, random, row);
  EXPECT_THAT(row.attachments, testing::ElementsAre(digest::Sha256("SECRET bytes")));
  EXPECT_EQ(record.evidence().attachments(0).size(), 12);
}

TEST(SealTest, ARecordWithoutTextsHasNone) {
  digest::SystemRandom random;
  v1::Record record;
  record.mutable_judgement()->set_framework_version("x");
  RecordRow row;
  Seal(record, random, row);
  EXPECT_TRUE(row.texts.empty());
}

}  // namespace
}  // namespace assay::evidence
