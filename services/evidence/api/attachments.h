#pragma once

// Attachments in pieces, without gRPC: an upload that is checked as it comes, a download that is
// checked before its last piece goes out.
//
// Thread safety: none; one call, one thread at a time. Ownership: borrows the backend. Cost: one
// piece of memory; the store's I/O, so use them on a pool.

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/record_service.pb.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

// What an upload may be: a header, then chunks that are as many bytes as it says. What is destroyed
// before Finish() succeeded leaves nothing.
class AttachmentUpload {
 public:
  explicit AttachmentUpload(const Backend* backend) : backend_(*backend) {}

  // The next message. INVALID_ARGUMENT (ATTACHMENT_INVALID) with every violation of a header, for a
  // chunk that is empty, too large or before the header; NOT_FOUND for an unknown subject.
  absl::Status Add(const v1::UploadAttachmentRequest& message);
  // After the last. INVALID_ARGUMENT where the bytes are fewer than was said, or are not those of
  // the digest.
  absl::StatusOr<v1::UploadAttachmentResponse> Finish();

 private:
  absl::Status Begin(const v1::UploadAttachmentRequest::Header& header);
  absl::Status AddChunk(const std::string& chunk);

  const Backend& backend_;
  v1::UploadAttachmentResponse response_;
  std::unique_ptr<AttachmentWriter> writer_;
};

class AttachmentDownload {
 public:
  // INVALID_ARGUMENT with every violation. Does no I/O.
  static absl::StatusOr<std::unique_ptr<AttachmentDownload>> Open(
      const Backend* backend, const v1::DownloadAttachmentRequest& request);

  // The next piece; false at the end. NOT_FOUND (ATTACHMENT_NOT_FOUND), DATA_LOSS where the bytes
  // are not those of the digest.
  absl::StatusOr<bool> Next(v1::DownloadAttachmentResponse* message);

 private:
  AttachmentDownload(const Backend* backend, names::Subject root, const digest::Digest& digest)
      : backend_(*backend), root_(std::move(root)), digest_(digest) {}

  const Backend& backend_;
  const names::Subject root_;
  const digest::Digest digest_;
  std::unique_ptr<AttachmentReader> reader_;
};

}  // namespace assay::evidence
