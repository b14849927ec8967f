#pragma once

// The leaf that a record is in its partition's log (proto/assay/evidence/v1/leaf.proto).
//
// Thread safety: pure. Cost: one copy of the payload and one SHA-256 of it, less than a
// microsecond.

#include <cstdint>
#include <string>
#include <vector>

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
