#include "services/evidence/core/kind_set.h"

#include "absl/strings/str_cat.h"

namespace assay::evidence {

KindSet CheckKinds(const google::protobuf::RepeatedField<int>& kinds, KindSet otherwise,
                   errors::Violations& bad) {
  if (kinds.empty()) return otherwise;
  KindSet set;
  for (int index = 0; index < kinds.size(); ++index) {
    const int kind = kinds.Get(index);
    if (kind == v1::RECORD_KIND_UNSPECIFIED || !v1::RecordKind_IsValid(kind)) {
      bad.Add(absl::StrCat("kinds[", index, "]"), kind, "a known kind of record");
    } else {
      set = set.With({static_cast<v1::RecordKind>(kind)});
    }
  }
  return set;
}

}  // namespace assay::evidence
