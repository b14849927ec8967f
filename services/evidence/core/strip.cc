#include "services/evidence/core/strip.h"

#include "services/evidence/core/record_kinds.h"

namespace assay::evidence {
namespace {

void Strip(v1::Judgement& judgement) {
  judgement.clear_rationale();
  judgement.clear_assessor();
}

void Strip(v1::RegulatoryAction& action) { action.clear_rationale(); }

void Strip(v1::Override& one) {
  one.clear_rationale();
  one.clear_decided_by();
  one.clear_quality_control_reference();
}

void Strip(v1::Publication&) {}

void Strip(v1::EvidenceItem& item) {
  item.clear_text();
  item.clear_source_standing();
  item.clear_tags();
  for (v1::EvidenceItem::Attachment& one : *item.mutable_attachments()) one.clear_file_name();
}

}  // namespace

void StripTexts(v1::Record& record) {
  VisitRecord(record, [](auto& message) {
    message.clear_correction_reason();
    Strip(message);
  });
  if (record.has_retraction()) record.mutable_retraction()->clear_reason();
  if (record.has_erasure()) record.mutable_erasure()->clear_reason();
}

}  // namespace assay::evidence
