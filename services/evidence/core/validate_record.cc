#include "services/evidence/core/validate_record.h"

#include "absl/strings/str_cat.h"

#include "services/common/clock/day_proto.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/limits.h"
#include "services/evidence/core/record_kinds.h"

namespace assay::evidence {
namespace {

using clock::Day;
using errors::Violations;

void CheckCited(const std::string& field, const std::string& cited, const CheckContext& context,
                Violations& bad) {
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(cited);
  if (!name.ok() || name->kind() != names::RecordKind::kEvidence) {
    bad.Add(field, cited, "the name of an evidence item: {subject}/evidence/{uuid}");
  } else if (context.subject != nullptr && name->subject().Root() != context.subject->Root()) {
    bad.Add(field, cited, absl::StrCat("evidence about ", context.subject->Root().name()));
  } else if (!context.known->evidence.contains(cited)) {
    bad.Add(field, cited, "an evidence item that is recorded");
  }
}

void CheckEvidence(const v1::Judgement& judgement, const CheckContext& context,
                   const std::string& prefix, Violations& bad) {
  CheckCount(Path(prefix, "evidence"), judgement.evidence_size(), kMaxEvidenceNames, bad);
  for (int index = 0; index < judgement.evidence_size(); ++index) {
    CheckCited(Path(prefix, "evidence", static_cast<size_t>(index)), judgement.evidence(index),
               context, bad);
  }
}

void CheckUnrated(const std::string& field, const type::v1::Unrated& unrated, Violations& bad) {
  CheckId(Path(field, "reason"), unrated.reason(), false, bad);
  CheckText(Path(field, "text"), unrated.text(), kMaxUnratedText, bad);
}

const model::CompiledModel* FindVersion(const std::string& version, const Versions& versions,
                                        const std::string& prefix, Violations& bad) {
  const std::string field = Path(prefix, "framework_version");
  const absl::StatusOr<names::FrameworkVersionName> name =
      names::FrameworkVersionName::Parse(version);
  if (!name.ok()) {
    bad.AddText(field, name.status().message());
    return nullptr;
  }
  const auto found = versions.find(version);
  if (found != versions.end()) return found->second.get();
  bad.Add(field, version, "a version that is in the catalogue");
  return nullptr;
}

// An assessment is rated by the version that was in force when it started (contract.md,
// "SelectVersion"). A draft has no dates: it rates whatever names it.
void CheckStart(const std::string& field, const type::v1::Date& date,
                const model::CompiledModel* model, Violations& bad) {
  const absl::optional<Day> start = CheckDay(field, date, bad);
  if (!start.has_value() || model == nullptr) return;
  const framework::v1::FrameworkVersion& version = model->version();
  if (clock::InRange(version.effective_from(), version.effective_before(), *start)) return;
  const absl::StatusOr<Day> from = clock::DayFromProto(version.effective_from());
  const absl::StatusOr<Day> before = clock::DayFromProto(version.effective_before());
  bad.Add(field, start->ToString(),
          absl::StrCat("a day on which ", version.name(), " is in force",
                       from.ok() ? absl::StrCat(", from ", from->ToString()) : "",
                       before.ok() ? absl::StrCat(", before ", before->ToString()) : ""));
}

// The parts of a node that no model knows: service and location.
void CheckNode(const type::v1::Node& node, const std::string& field, Violations& bad) {
  CheckId(Path(field, "service"), node.service(), true, bad);
  if (!node.location().empty()) {
    CheckSubject(Path(field, "location"), node.location(), names::SubjectKind::kLocation, bad);
  }
}

// A node with its outcome, where it has one.
struct Finding {
  const type::v1::Node* node = nullptr;
  const type::v1::Outcome* outcome = nullptr;  // nullptr: not rated
  const type::v1::Outcome* from = nullptr;     // nullptr: none
};

// Finds the node in the model, and the outcomes on its scale. `prefix` is the record's.
void Resolve(const Finding& finding, const model::CompiledModel& model, const std::string& prefix,
             Resolved& resolved, Violations& bad) {
  const std::string node_field = Path(prefix, "node");
  CheckNode(*finding.node, node_field, bad);
  absl::string_view scale;
  if (finding.from != nullptr) scale = finding.from->scale();
  if (finding.outcome != nullptr) scale = finding.outcome->scale();
  const std::optional<model::Place> place =
      model.ResolveNode(*finding.node, scale, node_field, bad);
  if (!place.has_value()) return;
  resolved.model = &model;
  resolved.place = *place;
  if (finding.outcome != nullptr) {
    resolved.level =
        model.ResolveOutcome(*place, *finding.outcome, Path(prefix, "outcome"), bad).value_or(0);
  }
  if (finding.from != nullptr) {
    resolved.from =
        model.ResolveOutcome(*place, *finding.from, Path(prefix, "from"), bad).value_or(0);
  }
}

}  // namespace

Resolved Validate(const v1::Judgement& judgement, const CheckContext& context,
                  const std::string& prefix, Violations& bad) {
  Resolved resolved;
  if (judgement.finding_case() == v1::Judgement::FINDING_NOT_SET) {
    bad.Add(Path(prefix, "outcome"), "", "an outcome, or not_rated with its reason");
  } else if (judgement.has_not_rated()) {
    CheckUnrated(Path(prefix, "not_rated"), judgement.not_rated(), bad);
  }
  const model::CompiledModel* model =
      FindVersion(judgement.framework_version(), context.known->versions, prefix, bad);
  if (model != nullptr) {
    const Finding finding = {&judgement.node(),
                             judgement.has_outcome() ? &judgement.outcome() : nullptr, nullptr};
    Resolve(finding, *model, prefix, resolved, bad);
  }
  if (!v1::JudgementStatus_IsValid(judgement.status()) ||
      judgement.status() == v1::JUDGEMENT_STATUS_UNSPECIFIED) {
    bad.Add(Path(prefix, "status"), static_cast<int>(judgement.status()),
            "assessed, carried forward or given");
  }
  const absl::optional<Day> carried =
      CheckDay(Path(prefix, "carried_from"), judgement.carried_from(), bad);
  if (carried.has_value() && judgement.status() != v1::JUDGEMENT_STATUS_CARRIED_FORWARD) {
    bad.Add(Path(prefix, "carried_from"), carried->ToString(),
            "no date, unless the status is carried forward");
  }
  CheckEffectiveDay(Path(prefix, "effective_date"), judgement.effective_date(), context.today, bad);
  CheckStart(Path(prefix, "assessment_start"), judgement.assessment_start(), model, bad);
  CheckText(Path(prefix, "assessor"), judgement.assessor(), kMaxAssessor, bad);
  CheckText(Path(prefix, "rationale"), judgement.rationale(), kMaxRationale, bad);
  CheckEvidence(judgement, context, prefix, bad);
  CheckSource(Path(prefix, "source"), judgement.source(), bad);
  return resolved;
}

Resolved Validate(const v1::RegulatoryAction& action, const CheckContext& context,
                  const std::string& prefix, Violations& bad) {
  if (!v1::RegulatoryActionKind_IsValid(action.kind()) ||
      action.kind() == v1::REGULATORY_ACTION_KIND_UNSPECIFIED) {
    bad.Add(Path(prefix, "kind"), static_cast<int>(action.kind()),
            "breach, requirement notice, warning notice or condition");
  }
  CheckText(Path(prefix, "regulation"), action.regulation(), kMaxRegulation, bad);
  const absl::optional<Day> opened =
      CheckEffectiveDay(Path(prefix, "opened"), action.opened(), context.today, bad);
  const absl::optional<Day> closed = CheckDay(Path(prefix, "closed"), action.closed(), bad);
  if (opened.has_value() && closed.has_value() && *closed < *opened) {
    bad.Add(Path(prefix, "closed"), closed->ToString(),
            absl::StrCat(opened->ToString(), " or later"));
  }
  CheckId(Path(prefix, "service"), action.service(), true, bad);
  CheckText(Path(prefix, "rationale"), action.rationale(), kMaxRationale, bad);
  CheckSource(Path(prefix, "source"), action.source(), bad);
  return {};
}

Resolved Validate(const v1::Override& one, const CheckContext& context, const std::string& prefix,
                  Violations& bad) {
  Resolved resolved;
  if (one.to_case() == v1::Override::TO_NOT_SET) {
    bad.Add(Path(prefix, "outcome"), "", "an outcome, or unrated with its reason");
  } else if (one.has_unrated()) {
    CheckUnrated(Path(prefix, "unrated"), one.unrated(), bad);
  }
  const model::CompiledModel* model =
      FindVersion(one.framework_version(), context.known->versions, prefix, bad);
  if (model != nullptr) {
    const Finding finding = {&one.node(), one.has_outcome() ? &one.outcome() : nullptr,
                             one.has_from() ? &one.from() : nullptr};
    Resolve(finding, *model, prefix, resolved, bad);
  }
  if (resolved.level != 0 && resolved.level == resolved.from) {
    bad.Add(Path(prefix, "outcome"), static_cast<int>(resolved.level),
            "another level than that of `from`, which it departs from");
  }
  CheckRequiredText(Path(prefix, "rationale"), one.rationale(), kMaxRationale, bad);
  CheckText(Path(prefix, "quality_control_reference"), one.quality_control_reference(),
            kMaxQualityControlReference, bad);
  CheckEffectiveDay(Path(prefix, "effective_date"), one.effective_date(), context.today, bad);
  CheckText(Path(prefix, "decided_by"), one.decided_by(), kMaxAssessor, bad);
  CheckSource(Path(prefix, "source"), one.source(), bad);
  return resolved;
}

Resolved Validate(const v1::Publication& publication, const CheckContext& context,
                  const std::string& prefix, Violations& bad) {
  Resolved resolved;
  if (publication.rating_case() == v1::Publication::RATING_NOT_SET) {
    bad.Add(Path(prefix, "outcome"), "", "an outcome, or not_rated with its reason");
  } else if (publication.has_not_rated()) {
    CheckUnrated(Path(prefix, "not_rated"), publication.not_rated(), bad);
  }
  const model::CompiledModel* model =
      FindVersion(publication.framework_version(), context.known->versions, prefix, bad);
  if (model != nullptr) {
    const Finding finding = {&publication.node(),
                             publication.has_outcome() ? &publication.outcome() : nullptr, nullptr};
    Resolve(finding, *model, prefix, resolved, bad);
  }
  CheckEffectiveDay(Path(prefix, "publication_date"), publication.publication_date(), context.today,
                    bad);
  const size_t bytes = publication.derivation_digest().size();
  if (bytes != 0 && bytes != kDigestBytes) {
    bad.Add(Path(prefix, "derivation_digest"), absl::StrCat(bytes, " bytes"),
            absl::StrCat(kDigestBytes, " bytes, or none"));
  }
  CheckSource(Path(prefix, "source"), publication.source(), bad);
  return resolved;
}

namespace {

// The kind that a correction's replacement has; none where it is a retraction.
const RecordKindInfo* ReplacementKind(const v1::CorrectRequest& request) {
  switch (request.replacement_case()) {
    case v1::CorrectRequest::kJudgement:
      return &kJudgementKind;
    case v1::CorrectRequest::kAction:
      return &kActionKind;
    case v1::CorrectRequest::kOverride:
      return &kOverrideKind;
    case v1::CorrectRequest::kPublication:
      return &kPublicationKind;
    case v1::CorrectRequest::kEvidenceItem:
      return &kEvidenceKind;
    case v1::CorrectRequest::REPLACEMENT_NOT_SET:
      break;
  }
  return nullptr;
}

void CheckNamed(const v1::CorrectRequest& request, const std::string& prefix, Violations& bad) {
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
  if (!name.ok()) {
    bad.AddText(Path(prefix, "name"), name.status().message());
    return;
  }
  const RecordKindInfo* replacement = ReplacementKind(request);
  if (replacement == nullptr || replacement->name == name->kind()) return;
  const absl::string_view an = InfoOf(name->kind()).an;
  bad.AddText(Path(prefix, replacement->field),
              absl::StrCat("got ", replacement->an, ", want ", an, " in place of ", an));
}

void CheckWrong(const v1::CorrectRequest::SourceReference& wrong, const std::string& field,
                Violations& bad) {
  CheckSubject(Path(field, "parent"), wrong.parent(), bad);
  CheckRequiredText(Path(field, "source.system"), wrong.source().system(), kMaxSourceSystem, bad);
  CheckRequiredText(Path(field, "source.reference"), wrong.source().reference(),
                    kMaxSourceReference, bad);
}

}  // namespace

void ValidateCorrection(const v1::CorrectRequest& request, const std::string& prefix,
                        Violations& bad) {
  if (request.has_wrong() && !request.name().empty()) {
    bad.AddText(Path(prefix, "wrong"), "got a name and a source, want one of them");
  } else if (request.has_wrong()) {
    CheckWrong(request.wrong(), Path(prefix, "wrong"), bad);
  } else {
    CheckNamed(request, prefix, bad);
  }
  CheckRequiredText(Path(prefix, "reason"), request.reason(), kMaxReason, bad);
  CheckText(Path(prefix, "etag"), request.etag(), kMaxEtag, bad);
}

void ValidateErasure(const v1::EraseRequest& request, const std::string& prefix, Violations& bad) {
  const std::string field = Path(prefix, "name");
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
  if (!name.ok()) bad.AddText(field, name.status().message());
  CheckRequiredText(Path(prefix, "reason"), request.reason(), kMaxErasureReason, bad);
}

}  // namespace assay::evidence
