#include "services/evidence/storage/attachment_check.h"

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

absl::Status AttachmentCheck::Add(absl::string_view piece) {
  if (piece.size() > kMaxAttachmentPiece) {
    return errors::InvalidArgument("chunk", absl::StrCat(piece.size(), " bytes"),
                                   absl::StrCat("at most ", kMaxAttachmentPiece));
  }
  seen_ += static_cast<int64_t>(piece.size());
  if (seen_ > size_) {
    return errors::InvalidArgument("chunk", absl::StrCat(seen_, " bytes or more in all"),
                                   absl::StrCat(size_, ", as the header says"));
  }
  stream_.Update(piece);
  return absl::OkStatus();
}

absl::Status AttachmentCheck::Finish() {
  if (seen_ != size_) {
    return errors::InvalidArgument("chunk", absl::StrCat(seen_, " bytes in all"),
                                   absl::StrCat(size_, ", as the header says"));
  }
  const digest::Digest got = stream_.Finish();
  if (got == digest_) return absl::OkStatus();
  return errors::InvalidArgument("header.digest", digest_.ToHex(),
                                 absl::StrCat(got.ToHex(), ", the SHA-256 of the bytes that came"));
}

absl::Status CheckAttachmentSize(int64_t size) {
  if (size >= 0 && size <= kMaxAttachmentBytes) return absl::OkStatus();
  return errors::InvalidArgument("header.size", size, absl::StrCat("0 to ", kMaxAttachmentBytes));
}

}  // namespace assay::evidence
