#include "services/evidence/core/leaf.h"

#include "gtest/gtest.h"

#include "assay/evidence/v1/leaf.pb.h"
#include "services/common/digest/canonical.h"
#include "services/common/digest/merkle.h"

namespace assay::evidence {
namespace {

SealedText TextOf(const std::string& field, const std::string& bytes) {
  SealedText text;
  text.field = field;
  text.salt = std::string(32, 's');
  text.bytes = bytes;
  text.commitment = CommitmentOf(text.salt, text.bytes);
  return text;
}

StoredRecord RecordOf(int64_t counter, const std::string& payload) {
  StoredRecord stored;
  stored.position = {17, counter};
  stored.recorded = absl::FromUnixMicros(1750000000000000 + counter);
  stored.kind = v1::RECORD_KIND_JUDGEMENT;
  stored.subject = "locations/1-102";
  stored.id = std::string("0123456789abcde\0", 16);
  stored.payload = payload;
  return stored;
}

v1::Leaf MessageOf(const LeafParts& parts) {
  v1::Leaf leaf;
  leaf.set_partition(parts.position.partition);
  leaf.set_counter(parts.position.counter);
  leaf.set_recorded_us(parts.recorded_us);
  if (!parts.previous.IsZero()) leaf.set_previous(std::string(parts.previous.bytes()));
  leaf.set_kind(parts.kind);
  leaf.set_subject(std::string(parts.subject));
  leaf.set_record_id(std::string(parts.id));
  leaf.set_payload(std::string(parts.payload));
  for (const SealedText& text : *parts.texts) {
    v1::Leaf::Commitment* commitment = leaf.add_commitments();
    commitment->set_field(text.field);
    commitment->set_digest(std::string(text.commitment.bytes()));
  }
  return leaf;
}

TEST(LeafTest, ItsBytesAreTheCanonicalEncodingOfItsMessage) {
  StoredRecord full = RecordOf(300, "payload");
  full.texts = {TextOf("rationale", "because"), TextOf("text", "")};
  StoredRecord long_one = RecordOf(int64_t{1} << 40, std::string(100000, 'p'));
  StoredRecord bare;
  bare.recorded = absl::FromUnixMicros(0);
  for (const StoredRecord& stored : {full, long_one, bare}) {
    for (const digest::Digest& previous : {digest::Digest(), digest::Sha256("before")}) {
      const LeafParts parts = LeafPartsOf(stored, previous);
      const std::string canonical = digest::CanonicalEncode(MessageOf(parts)).value();
      EXPECT_TRUE(LeafBytes(parts) == canonical);
      EXPECT_EQ(LeafHash(parts), digest::MerkleLeafHash(canonical));
    }
  }
  EXPECT_TRUE(digest::CheckCanonicalType(*v1::Leaf::descriptor()).ok());
}

TEST(LeafTest, AnyChangeIsAnotherLeaf) {
  StoredRecord stored = RecordOf(3, "payload");
  stored.texts = {TextOf("text", "words")};
  const digest::Digest before = digest::Sha256("before");
  const digest::Digest leaf = LeafHash(LeafPartsOf(stored, before));
  const auto differs = [&](auto&& change) {
    StoredRecord other = stored;
    change(other);
    EXPECT_NE(LeafHash(LeafPartsOf(other, before)), leaf);
  };
  differs([](StoredRecord& r) { r.position.partition = 18; });
  differs([](StoredRecord& r) { r.position.counter = 4; });
  differs([](StoredRecord& r) { r.recorded += absl::Microseconds(1); });
  differs([](StoredRecord& r) { r.kind = v1::RECORD_KIND_OVERRIDE; });
  differs([](StoredRecord& r) { r.subject = "locations/1-103"; });
  differs([](StoredRecord& r) { r.id.back() = 'x'; });
  differs([](StoredRecord& r) { r.payload.back() = 'x'; });
  differs([](StoredRecord& r) { r.texts[0].commitment = digest::Sha256("x"); });
  differs([](StoredRecord& r) { r.texts[0].field = "rationale"; });
  differs([](StoredRecord& r) { r.texts.clear(); });
  EXPECT_NE(LeafHash(LeafPartsOf(stored, digest::Digest())), leaf);
  // What an erasure destroys, and what comes to a record later, is not in it.
  StoredRecord erased = stored;
  erased.texts[0].salt.clear();
  erased.texts[0].bytes.clear();
  erased.erased = absl::Now();
  erased.superseded_by = 9;
  EXPECT_EQ(LeafHash(LeafPartsOf(erased, before)), leaf);
}

TEST(LeafTest, AChainIsAllOfASubjectsRecordsInOrder) {
  std::vector<StoredRecord> records = {RecordOf(1, "a"), RecordOf(4, "b"), RecordOf(5, "c")};
  records[1].texts = {TextOf("text", "words")};
  digest::Digest head;
  for (StoredRecord& record : records) record.leaf = head = LeafHash(LeafPartsOf(record, head));
  EXPECT_TRUE(CheckChain(records, head).ok());
  EXPECT_TRUE(CheckChain({}, digest::Digest()).ok());
  EXPECT_FALSE(CheckChain({}, head).ok());
  EXPECT_FALSE(CheckChain(records, digest::Digest()).ok());
  std::vector<StoredRecord> changed = records;
  changed[1].texts[0].bytes = "other";
  EXPECT_EQ(CheckChain(changed, head).code(), absl::StatusCode::kDataLoss);
  changed[1].texts[0].salt.clear();
  EXPECT_TRUE(CheckChain(changed, head).ok()) << "an erased text is not compared";
  changed.erase(changed.begin() + 1);
  EXPECT_FALSE(CheckChain(changed, head).ok());
}

}  // namespace
}  // namespace assay::evidence
