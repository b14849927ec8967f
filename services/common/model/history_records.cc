// Records of the contract as entries of a history.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "services/common/clock/day_proto.h"
#include "services/common/errors/violations.h"
#include "services/common/model/bearing.h"
#include "services/common/model/history.h"

namespace assay::model {
namespace {

using evidence::v1::Record;

// Reads a date that may be left out.
Day ReadDay(const char* field, const type::v1::Date& date, errors::Violations& bad) {
  if (clock::IsUnset(date)) return kNoDay;
  absl::StatusOr<Day> day = clock::DayFromProto(date);
  if (day.ok()) return *day;
  bad.AddText(field, day.status().message());
  return kNoDay;
}

Day ReadRequiredDay(const char* field, const type::v1::Date& date, errors::Violations& bad) {
  if (clock::IsUnset(date)) bad.Add(field, "", "a date");
  return ReadDay(field, date, bad);
}

absl::Status UnknownVersion(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("framework version ", name, " is not known here"));
}

// What a judgement and an override have in common.
struct Finding {
  const type::v1::Node* node = nullptr;
  const type::v1::Outcome* outcome = nullptr;  // null: not rated
  const type::v1::Unrated* unrated = nullptr;
  absl::string_view version;
  // Of the record's own subject; empty where that is the history's.
  absl::string_view service;
};

}  // namespace

static absl::Status FillFinding(const Finding& finding, const ModelSet& models,
                                SubjectHistory& history, errors::Violations& bad, Entry& entry) {
  const int version = models.IndexOf(finding.version);
  if (version < 0) return UnknownVersion(finding.version);
  entry.version = static_cast<std::uint8_t>(version);
  const CompiledModel& model = models.at(version);
  const absl::string_view scale =
      finding.outcome == nullptr ? absl::string_view() : finding.outcome->scale();
  const std::optional<Place> place = model.ResolveNode(*finding.node, scale, "node", bad);
  if (place.has_value()) entry.place = *place;
  if (finding.outcome != nullptr) {
    if (place.has_value()) {
      entry.level = model.ResolveOutcome(*place, *finding.outcome, "outcome", bad).value_or(0);
    }
  } else if (finding.unrated == nullptr || finding.unrated->reason().empty()) {
    bad.Add("not_rated.reason", "", "an outcome, or the reason why there is none");
  }
  if (!bad.empty()) return bad.ToStatus();
  const absl::string_view service =
      finding.node->service().empty() ? finding.service : finding.node->service();
  absl::StatusOr<std::uint16_t> unit = history.InternUnit(service, finding.node->location());
  if (!unit.ok()) return unit.status();
  entry.unit = *unit;
  if (finding.outcome == nullptr) entry.reason = history.InternReason(*finding.unrated);
  return absl::OkStatus();
}

absl::string_view SubjectHistory::ServiceIn(absl::string_view subject) const {
  if (!absl::ConsumePrefix(&subject, subject_)) return "";
  return absl::ConsumePrefix(&subject, "/services/") ? subject : "";
}

absl::Status SubjectHistory::AppendJudgement(const evidence::v1::Judgement& judgement,
                                             absl::string_view service, std::int64_t counter,
                                             const ModelSet& models) {
  errors::Violations bad;
  Entry entry;
  entry.counter = counter;
  entry.effective = ReadRequiredDay("effective_date", judgement.effective_date(), bad);
  entry.carried_from = ReadDay("carried_from", judgement.carried_from(), bad);
  entry.assessment_start = ReadDay("assessment_start", judgement.assessment_start(), bad);
  switch (judgement.status()) {
    case evidence::v1::JUDGEMENT_STATUS_ASSESSED:
      entry.status = Status::kAssessed;
      break;
    case evidence::v1::JUDGEMENT_STATUS_CARRIED_FORWARD:
      entry.status = Status::kCarriedForward;
      break;
    case evidence::v1::JUDGEMENT_STATUS_GIVEN:
      entry.status = Status::kGiven;
      break;
    default:
      bad.Add("status", static_cast<int>(judgement.status()), "assessed, carried forward or given");
  }
  Finding finding;
  finding.node = &judgement.node();
  finding.service = service;
  finding.version = judgement.framework_version();
  if (judgement.has_outcome()) finding.outcome = &judgement.outcome();
  if (judgement.has_not_rated()) finding.unrated = &judgement.not_rated();
  absl::Status filled = FillFinding(finding, models, *this, bad, entry);
  if (!filled.ok()) return filled;
  Supersede(RecordId(judgement.supersedes()), counter);
  Add(entry, RecordId(judgement.name()));
  return absl::OkStatus();
}

