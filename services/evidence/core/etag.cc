#include "services/evidence/core/etag.h"

#include "absl/strings/str_cat.h"

#include "services/common/digest/digest.h"

namespace assay::evidence {

std::string EtagOf(uint64_t epoch, Position position) {
  const std::string text =
      absl::StrCat("assay.etag.v1/", epoch, "/", position.partition, "/", position.counter);
  return digest::Sha256(text).ToHex().substr(0, 16);
}

}  // namespace assay::evidence
