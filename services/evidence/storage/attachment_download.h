#pragma once

// What both engines do with the bytes of an attachment on their way out: piece by piece, and the
// last one only where all of them are those of the digest.
//
// Thread safety: none; one download, one thread at a time. Ownership: owns what reads the pieces.
// Cost: one SHA-256 of all bytes, beside the reads.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/digest/digest.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

// A whole attachment as an engine finds it: under which id its pieces are, and how many bytes.
struct WholeAttachment {
  std::string upload;
  int64_t size = 0;
};

// Of which root subject, as errors say it.
std::string AttachmentWords(const digest::Digest& digest, absl::string_view root);

// `read(seen)` gives the piece after the first `seen` bytes, empty where it is gone. `words` as
// AttachmentWords. It may read from a store that outlives the download.
std::unique_ptr<AttachmentReader> MakeDownload(
    const digest::Digest& digest, int64_t size, std::string words,
    std::function<absl::StatusOr<std::string>(int64_t seen)> read);

}  // namespace assay::evidence
