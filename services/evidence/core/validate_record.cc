#include "services/evidence/core/validate_record.h"

#include <vector>

#include "absl/strings/str_cat.h"

#include "services/evidence/core/checks.h"
#include "services/evidence/core/limits.h"

namespace assay::evidence {
namespace {

using clock::Day;
using errors::Violations;

void CheckEvidence(const v1::Judgement& judgement, const std::string& prefix, Violations& bad) {
  CheckCount(Path(prefix, "evidence"), judgement.evidence_size(), kMaxEvidenceNames, bad);
  for (int index = 0; index < judgement.evidence_size(); ++index) {
    const absl::StatusOr<names::RecordName> name =
        names::RecordName::Parse(judgement.evidence(index));
    if (name.ok() && name->kind() == names::RecordKind::kEvidence) continue;
    bad.Add(Path(prefix, "evidence", static_cast<size_t>(index)), judgement.evidence(index),
            "the name of an evidence item: {subject}/evidence/{uuid}");
  }
}

void CheckUnrated(const std::string& field, const type::v1::Unrated& unrated, Violations& bad) {
  CheckId(Path(field, "reason"), unrated.reason(), false, bad);
  CheckText(Path(field, "text"), unrated.text(), kMaxUnratedText, bad);
}

const model::CompiledModel* FindVersion(const v1::Judgement& judgement, const Versions& versions,
                                        const std::string& prefix, Violations& bad) {
  const std::string field = Path(prefix, "framework_version");
  const absl::StatusOr<names::FrameworkVersionName> name =
      names::FrameworkVersionName::Parse(judgement.framework_version());
  if (!name.ok()) {
    bad.AddText(field, name.status().message());
    return nullptr;
  }
  const auto found = versions.find(judgement.framework_version());
  if (found != versions.end()) return found->second.get();
  bad.Add(field, judgement.framework_version(), "a version that is in the catalogue");
  return nullptr;
}

// The parts of a node that no model knows: service and location.
void CheckNode(const type::v1::Node& node, const std::string& field, Violations& bad) {
  CheckId(Path(field, "service"), node.service(), true, bad);
  if (!node.location().empty()) {
    CheckSubject(Path(field, "location"), node.location(), names::SubjectKind::kLocation, bad);
  }
}

absl::optional<Resolved> ResolveFinding(const v1::Judgement& judgement,
                                        const model::CompiledModel& model,
                                        const std::string& prefix, Violations& bad) {
  const std::string node_field = Path(prefix, "node");
  CheckNode(judgement.node(), node_field, bad);
  const bool rated = judgement.has_outcome();
  const absl::string_view scale = rated ? judgement.outcome().scale() : absl::string_view();
  const std::optional<model::Place> place =
      model.ResolveNode(judgement.node(), scale, node_field, bad);
  if (!place.has_value()) return absl::nullopt;
  Resolved resolved;
  resolved.model = &model;
  resolved.place = *place;
  if (!rated) return resolved;
  const std::optional<model::Level> level =
      model.ResolveOutcome(*place, judgement.outcome(), Path(prefix, "outcome"), bad);
  if (!level.has_value()) return absl::nullopt;
  resolved.level = *level;
  return resolved;
}

}  // namespace

absl::optional<Resolved> ValidateJudgement(const v1::Judgement& judgement, const Versions& versions,
                                           Day today, const std::string& prefix, Violations& bad) {
  const size_t before = bad.count();
  absl::optional<Resolved> resolved;
  if (judgement.finding_case() == v1::Judgement::FINDING_NOT_SET) {
    bad.Add(Path(prefix, "outcome"), "", "an outcome, or not_rated with its reason");
  } else if (judgement.has_not_rated()) {
    CheckUnrated(Path(prefix, "not_rated"), judgement.not_rated(), bad);
  }
  const model::CompiledModel* model = FindVersion(judgement, versions, prefix, bad);
  if (model != nullptr) resolved = ResolveFinding(judgement, *model, prefix, bad);
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
  CheckEffectiveDay(Path(prefix, "effective_date"), judgement.effective_date(), today, bad);
  CheckDay(Path(prefix, "assessment_start"), judgement.assessment_start(), bad);
  CheckText(Path(prefix, "assessor"), judgement.assessor(), kMaxAssessor, bad);
  CheckText(Path(prefix, "rationale"), judgement.rationale(), kMaxRationale, bad);
  CheckEvidence(judgement, prefix, bad);
  CheckSource(Path(prefix, "source"), judgement.source(), bad);
  if (bad.count() != before) resolved.reset();
  return resolved;
}

void ValidateAction(const v1::RegulatoryAction& action, Day today, const std::string& prefix,
                    Violations& bad) {
  if (!v1::RegulatoryActionKind_IsValid(action.kind()) ||
      action.kind() == v1::REGULATORY_ACTION_KIND_UNSPECIFIED) {
    bad.Add(Path(prefix, "kind"), static_cast<int>(action.kind()),
            "breach, requirement notice, warning notice or condition");
  }
  CheckText(Path(prefix, "regulation"), action.regulation(), kMaxRegulation, bad);
  const absl::optional<Day> opened =
      CheckEffectiveDay(Path(prefix, "opened"), action.opened(), today, bad);
  const absl::optional<Day> closed = CheckDay(Path(prefix, "closed"), action.closed(), bad);
  if (opened.has_value() && closed.has_value() && *closed < *opened) {
    bad.Add(Path(prefix, "closed"), closed->ToString(),
            absl::StrCat(opened->ToString(), " or later"));
  }
  CheckId(Path(prefix, "service"), action.service(), true, bad);
  CheckText(Path(prefix, "rationale"), action.rationale(), kMaxRationale, bad);
  CheckSource(Path(prefix, "source"), action.source(), bad);
}

namespace {

// That the replacement is of the kind that `name` says.
void CheckReplacementKind(const v1::CorrectRequest& request, names::RecordKind kind,
                          const std::string& prefix, Violations& bad) {
  const bool judgement = kind == names::RecordKind::kJudgement;
  if (request.has_judgement() && !judgement) {
    bad.AddText(Path(prefix, "judgement"), "got a judgement, want an action in place of an action");
  }
  if (request.has_action() && judgement) {
    bad.AddText(Path(prefix, "action"), "got an action, want a judgement in place of a judgement");
  }
}

void CheckNamed(const v1::CorrectRequest& request, const std::string& prefix, Violations& bad) {
  const std::string field = Path(prefix, "name");
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
  if (!name.ok()) {
    bad.AddText(field, name.status().message());
    return;
  }
  if (name->kind() != names::RecordKind::kJudgement && name->kind() != names::RecordKind::kAction) {
    bad.Add(field, request.name(), "the name of a judgement or a regulatory action");
    return;
  }
  CheckReplacementKind(request, name->kind(), prefix, bad);
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
}

}  // namespace assay::evidence
