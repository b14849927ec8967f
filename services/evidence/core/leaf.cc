#include "services/evidence/core/leaf.h"

#include "absl/strings/str_cat.h"

#include "services/common/digest/merkle.h"
#include "services/common/errors/errors.h"
#include "services/evidence/core/wire.h"

namespace assay::evidence {
namespace {

// Field numbers of leaf.proto.
enum Field : int {
  kPartition = 1,
  kCounter = 2,
  kRecorded = 3,
  kPrevious = 4,
  kKind = 5,
  kSubject = 6,
  kRecordId = 7,
  kPayload = 8,
  kCommitments = 9,
  kCommitmentField = 1,
  kCommitmentDigest = 2,
};

using wire::AddBytes;
using wire::AddNumber;

void Encode(const LeafParts& parts, std::string& out) {
  AddNumber(kPartition, parts.position.partition, out);
  AddNumber(kCounter, parts.position.counter, out);
  AddNumber(kRecorded, parts.recorded_us, out);
  if (!parts.previous.IsZero()) AddBytes(kPrevious, parts.previous.bytes(), out);
  AddNumber(kKind, parts.kind, out);
  AddBytes(kSubject, parts.subject, out);
  AddBytes(kRecordId, parts.id, out);
  AddBytes(kPayload, parts.payload, out);
  if (parts.texts == nullptr) return;
  for (const SealedText& text : *parts.texts) {
    std::string commitment;
    AddBytes(kCommitmentField, text.field, commitment);
    AddBytes(kCommitmentDigest, text.commitment.bytes(), commitment);
    AddBytes(kCommitments, commitment, out);
  }
}

absl::Status Broken(const StoredRecord& stored, absl::string_view what) {
  return errors::Corrupt(
      absl::StrCat("the record of ", stored.subject, " with counter ", stored.position.counter),
      absl::StrCat(what, " of partition ", stored.position.partition, " counter ",
                   stored.position.counter));
}

}  // namespace

LeafParts LeafPartsOf(const StoredRecord& stored, const digest::Digest& previous) {
  LeafParts parts;
  parts.position = stored.position;
  parts.recorded_us = absl::ToUnixMicros(stored.recorded);
  parts.previous = previous;
  parts.kind = stored.kind;
  parts.subject = stored.subject;
  parts.id = stored.id;
  parts.payload = stored.payload;
  parts.texts = &stored.texts;
  return parts;
}

std::string LeafBytes(const LeafParts& parts) {
  std::string out;
  Encode(parts, out);
  return out;
}

digest::Digest LeafHash(const LeafParts& parts) {
  // In one piece with the prefix of a leaf: short as a record is, each piece more would be felt.
  thread_local std::string buffer;
  buffer.assign(1, digest::kMerkleLeafPrefix);
  Encode(parts, buffer);
  return digest::Sha256(buffer);
}

digest::Digest CommitmentOf(absl::string_view salt, absl::string_view bytes) {
  return digest::Sha256Stream().Update(salt).Update(bytes).Finish();
}

absl::Status CheckTexts(const StoredRecord& stored) {
  for (const SealedText& text : stored.texts) {
    if (text.erased()) continue;
    if (CommitmentOf(text.salt, text.bytes) != text.commitment) return Broken(stored, "a text");
  }
  return absl::OkStatus();
}

absl::Status CheckLeaf(const StoredRecord& stored, const digest::Digest& previous) {
  if (LeafHash(LeafPartsOf(stored, previous)) == stored.leaf) return absl::OkStatus();
  return Broken(stored, "the leaf");
}

void LeafTrail::Enter(int32_t partition, int64_t after) {
  partition_ = partition;
  if (logs_.empty()) logs_.resize(kPartitions);
  if (leaves_.size() >= kMaxSubjects) Forget();
  Log& log = logs_.at(static_cast<size_t>(partition));
  if (log.reached == after) return;
  // What is known of other places of this log must not be taken for this one.
  if (log.reached >= 0) Forget();
  log = {after, after == 0};
}

bool LeafTrail::Knows(absl::string_view subject) const {
  return logs_[static_cast<size_t>(partition_)].from_start || leaves_.contains(subject);
}

void LeafTrail::Learn(absl::string_view subject, const digest::Digest& leaf) {
  leaves_[subject] = leaf;
}

absl::Status LeafTrail::Add(const StoredRecord& stored, bool whole) {
  Log& log = logs_[static_cast<size_t>(partition_)];
  if (stored.position.counter != log.reached + 1) {
    return errors::Corrupt(absl::StrCat("the log of partition ", partition_,
                                        ", which lacks counter ", log.reached + 1, ","));
  }
  const auto known = leaves_.find(stored.subject);
  if (whole) {
    const absl::Status good =
        CheckLeaf(stored, known == leaves_.end() ? digest::Digest() : known->second);
    if (!good.ok()) return good;
  }
  log.reached = stored.position.counter;
  if (known != leaves_.end()) {
    known->second = stored.leaf;
    return absl::OkStatus();
  }
  leaves_.emplace(stored.subject, stored.leaf);
  return absl::OkStatus();
}

void LeafTrail::Forget() {
  leaves_.clear();
  for (Log& log : logs_) log.from_start = false;
}

absl::Status ChainCheck::Add(const StoredRecord& stored) {
  const absl::Status whole = CheckLeaf(stored, previous_);
  if (!whole.ok()) return whole;
  const absl::Status texts = CheckTexts(stored);
  if (!texts.ok()) return texts;
  previous_ = stored.leaf;
  if (subject_.empty()) subject_ = stored.subject;
  return absl::OkStatus();
}

absl::Status ChainCheck::End(const digest::Digest& head) const {
  if (previous_ == head) return absl::OkStatus();
  return errors::Corrupt("evidence store", subject_.empty()
                                               ? "a subject's head without records"
                                               : absl::StrCat("the head of ", subject_));
}

absl::Status CheckChain(const std::vector<StoredRecord>& records, const digest::Digest& head) {
  ChainCheck check;
  for (const StoredRecord& stored : records) {
    const absl::Status next = check.Add(stored);
    if (!next.ok()) return next;
  }
  return check.End(head);
}

}  // namespace assay::evidence
