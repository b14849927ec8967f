#include "services/evidence/storage/attachment_download.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/storage/attachment_check.h"

namespace assay::evidence {
namespace {

using ReadPiece = std::function<absl::StatusOr<std::string>(int64_t seen)>;

class Download final : public AttachmentReader {
 public:
  Download(const digest::Digest& digest, int64_t size, std::string words, ReadPiece read)
      : words_(std::move(words)), read_(std::move(read)), check_(digest, size) {}

  int64_t size() const override { return check_.size(); }

  absl::StatusOr<std::string> Next() override {
    if (check_.seen() == check_.size()) return std::string();
    absl::StatusOr<std::string> piece = read_(check_.seen());
    if (!piece.ok()) return piece;
    if (piece->empty()) return errors::NotFound(errors::ResourceType::kAttachment, words_);
    absl::Status whole = check_.Add(*piece);
    if (whole.ok() && check_.seen() == check_.size()) whole = check_.Finish();
    if (whole.ok()) return piece;
    return errors::Corrupt("evidence store", absl::StrCat("the bytes of ", words_));
  }

 private:
  const std::string words_;
  const ReadPiece read_;
  AttachmentCheck check_;
};

}  // namespace

std::string AttachmentWords(const digest::Digest& digest, absl::string_view root) {
  return absl::StrCat(digest.ToHex(), " of ", root);
}

std::unique_ptr<AttachmentReader> MakeDownload(const digest::Digest& digest, int64_t size,
                                               std::string words, ReadPiece read) {
  return std::make_unique<Download>(digest, size, std::move(words), std::move(read));
}

}  // namespace assay::evidence
