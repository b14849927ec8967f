#include "services/evidence/core/resource.h"

#include "services/common/names/subject_kind.h"

namespace assay::evidence {

using errors::ResourceType;

ResourceType TypeOfSubject(names::SubjectKind kind) {
  switch (kind) {
    case names::SubjectKind::kProvider:
      return ResourceType::kProvider;
    case names::SubjectKind::kLocation:
      return ResourceType::kLocation;
    case names::SubjectKind::kService:
      return ResourceType::kService;
    case names::SubjectKind::kArea:
      return ResourceType::kArea;
  }
  return ResourceType::kSubject;
}

ResourceType TypeOfSubject(absl::string_view name) {
  return TypeOfSubject(names::KindOfWellFormed(name));
}

ResourceType TypeOfRecord(v1::RecordKind kind) {
  switch (kind) {
    case v1::RECORD_KIND_PROVIDER:
      return ResourceType::kProvider;
    case v1::RECORD_KIND_LOCATION:
      return ResourceType::kLocation;
    case v1::RECORD_KIND_SERVICE:
      return ResourceType::kService;
    case v1::RECORD_KIND_AREA:
      return ResourceType::kArea;
    case v1::RECORD_KIND_REGULATORY_ACTION:
      return ResourceType::kAction;
    case v1::RECORD_KIND_OVERRIDE:
      return ResourceType::kOverride;
    case v1::RECORD_KIND_PUBLICATION:
      return ResourceType::kPublication;
    case v1::RECORD_KIND_EVIDENCE_ITEM:
      return ResourceType::kEvidence;
    default:
      return ResourceType::kJudgement;
  }
}

v1::RecordKind KindOf(names::RecordKind collection) {
  switch (collection) {
    case names::RecordKind::kEvidence:
      return v1::RECORD_KIND_EVIDENCE_ITEM;
    case names::RecordKind::kJudgement:
      return v1::RECORD_KIND_JUDGEMENT;
    case names::RecordKind::kAction:
      return v1::RECORD_KIND_REGULATORY_ACTION;
    case names::RecordKind::kOverride:
      return v1::RECORD_KIND_OVERRIDE;
    case names::RecordKind::kPublication:
      return v1::RECORD_KIND_PUBLICATION;
  }
  return v1::RECORD_KIND_UNSPECIFIED;
}

bool IsState(v1::RecordKind kind) {
  return kind == v1::RECORD_KIND_PROVIDER || kind == v1::RECORD_KIND_LOCATION ||
         kind == v1::RECORD_KIND_SERVICE || kind == v1::RECORD_KIND_AREA;
}

}  // namespace assay::evidence
