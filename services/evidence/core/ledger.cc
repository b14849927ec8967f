#include "services/evidence/core/ledger.h"

#include "absl/strings/str_cat.h"

#include "services/common/digest/canonical.h"

namespace assay::evidence {

std::string EpochBytes(uint64_t epoch) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(epoch >> shift));
  return bytes;
}

absl::StatusOr<std::string> SignedBytes(const v1::Checkpoint& checkpoint) {
  v1::Checkpoint unsigned_one = checkpoint;
  unsigned_one.clear_signature();
  const absl::StatusOr<std::string> encoded = digest::CanonicalEncode(unsigned_one);
  if (!encoded.ok()) return encoded.status();
  return absl::StrCat("assay.checkpoint.v1", absl::string_view("\0", 1), *encoded);
}

}  // namespace assay::evidence