absl::Status SubjectHistory::AppendOverride(const evidence::v1::Override& record,
                                            absl::string_view service, std::int64_t counter,
                                            const ModelSet& models) {
  errors::Violations bad;
  Entry entry;
  entry.counter = counter;
  entry.status = Status::kOverride;
  entry.effective = ReadRequiredDay("effective_date", record.effective_date(), bad);
  Finding finding;
  finding.node = &record.node();
  finding.service = service;
  finding.version = record.framework_version();
  if (record.has_outcome()) finding.outcome = &record.outcome();
  if (record.has_unrated()) finding.unrated = &record.unrated();
  absl::Status filled = FillFinding(finding, models, *this, bad, entry);
  if (!filled.ok()) return filled;
  Supersede(RecordId(record.supersedes()), counter);
  Add(entry, RecordId(record.name()));
  return absl::OkStatus();
}

absl::Status SubjectHistory::AppendAction(const evidence::v1::RegulatoryAction& action,
                                          absl::string_view service, std::int64_t counter) {
  errors::Violations bad;
  ActionEntry entry;
  entry.counter = counter;
  entry.opened = ReadRequiredDay("opened", action.opened(), bad);
  entry.closed = ReadDay("closed", action.closed(), bad);
  entry.kind = static_cast<std::uint8_t>(action.kind());
  if (ActionKindWord(action.kind()).empty()) {
    bad.Add("kind", static_cast<int>(action.kind()), "a kind of regulatory action");
  }
  if (!bad.empty()) return bad.ToStatus();
  absl::StatusOr<std::uint16_t> unit =
      InternUnit(action.service().empty() ? service : action.service());
  if (!unit.ok()) return unit.status();
  entry.unit = *unit;
  entry.regulation = InternRegulation(action.regulation());
  Supersede(RecordId(action.supersedes()), counter);
  AddAction(entry, RecordId(action.name()));
  return absl::OkStatus();
}

absl::Status SubjectHistory::AppendRegistry(const Record& record, std::int64_t counter) {
  errors::Violations bad;
  RegistryEntry entry;
  entry.counter = counter;
  if (record.has_service()) {
    absl::StatusOr<std::uint16_t> unit = InternUnit(ServiceIn(record.service().name()));
    if (!unit.ok()) return unit.status();
    entry.unit = *unit;
    entry.sector = record.service().sector();
  } else {
    entry.sector = record.location().sector();
    for (const evidence::v1::Flag& flag : record.location().flags()) {
      entry.flags.push_back({flag.id(), ReadDay("flags.from", flag.from(), bad),
                             ReadDay("flags.before", flag.before(), bad)});
    }
  }
  if (!bad.empty()) return bad.ToStatus();
  AddRegistry(std::move(entry));
  return absl::OkStatus();
}

absl::Status SubjectHistory::Append(const Record& record, std::int64_t counter,
                                    const ModelSet& models) {
  if (Seen(counter)) return absl::OkStatus();
  const absl::string_view service = ServiceIn(record.subject());
  switch (record.content_case()) {
    case Record::kJudgement:
      return AppendJudgement(record.judgement(), service, counter, models);
    case Record::kOverride:
      return AppendOverride(record.override(), service, counter, models);
    case Record::kAction:
      return AppendAction(record.action(), service, counter);
    case Record::kRetraction:
      if (BearsOnRatings(record)) {
        Supersede(RecordId(record.retraction().record()), counter);
      }
      return absl::OkStatus();
    case Record::kLocation:
    case Record::kService:
      return AppendRegistry(record, counter);
    default:
      return absl::OkStatus();
  }
}

}  // namespace assay::model
