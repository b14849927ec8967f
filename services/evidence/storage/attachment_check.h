#pragma once

// What both engines check of an attachment's bytes as they pass.
//
// Thread safety: none; one transfer. Cost: one SHA-256 of all bytes.

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "services/common/digest/digest.h"

namespace assay::evidence {

class AttachmentCheck {
 public:
  AttachmentCheck(const digest::Digest& digest, int64_t size) : digest_(digest), size_(size) {}

  const digest::Digest& digest() const { return digest_; }
  int64_t size() const { return size_; }
  // How many bytes have passed.
  int64_t seen() const { return seen_; }

  // Counts and digests a piece. INVALID_ARGUMENT for too large a piece or one too many.
  absl::Status Add(absl::string_view piece);
  // Whether all of the bytes passed and are those of the digest; INVALID_ARGUMENT says what came.
  // Once.
  absl::Status Finish();

 private:
  const digest::Digest digest_;
  const int64_t size_;
  int64_t seen_ = 0;
  digest::Sha256Stream stream_;
};

// INVALID_ARGUMENT for a size that the contract does not allow.
absl::Status CheckAttachmentSize(int64_t size);

}  // namespace assay::evidence
