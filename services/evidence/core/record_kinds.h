#pragma once

// The kinds of record that a subject has, as the messages, names, errors and rows each call them.
//
// Thread safety: pure. Cost: none at run time.

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/record.pb.h"
#include "services/common/errors/resource_type.h"
#include "services/common/names/names.h"

namespace assay::evidence {

// One kind. `word` stands in fingerprints, so it never changes; `field` is the message's in a
// request that creates one; `an` is how people say it.
struct RecordKindInfo {
  names::RecordKind name;
  v1::RecordKind kind;
  errors::ResourceType type;
  absl::string_view word;
  absl::string_view field;
  absl::string_view an;
};

inline constexpr RecordKindInfo kJudgementKind = {names::RecordKind::kJudgement,
                                                  v1::RECORD_KIND_JUDGEMENT,
                                                  errors::ResourceType::kJudgement,
                                                  "judgement",
                                                  "judgement",
                                                  "a judgement"};
inline constexpr RecordKindInfo kActionKind = {names::RecordKind::kAction,
                                               v1::RECORD_KIND_REGULATORY_ACTION,
                                               errors::ResourceType::kAction,
                                               "action",
                                               "action",
                                               "a regulatory action"};
inline constexpr RecordKindInfo kOverrideKind = {names::RecordKind::kOverride,
                                                 v1::RECORD_KIND_OVERRIDE,
                                                 errors::ResourceType::kOverride,
                                                 "override",
                                                 "override",
                                                 "an override"};
inline constexpr RecordKindInfo kPublicationKind = {names::RecordKind::kPublication,
                                                    v1::RECORD_KIND_PUBLICATION,
                                                    errors::ResourceType::kPublication,
                                                    "publication",
                                                    "publication",
                                                    "a publication"};
inline constexpr RecordKindInfo kEvidenceKind = {names::RecordKind::kEvidence,
                                                 v1::RECORD_KIND_EVIDENCE_ITEM,
                                                 errors::ResourceType::kEvidence,
                                                 "evidence",
                                                 "evidence_item",
                                                 "an evidence item"};

inline const RecordKindInfo& InfoOf(const v1::Judgement&) { return kJudgementKind; }
inline const RecordKindInfo& InfoOf(const v1::RegulatoryAction&) { return kActionKind; }
inline const RecordKindInfo& InfoOf(const v1::Override&) { return kOverrideKind; }
inline const RecordKindInfo& InfoOf(const v1::Publication&) { return kPublicationKind; }
inline const RecordKindInfo& InfoOf(const v1::EvidenceItem&) { return kEvidenceKind; }

inline const RecordKindInfo& InfoOf(names::RecordKind kind) {
  switch (kind) {
    case names::RecordKind::kJudgement:
      return kJudgementKind;
    case names::RecordKind::kAction:
      return kActionKind;
    case names::RecordKind::kOverride:
      return kOverrideKind;
    case names::RecordKind::kPublication:
      return kPublicationKind;
    case names::RecordKind::kEvidence:
      break;
  }
  return kEvidenceKind;
}

// The message of its kind in a record.
inline v1::Judgement& MutableIn(v1::Record& record, const v1::Judgement*) {
  return *record.mutable_judgement();
}
inline v1::RegulatoryAction& MutableIn(v1::Record& record, const v1::RegulatoryAction*) {
  return *record.mutable_action();
}
inline v1::Override& MutableIn(v1::Record& record, const v1::Override*) {
  return *record.mutable_override();
}
inline v1::Publication& MutableIn(v1::Record& record, const v1::Publication*) {
  return *record.mutable_publication();
}
inline v1::EvidenceItem& MutableIn(v1::Record& record, const v1::EvidenceItem*) {
  return *record.mutable_evidence();
}
template <typename Message>
Message& MutableIn(v1::Record& record) {
  return MutableIn(record, static_cast<const Message*>(nullptr));
}

// Calls `visitor` with the record's message where it is of one of these kinds; false where not.
template <typename Visitor>
bool VisitRecord(const v1::Record& record, Visitor&& visitor) {
  switch (record.content_case()) {
    case v1::Record::kJudgement:
      visitor(record.judgement());
      return true;
    case v1::Record::kAction:
      visitor(record.action());
      return true;
    case v1::Record::kOverride:
      visitor(record.override());
      return true;
    case v1::Record::kPublication:
      visitor(record.publication());
      return true;
    case v1::Record::kEvidence:
      visitor(record.evidence());
      return true;
    default:
      return false;
  }
}

// The same for one that may be changed.
template <typename Visitor>
bool VisitRecord(v1::Record& record, Visitor&& visitor) {
  switch (record.content_case()) {
    case v1::Record::kJudgement:
      visitor(*record.mutable_judgement());
      return true;
    case v1::Record::kAction:
      visitor(*record.mutable_action());
      return true;
    case v1::Record::kOverride:
      visitor(*record.mutable_override());
      return true;
    case v1::Record::kPublication:
      visitor(*record.mutable_publication());
      return true;
    case v1::Record::kEvidence:
      visitor(*record.mutable_evidence());
      return true;
    default:
      return false;
  }
}

// The node that a message is about; none for kinds that have none.
inline const type::v1::Node* NodeIn(const v1::Judgement& judgement) { return &judgement.node(); }
inline const type::v1::Node* NodeIn(const v1::Override& one) { return &one.node(); }
inline const type::v1::Node* NodeIn(const v1::Publication& one) { return &one.node(); }
inline const type::v1::Node* NodeIn(const v1::RegulatoryAction&) { return nullptr; }
inline const type::v1::Node* NodeIn(const v1::EvidenceItem&) { return nullptr; }

// The kind of a record; of an empty one RECORD_KIND_UNSPECIFIED.
inline v1::RecordKind KindOf(const v1::Record& record) {
  switch (record.content_case()) {
    case v1::Record::kProvider:
      return v1::RECORD_KIND_PROVIDER;
    case v1::Record::kLocation:
      return v1::RECORD_KIND_LOCATION;
    case v1::Record::kService:
      return v1::RECORD_KIND_SERVICE;
    case v1::Record::kArea:
      return v1::RECORD_KIND_AREA;
    case v1::Record::kJudgement:
      return v1::RECORD_KIND_JUDGEMENT;
    case v1::Record::kAction:
      return v1::RECORD_KIND_REGULATORY_ACTION;
    case v1::Record::kOverride:
      return v1::RECORD_KIND_OVERRIDE;
    case v1::Record::kPublication:
      return v1::RECORD_KIND_PUBLICATION;
    case v1::Record::kEvidence:
      return v1::RECORD_KIND_EVIDENCE_ITEM;
    case v1::Record::kRetraction:
      return v1::RECORD_KIND_RETRACTION;
    case v1::Record::kErasure:
      return v1::RECORD_KIND_ERASURE;
    case v1::Record::CONTENT_NOT_SET:
      break;
  }
  return v1::RECORD_KIND_UNSPECIFIED;
}

// The name of the record that a record supersedes or retracts; empty where it does neither.
inline std::string Supersedes(const v1::Record& record) {
  if (record.has_retraction()) return record.retraction().record();
  std::string name;
  VisitRecord(record, [&name](const auto& message) { name = message.supersedes(); });
  return name;
}

}  // namespace assay::evidence
