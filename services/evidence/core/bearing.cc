#include "services/evidence/core/bearing.h"

#include "services/common/model/bearing.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {

std::vector<v1::RecordKind> BearingKinds() {
  std::vector<v1::RecordKind> bearing;
  for (int number = v1::RecordKind_MIN; number <= v1::RecordKind_MAX; ++number) {
    if (!v1::RecordKind_IsValid(number)) continue;
    const auto kind = static_cast<v1::RecordKind>(number);
    if (model::KindMayBear(kind)) bearing.push_back(kind);
  }
  return bearing;
}

absl::StatusOr<bool> BearsOnRatings(const StoredRecord& stored) {
  if (stored.kind != v1::RECORD_KIND_RETRACTION) return model::KindMayBear(stored.kind);
  v1::Record record;
  const absl::Status parsed = ParsePayload(stored, record);
  if (!parsed.ok()) return parsed;
  return model::BearsOnRatings(record);
}

}  // namespace assay::evidence
