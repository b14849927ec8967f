#include "services/evidence/api/attachments.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/limits.h"

namespace assay::evidence {
namespace {

using errors::ResourceType;
using errors::Violations;

// A root subject: one that is not within another.
absl::optional<names::Subject> CheckRoot(const std::string& field, const std::string& name,
                                         Violations& bad) {
  absl::optional<names::Subject> subject = CheckSubject(field, name, bad);
  if (subject.has_value() && subject->Root() != *subject) {
    bad.Add(field, name, absl::StrCat("its root subject, ", subject->Root().name()));
    subject.reset();
  }
  return subject;
}

absl::optional<digest::Digest> CheckDigest(const std::string& field, const std::string& bytes,
                                           Violations& bad) {
  const absl::StatusOr<digest::Digest> digest = digest::Digest::FromBytes(bytes);
  if (digest.ok()) return *digest;
  bad.Add(field, absl::StrCat(bytes.size(), " bytes"), absl::StrCat(kDigestBytes, " bytes"));
  return absl::nullopt;
}

absl::Status Refuse(const char* field, const absl::AlphaNum& got, absl::string_view want) {
  Violations bad;
  bad.Add(field, got, want);
  return bad.ToStatus(ResourceType::kAttachment);
}

}  // namespace

absl::Status AttachmentUpload::Add(const v1::UploadAttachmentRequest& message) {
  switch (message.part_case()) {
    case v1::UploadAttachmentRequest::kHeader:
      if (writer_ == nullptr) return Begin(message.header());
      return Refuse("header", "a second one", "chunks after the first message");
    case v1::UploadAttachmentRequest::kChunk:
      if (writer_ != nullptr) return AddChunk(message.chunk());
      return Refuse("header", "a chunk", "the header as the first message");
    case v1::UploadAttachmentRequest::PART_NOT_SET:
      break;
  }
  return Refuse("part", "", writer_ == nullptr ? "the header" : "a chunk");
}

absl::Status AttachmentUpload::Begin(const v1::UploadAttachmentRequest::Header& header) {
  Violations bad;
  const absl::optional<names::Subject> root = CheckRoot("header.parent", header.parent(), bad);
  const absl::optional<digest::Digest> digest = CheckDigest("header.digest", header.digest(), bad);
  if (header.size() < 0 || header.size() > kMaxAttachmentBytes) {
    bad.Add("header.size", header.size(), absl::StrCat("0 to ", kMaxAttachmentBytes, " bytes"));
  }
  if (!bad.empty()) return bad.ToStatus(ResourceType::kAttachment);
  absl::StatusOr<std::unique_ptr<AttachmentWriter>> writer =
      backend_.store().WriteAttachment(*root, *digest, header.size());
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  response_.set_digest(header.digest());
  return absl::OkStatus();
}

absl::Status AttachmentUpload::AddChunk(const std::string& chunk) {
  if (chunk.empty() || chunk.size() > kMaxAttachmentPiece) {
    return Refuse("chunk", absl::StrCat(chunk.size(), " bytes"),
                  absl::StrCat("1 to ", kMaxAttachmentPiece, " bytes"));
  }
  return writer_->Write(chunk);
}

absl::StatusOr<v1::UploadAttachmentResponse> AttachmentUpload::Finish() {
  if (writer_ == nullptr) return Refuse("header", "", "the header as the first message");
  const absl::StatusOr<bool> existed = writer_->Finish();
  if (!existed.ok()) return existed.status();
  response_.set_existed(*existed);
  return response_;
}

absl::StatusOr<std::unique_ptr<AttachmentDownload>> AttachmentDownload::Open(
    const Backend* backend, const v1::DownloadAttachmentRequest& request) {
  Violations bad;
  const absl::optional<names::Subject> root = CheckRoot("parent", request.parent(), bad);
  const absl::optional<digest::Digest> digest = CheckDigest("digest", request.digest(), bad);
  if (!bad.empty()) return bad.ToStatus(ResourceType::kAttachment);
  return std::unique_ptr<AttachmentDownload>(new AttachmentDownload(backend, *root, *digest));
}

absl::StatusOr<bool> AttachmentDownload::Next(v1::DownloadAttachmentResponse* message) {
  if (reader_ == nullptr) {
    absl::StatusOr<std::unique_ptr<AttachmentReader>> reader =
        backend_.store().ReadAttachment(root_, digest_);
    if (!reader.ok()) return reader.status();
    reader_ = *std::move(reader);
  }
  absl::StatusOr<std::string> piece = reader_->Next();
  if (!piece.ok()) return piece.status();
  if (piece->empty()) return false;
  *message->mutable_chunk() = *std::move(piece);
  return true;
}

}  // namespace assay::evidence
