#include "services/evidence/core/etag.h"

#include "absl/strings/str_cat.h"

#include "services/common/digest/digest.h"
#include "services/evidence/core/record_kinds.h"

namespace assay::evidence {

std::string EtagOf(uint64_t epoch, Position position) {
  const std::string text =
      absl::StrCat("assay.etag.v1/", epoch, "/", position.partition, "/", position.counter);
  return digest::Sha256(text).ToHex().substr(0, 16);
}

void StampEtag(uint64_t epoch, Position position, v1::Record& record) {
  VisitRecord(record, [&](auto& message) { message.set_etag(EtagOf(epoch, position)); });
}

}  // namespace assay::evidence
