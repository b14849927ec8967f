#pragma once

// The leaf that a record is in its partition's log (proto/assay/evidence/v1/leaf.proto).
//
// Thread safety: pure functions; the classes are of one thread. Cost: one copy of the payload and
// one SHA-256 of it, less than a microsecond.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "services/common/digest/digest.h"
#include "services/evidence/core/row.h"

namespace assay::evidence {

// What a leaf is made of; views and pointers must outlive the call.
struct LeafParts {
  Position position;
  int64_t recorded_us = 0;
  // Zero: the subject's first.
  digest::Digest previous;
  v1::RecordKind kind = v1::RECORD_KIND_UNSPECIFIED;
  absl::string_view subject;
  absl::string_view id;
  absl::string_view payload;
  const std::vector<SealedText>* texts = nullptr;
};

// Of a stored record whose subject's leaf before had the hash `previous`.
LeafParts LeafPartsOf(const StoredRecord& stored, const digest::Digest& previous);

// The leaf's bytes: what digest::CanonicalEncode gives for the message, written directly.
std::string LeafBytes(const LeafParts& parts);

// The leaf's hash.
digest::Digest LeafHash(const LeafParts& parts);

// What commits to a text.
digest::Digest CommitmentOf(absl::string_view salt, absl::string_view bytes);

// Whether each text that was not erased is what its commitment says. DATA_LOSS (DATA_CORRUPT).
absl::Status CheckTexts(const StoredRecord& stored);

// Whether a record is what its leaf says, where its subject's leaf before has the hash `previous`
// (zero: it is the subject's first). DATA_LOSS (DATA_CORRUPT) names the record. Every read of a
// record comes through it. Its texts' commitments must be there, salts and bytes need not.
absl::Status CheckLeaf(const StoredRecord& stored, const digest::Digest& previous);

// What a reader that goes through logs in their order keeps, so that each record is checked against
// its leaf and no record is missed. One trail may follow many partitions; of each, every record
// must come to it. It remembers the newest leaves of some ten thousands of subjects, a few MiB, and
// has to be told others (Learn).
class LeafTrail {
 public:
  // What comes next is the partition's part after this counter. Before the first of a partition,
  // and wherever its reader stands elsewhere than where the trail ended, nothing is known of it,
  // but that nothing is before the beginning.
  void Enter(int32_t partition, int64_t after);
  // Whether the leaf before the subject's next record in the partition entered is known.
  bool Knows(absl::string_view subject) const;
  // Tells that leaf; zero: there is none.
  void Learn(absl::string_view subject, const digest::Digest& leaf);
  // The partition's next record. `whole` is false for one that came without its payload, which is
  // not checked; else its subject must be known. DATA_LOSS (DATA_CORRUPT) where a record is missing
  // before it, or where it is not what its leaf says.
  absl::Status Add(const StoredRecord& stored, bool whole);

 private:
  static constexpr size_t kMaxSubjects = 32768;

  struct Log {
    int64_t reached = -1;
    // All leaves since the beginning came by and are remembered.
    bool from_start = false;
  };

  void Forget();

  int32_t partition_ = 0;
  std::vector<Log> logs_;
  absl::flat_hash_map<std::string, digest::Digest> leaves_;
};

// The same as CheckChain for records that come in pieces.
class ChainCheck {
 public:
  // The subject's next record. DATA_LOSS (DATA_CORRUPT) where its leaf or a text was changed.
  absl::Status Add(const StoredRecord& stored);
  // Whether the last one added is the subject's head. DATA_LOSS (DATA_CORRUPT).
  absl::Status End(const digest::Digest& head) const;

 private:
  digest::Digest previous_;
  std::string subject_;
};

// Whether the records of a subject, all of them in order, make up an unbroken chain of leaves that
// ends with `head`, and no text was changed. DATA_LOSS (DATA_CORRUPT) names the first that fails.
absl::Status CheckChain(const std::vector<StoredRecord>& records, const digest::Digest& head);

}  // namespace assay::evidence
