#include "services/evidence/core/references.h"

#include "services/common/names/names.h"

namespace assay::evidence {
namespace {

void NoteVersion(const std::string& version, References& out) {
  if (!version.empty()) out.versions.insert(version);
}

}  // namespace

void NoteReferences(absl::string_view, const v1::Judgement& judgement, References& out) {
  NoteVersion(judgement.framework_version(), out);
  for (const std::string& name : judgement.evidence()) out.evidence.insert(name);
}

void NoteReferences(absl::string_view, const v1::Override& one, References& out) {
  NoteVersion(one.framework_version(), out);
}

void NoteReferences(absl::string_view, const v1::Publication& publication, References& out) {
  NoteVersion(publication.framework_version(), out);
}

void NoteReferences(absl::string_view subject, const v1::EvidenceItem& item, References& out) {
  NoteVersion(item.framework_version(), out);
  if (item.attachments().empty()) return;
  const absl::StatusOr<names::Subject> parsed = names::Subject::Parse(subject);
  if (!parsed.ok()) return;
  const std::string root = parsed->Root().name();
  for (const v1::EvidenceItem::Attachment& one : item.attachments()) {
    out.attachments.insert({root, one.digest()});
  }
}

void NoteReferences(absl::string_view, const v1::RegulatoryAction&, References&) {}

void NoteReferences(const v1::CorrectRequest& request, References& out) {
  std::string subject = request.wrong().parent();
  if (!request.has_wrong()) {
    const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
    if (name.ok()) subject = name->subject().name();
  }
  switch (request.replacement_case()) {
    case v1::CorrectRequest::kJudgement:
      return NoteReferences(subject, request.judgement(), out);
    case v1::CorrectRequest::kOverride:
      return NoteReferences(subject, request.override(), out);
    case v1::CorrectRequest::kPublication:
      return NoteReferences(subject, request.publication(), out);
    case v1::CorrectRequest::kEvidenceItem:
      return NoteReferences(subject, request.evidence_item(), out);
    case v1::CorrectRequest::kAction:
    case v1::CorrectRequest::REPLACEMENT_NOT_SET:
      return;
  }
}

void NoteReferences(const v1::RecordWrite& write, References& out) {
  switch (write.write_case()) {
    case v1::RecordWrite::kJudgement:
      return NoteReferences(write.judgement().parent(), write.judgement().judgement(), out);
    case v1::RecordWrite::kOverride:
      return NoteReferences(write.override().parent(), write.override().override(), out);
    case v1::RecordWrite::kPublication:
      return NoteReferences(write.publication().parent(), write.publication().publication(), out);
    case v1::RecordWrite::kEvidenceItem:
      return NoteReferences(write.evidence_item().parent(), write.evidence_item().evidence_item(),
                            out);
    case v1::RecordWrite::kCorrection:
      return NoteReferences(write.correction(), out);
    default:
      return;
  }
}

}  // namespace assay::evidence
