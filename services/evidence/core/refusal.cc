#include "services/evidence/core/refusal.h"

#include "services/evidence/core/checks.h"
#include "services/evidence/core/record_kinds.h"

namespace assay::evidence {
namespace {

// The field of a request that holds the message; empty for kinds that have none.
absl::string_view FieldOf(v1::RecordKind kind) {
  switch (kind) {
    case v1::RECORD_KIND_PROVIDER:
      return "provider";
    case v1::RECORD_KIND_LOCATION:
      return "location";
    case v1::RECORD_KIND_SERVICE:
      return "service";
    case v1::RECORD_KIND_AREA:
      return "area";
    case v1::RECORD_KIND_JUDGEMENT:
      return kJudgementKind.field;
    case v1::RECORD_KIND_REGULATORY_ACTION:
      return kActionKind.field;
    case v1::RECORD_KIND_OVERRIDE:
      return kOverrideKind.field;
    case v1::RECORD_KIND_PUBLICATION:
      return kPublicationKind.field;
    case v1::RECORD_KIND_EVIDENCE_ITEM:
      return kEvidenceKind.field;
    default:
      return "";
  }
}

bool HasNode(v1::RecordKind kind) {
  return kind == v1::RECORD_KIND_JUDGEMENT || kind == v1::RECORD_KIND_OVERRIDE ||
         kind == v1::RECORD_KIND_PUBLICATION;
}

std::string SubjectField(const Write& write) {
  if (write.registry.has_value()) return Path(FieldOf(write.row.kind), "name");
  if (!write.wrong_origin.empty()) return "wrong.parent";
  const bool named = !write.supersedes.empty() || write.row.kind == v1::RECORD_KIND_RETRACTION ||
                     write.row.kind == v1::RECORD_KIND_ERASURE;
  return named ? "name" : "parent";
}

}  // namespace

std::string FieldOf(const Write& write, RefusedFor what) {
  const absl::string_view message = FieldOf(write.row.kind);
  switch (what) {
    case RefusedFor::kSubject:
    case RefusedFor::kRoom:
      return SubjectField(write);
    case RefusedFor::kRequestId:
      return "request_id";
    case RefusedFor::kService:
      return Path(message, HasNode(write.row.kind) ? "node.service" : "service");
    case RefusedFor::kSuperseded:
      return write.wrong_origin.empty() ? "name" : "wrong";
    case RefusedFor::kEtag:
      return write.registry.has_value() ? Path(message, "etag") : "etag";
    case RefusedFor::kAttachments:
      return Path(message, "attachments");
    case RefusedFor::kErased:
      break;
  }
  return "name";
}

}  // namespace assay::evidence
