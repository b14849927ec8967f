#include "services/evidence/core/prepare.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/common/names/names.h"
#include "services/common/names/partition.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/fingerprint.h"
#include "services/evidence/core/seal.h"
#include "services/evidence/core/validate_registry.h"

namespace assay::evidence {
namespace {

using errors::Violations;

// Days since 1970, or `otherwise` where no date is given. Good dates only.
int32_t DaysOr(const type::v1::Date& date, int32_t otherwise) {
  if (clock::IsUnset(date)) return otherwise;
  return clock::DayFromProto(date)->days_since_1970();
}

// The days on which something is registered. Deregistered without a date: on none that is known.
template <typename Message>
void SetRegistered(const Message& message, RegistryRow& row) {
  const bool deregistered = message.registration_status() == v1::REGISTRATION_STATUS_DEREGISTERED;
  const bool unknown = message.registration_status() == v1::REGISTRATION_STATUS_UNSPECIFIED;
  row.from = DaysOr(message.registration_date(), unknown ? kOpen : kSinceEver);
  row.before = DaysOr(message.deregistration_date(), deregistered ? kSinceEver : kOpen);
}

// Takes a copy of a record's message without anything that is output only.
template <typename Message>
Message Stripped(const Message& message) {
  Message copy = message;
  copy.DiscardUnknownFields();
  copy.clear_revision();
  copy.clear_recorded_time();
  return copy;
}

RecordRow RowOf(const names::Subject& subject, v1::RecordKind kind) {
  RecordRow row;
  row.partition = names::PartitionOf(subject);
  row.kind = kind;
  row.subject = subject.name();
  return row;
}

// The subject where its name was good, for a write that may be of no use otherwise.
absl::optional<names::Subject> SubjectOf(absl::string_view name) {
  absl::StatusOr<names::Subject> subject = names::Subject::Parse(name);
  if (!subject.ok()) return absl::nullopt;
  return *std::move(subject);
}

// What the three kinds of registry state have in common.
template <typename Message>
Write RegistryWrite(const Message& message, const std::string& request_id, v1::RecordKind kind,
                    absl::string_view word, v1::Record record) {
  Write write;
  const absl::optional<names::Subject> subject = SubjectOf(message.name());
  if (!subject.has_value()) return write;
  write.row = RowOf(*subject, kind);
  record.set_subject(message.name());
  write.row.payload = StableBytes(record);
  write.registry.emplace();
  write.request_id = request_id;
  if (!request_id.empty()) write.fingerprint = FingerprintOf(word, message);
  write.etag = message.etag();
  return write;
}

// `message` without the output-only fields of a registry state.
template <typename Message>
Message StrippedState(const Message& message) {
  Message copy = Stripped(message);
  copy.clear_etag();
  return copy;
}

}  // namespace

Write PrepareProvider(const v1::Provider& provider, const std::string& request_id,
                      const std::string& prefix, Violations& bad) {
  ValidateProvider(provider, Path(prefix, "provider"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request_id, bad);
  if (!bad.empty()) return {};
  v1::Record record;
  *record.mutable_provider() = StrippedState(provider);
  Write write =
      RegistryWrite(provider, id, v1::RECORD_KIND_PROVIDER, "provider", std::move(record));
  SetRegistered(provider, *write.registry);
  return write;
}

Write PrepareLocation(const v1::Location& location, const std::string& request_id,
                      const std::string& prefix, Violations& bad) {
  ValidateLocation(location, Path(prefix, "location"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request_id, bad);
  if (!bad.empty()) return {};
  v1::Record record;
  *record.mutable_location() = StrippedState(location);
  Write write =
      RegistryWrite(location, id, v1::RECORD_KIND_LOCATION, "location", std::move(record));
  SetRegistered(location, *write.registry);
  write.registry->provider = location.provider();
  write.registry->sector = location.sector();
  for (const v1::AreaMembership& area : location.areas()) {
    write.registry->areas.push_back(
        {area.area(), DaysOr(area.from(), kSinceEver), DaysOr(area.before(), kOpen)});
  }
  v1::Record provider;
  provider.set_subject(location.provider());
  provider.mutable_provider()->set_name(location.provider());
  write.implied_provider = RowOf(*SubjectOf(location.provider()), v1::RECORD_KIND_PROVIDER);
  write.implied_provider->payload = StableBytes(provider);
  return write;
}

Write PrepareArea(const v1::Area& area, const std::string& request_id, const std::string& prefix,
                  Violations& bad) {
  ValidateArea(area, Path(prefix, "area"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request_id, bad);
  if (!bad.empty()) return {};
  v1::Record record;
  *record.mutable_area() = StrippedState(area);
  Write write = RegistryWrite(area, id, v1::RECORD_KIND_AREA, "area", std::move(record));
  write.registry->from = DaysOr(area.valid_from(), kSinceEver);
  write.registry->before = DaysOr(area.valid_before(), kOpen);
  write.registry->area_kind = area.kind();
  return write;
}

namespace {

// A judgement as it is stored, but for its name and what it supersedes.
v1::Judgement Normalised(const v1::Judgement& judgement, const Resolved& resolved) {
  v1::Judgement copy = Stripped(judgement);
  copy.clear_name();
  copy.clear_supersedes();
  copy.clear_counter();
  copy.clear_correction_reason();
  *copy.mutable_node() = resolved.model->NodeOf(resolved.place, judgement.node().service(),
                                                judgement.node().location());
  if (judgement.has_outcome()) {
    *copy.mutable_outcome() =
        resolved.model->OutcomeOf(resolved.model->ScaleOf(resolved.place), resolved.level);
  }
  return copy;
}

v1::RegulatoryAction Normalised(const v1::RegulatoryAction& action) {
  v1::RegulatoryAction copy = Stripped(action);
  copy.clear_name();
  copy.clear_supersedes();
  copy.clear_counter();
  copy.clear_correction_reason();
  return copy;
}

std::string RecordNameOf(const names::Subject& subject, names::RecordKind kind,
                         absl::string_view id) {
  return absl::StrCat(subject.name(), "/", names::CollectionOf(kind), "/", id);
}

// The columns of a judgement that is good, with its digests; the payload follows.
Write JudgementWrite(const names::Subject& subject, const v1::Judgement& judgement) {
  Write write;
  write.row = RowOf(subject, v1::RECORD_KIND_JUDGEMENT);
  write.row.place = PlaceOf(judgement.framework_version(), judgement.node());
  write.row.effective = DaysOr(judgement.effective_date(), 0);
  write.row.assessed = judgement.status() != v1::JUDGEMENT_STATUS_CARRIED_FORWARD;
  write.origin = OriginOf(subject.name(), judgement.source());
  if (!write.origin.empty()) write.body = BodyOf("judgement", judgement);
  return write;
}

Write ActionWrite(const names::Subject& subject, const v1::RegulatoryAction& action) {
  Write write;
  write.row = RowOf(subject, v1::RECORD_KIND_REGULATORY_ACTION);
  write.row.effective = DaysOr(action.opened(), 0);
  write.origin = OriginOf(subject.name(), action.source());
  if (!write.origin.empty()) write.body = BodyOf("action", action);
  return write;
}

// Gives a record its name and its payload.
template <typename Message>
void Name(const names::Subject& subject, names::RecordKind kind, const std::string& id,
          Message message, Message* (v1::Record::*field)(), digest::RandomSource& random,
          Write& write) {
  write.row.id = UuidBytes(id);
  message.set_name(RecordNameOf(subject, kind, id));
  v1::Record record;
  record.set_subject(subject.name());
  *(record.*field)() = std::move(message);
  Seal(record, random, write.row);
  write.row.payload = StableBytes(record);
}

// The fingerprint of a request, taken without its request id.
template <typename Request>
void Identify(const Request& request, const std::string& id, absl::string_view word, Write& write) {
  if (id.empty()) return;
  Request body = request;
  body.clear_request_id();
  write.request_id = id;
  write.fingerprint = FingerprintOf(word, body);
}

}  // namespace

Write PrepareJudgement(const v1::CreateJudgementRequest& request, const PrepareContext& context,
                       const std::string& prefix, Violations& bad) {
  const absl::optional<names::Subject> subject =
      CheckSubject(Path(prefix, "parent"), request.parent(), bad);
  const absl::optional<Resolved> resolved = ValidateJudgement(
      request.judgement(), *context.versions, context.today, Path(prefix, "judgement"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request.request_id(), bad);
  if (!bad.empty()) return {};
  v1::Judgement judgement = Normalised(request.judgement(), *resolved);
  Write write = JudgementWrite(*subject, judgement);
  Name(*subject, names::RecordKind::kJudgement, context.ids->NewId(), std::move(judgement),
       &v1::Record::mutable_judgement, *context.random, write);
  Identify(request, id, "judgement", write);
  return write;
}

Write PrepareAction(const v1::CreateRegulatoryActionRequest& request, const PrepareContext& context,
                    const std::string& prefix, Violations& bad) {
  const absl::optional<names::Subject> subject =
      CheckSubject(Path(prefix, "parent"), request.parent(), bad);
  ValidateAction(request.action(), context.today, Path(prefix, "action"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request.request_id(), bad);
  if (!bad.empty()) return {};
  v1::RegulatoryAction action = Normalised(request.action());
  Write write = ActionWrite(*subject, action);
  Name(*subject, names::RecordKind::kAction, context.ids->NewId(), std::move(action),
       &v1::Record::mutable_action, *context.random, write);
  Identify(request, id, "action", write);
  return write;
}

namespace {

// Says in a correction's write what it supersedes, and makes its payload. The texts of
// `replacement` are sealed already.
void Supersede(const names::RecordName& wrong, const std::string& id, v1::Record replacement,
               Write& write) {
  const bool judgement = wrong.kind() == names::RecordKind::kJudgement;
  write.supersedes = UuidBytes(wrong.id());
  write.supersedes_kind = judgement ? v1::RECORD_KIND_JUDGEMENT : v1::RECORD_KIND_REGULATORY_ACTION;
  write.supersedes_name = wrong.name();
  replacement.set_subject(wrong.subject().name());
  if (replacement.has_judgement()) {
    replacement.mutable_judgement()->set_supersedes(wrong.name());
    replacement.mutable_judgement()->set_name(RecordNameOf(wrong.subject(), wrong.kind(), id));
  } else if (replacement.has_action()) {
    replacement.mutable_action()->set_supersedes(wrong.name());
    replacement.mutable_action()->set_name(RecordNameOf(wrong.subject(), wrong.kind(), id));
  } else {
    replacement.mutable_retraction()->set_record(wrong.name());
  }
  write.row.payload = StableBytes(replacement);
}

// Whether a judgement is about the node that was asked for. Stored nodes are spelt by their model;
// a stage that either side leaves out fits.
bool SameNode(const type::v1::Node& asked, const type::v1::Node& stored) {
  if (asked.service() != stored.service() || asked.location() != stored.location()) return false;
  if (asked.item() != stored.item() || asked.category() != stored.category()) return false;
  // The group of an item follows from it.
  if (asked.item().empty() && asked.group() != stored.group()) return false;
  return asked.stage().empty() || stored.stage().empty() || asked.stage() == stored.stage();
}

// The one record in force that the request means.
absl::StatusOr<names::RecordName> ChooseWrong(const v1::CorrectRequest& request,
                                              const std::vector<StoredRecord>& in_force) {
  std::vector<std::string> fitting;
  for (const StoredRecord& stored : in_force) {
    v1::Record record;
    if (!record.ParseFromString(stored.payload)) return errors::Corrupt("a record's payload");
    if (record.has_judgement() && !request.has_action()) {
      const bool any = !request.wrong().has_node();
      if (any || SameNode(request.wrong().node(), record.judgement().node())) {
        fitting.push_back(record.judgement().name());
      }
    } else if (record.has_action() && !request.has_judgement() && !request.wrong().has_node()) {
      fitting.push_back(record.action().name());
    }
  }
  const v1::Source& source = request.wrong().source();
  if (fitting.empty()) {
    const errors::ResourceType type =
        request.has_action() ? errors::ResourceType::kAction : errors::ResourceType::kJudgement;
    return errors::NotFound(type, absl::StrCat(request.wrong().parent(), " from ", source.system(),
                                               " ", source.reference()));
  }
  if (fitting.size() > 1) {
    return errors::InvalidArgument("wrong.node", absl::StrCat(fitting.size(), " records in force"),
                                   "a node that one of them judges, or the record's name");
  }
  return names::RecordName::Parse(fitting.front());
}

// The correction's subject and, where it is named, what is wrong.
struct Target {
  absl::optional<names::Subject> subject;
  absl::optional<names::RecordName> name;
};

Target TargetOf(const v1::CorrectRequest& request) {
  Target target;
  if (request.has_wrong()) {
    target.subject = SubjectOf(request.wrong().parent());
  } else if (absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
             name.ok()) {
    target.subject = name->subject();
    target.name = *std::move(name);
  }
  return target;
}

}  // namespace

Write PrepareCorrection(const v1::CorrectRequest& request, const PrepareContext& context,
                        const std::string& prefix, Violations& bad) {
  ValidateCorrection(request, prefix, bad);
  absl::optional<Resolved> resolved;
  if (request.has_judgement()) {
    resolved = ValidateJudgement(request.judgement(), *context.versions, context.today,
                                 Path(prefix, "judgement"), bad);
  } else if (request.has_action()) {
    ValidateAction(request.action(), context.today, Path(prefix, "action"), bad);
  }
  const std::string request_id =
      CheckRequestId(Path(prefix, "request_id"), request.request_id(), bad);
  if (!bad.empty()) return {};

  const Target target = TargetOf(request);
  v1::Record record;
  Write write;
  std::string id;
  if (request.has_judgement()) {
    *record.mutable_judgement() = Normalised(request.judgement(), *resolved);
    write = JudgementWrite(*target.subject, record.judgement());
    record.mutable_judgement()->set_correction_reason(request.reason());
  } else if (request.has_action()) {
    *record.mutable_action() = Normalised(request.action());
    write = ActionWrite(*target.subject, record.action());
    record.mutable_action()->set_correction_reason(request.reason());
  } else {
    write.row = RowOf(*target.subject, v1::RECORD_KIND_RETRACTION);
    record.mutable_retraction()->set_reason(request.reason());
  }
  Seal(record, *context.random, write.row);
  if (request.replacement_case() != v1::CorrectRequest::REPLACEMENT_NOT_SET) {
    id = context.ids->NewId();
    write.row.id = UuidBytes(id);
  }
  if (target.name.has_value()) {
    Supersede(*target.name, id, std::move(record), write);
  } else {
    write.wrong_origin = OriginOf(request.wrong().parent(), request.wrong().source());
    write.choose = [request, id, record](const std::vector<StoredRecord>& in_force, Write& chosen) {
      const absl::StatusOr<names::RecordName> wrong = ChooseWrong(request, in_force);
      if (!wrong.ok()) return wrong.status();
      Supersede(*wrong, id, record, chosen);
      return absl::OkStatus();
    };
  }
  Identify(request, request_id, "correction", write);
  return write;
}

Write PrepareWrite(const v1::RecordWrite& write, const PrepareContext& context,
                   const std::string& prefix, Violations& bad) {
  switch (write.write_case()) {
    case v1::RecordWrite::kProvider:
      return PrepareProvider(write.provider().provider(), write.provider().request_id(),
                             Path(prefix, "provider"), bad);
    case v1::RecordWrite::kLocation:
      return PrepareLocation(write.location().location(), write.location().request_id(),
                             Path(prefix, "location"), bad);
    case v1::RecordWrite::kArea:
      return PrepareArea(write.area().area(), write.area().request_id(), Path(prefix, "area"), bad);
    case v1::RecordWrite::kJudgement:
      return PrepareJudgement(write.judgement(), context, Path(prefix, "judgement"), bad);
    case v1::RecordWrite::kAction:
      return PrepareAction(write.action(), context, Path(prefix, "action"), bad);
    case v1::RecordWrite::kCorrection:
      return PrepareCorrection(write.correction(), context, Path(prefix, "correction"), bad);
    case v1::RecordWrite::kEvidenceItem:
    case v1::RecordWrite::kOverride:
    case v1::RecordWrite::kPublication:
    case v1::RecordWrite::kErasure:
    case v1::RecordWrite::kService:
    case v1::RecordWrite::WRITE_NOT_SET:
      break;
  }
  bad.Add(prefix, "", "a provider, location, area, judgement, action or correction");
  return {};
}

const std::string& NamedVersion(const v1::RecordWrite& write) {
  static const std::string* const kNone = new std::string;
  if (write.has_judgement()) return write.judgement().judgement().framework_version();
  if (write.has_correction() && write.correction().has_judgement()) {
    return write.correction().judgement().framework_version();
  }
  return *kNone;
}

}  // namespace assay::evidence
