#include "services/evidence/core/prepare_parts.h"

#include "services/common/clock/day_proto.h"
#include "services/common/names/partition.h"
#include "services/evidence/core/unknown_fields.h"

namespace assay::evidence {
namespace {

// A copy without anything that is output only.
template <typename Message>
void Strip(const Message& message, Message& copy) {
  copy = message;
  DropUnknownFields(copy);
  copy.clear_name();
  copy.clear_supersedes();
  copy.clear_correction_reason();
  copy.clear_revision();
  copy.clear_recorded_time();
  copy.clear_counter();
  copy.clear_etag();
}

// Node and outcome as the model spells them.
template <typename Message>
void SpellFinding(const Message& message, const Resolved& resolved, Message& copy) {
  *copy.mutable_node() =
      resolved.model->NodeOf(resolved.place, message.node().service(), message.node().location());
  if (!message.has_outcome()) return;
  *copy.mutable_outcome() =
      resolved.model->OutcomeOf(resolved.model->ScaleOf(resolved.place), resolved.level);
}

template <typename Message>
Write WriteWith(const names::Subject& subject, const Message& message,
                const type::v1::Date& effective) {
  const RecordKindInfo& info = InfoOf(message);
  Write write;
  write.row = RowOf(subject, info.kind);
  write.row.effective = DaysOr(effective, 0);
  write.service = ServiceIn(subject, message);
  write.origin = OriginOf(subject.name(), message.source());
  if (!write.origin.empty()) write.body = BodyOf(info.word, message);
  return write;
}

std::string ServiceOf(const names::Subject& subject, const std::string& service) {
  if (service.empty()) return "";
  const names::Subject root = subject.Root();
  if (root.kind() != names::SubjectKind::kLocation) return "";
  const absl::StatusOr<names::Subject> named =
      names::Subject::Parse(absl::StrCat(root.name(), "/services/", service));
  return named.ok() ? named->name() : "";
}

}  // namespace

std::string ServiceIn(const names::Subject& subject, const v1::Judgement& judgement) {
  return ServiceOf(subject, judgement.node().service());
}

std::string ServiceIn(const names::Subject& subject, const v1::RegulatoryAction& action) {
  return ServiceOf(subject, action.service());
}

std::string ServiceIn(const names::Subject& subject, const v1::Override& one) {
  return ServiceOf(subject, one.node().service());
}

std::string ServiceIn(const names::Subject& subject, const v1::Publication& publication) {
  return ServiceOf(subject, publication.node().service());
}

std::string ServiceIn(const names::Subject& subject, const v1::EvidenceItem& item) {
  return ServiceOf(subject, item.service());
}

Write StandIn(const absl::optional<names::Subject>& subject, v1::RecordKind kind) {
  Write write;
  write.stand_in = true;
  if (subject.has_value()) write.row = RowOf(*subject, kind);
  return write;
}

int32_t DaysOr(const type::v1::Date& date, int32_t otherwise) {
  if (clock::IsUnset(date)) return otherwise;
  return clock::DayFromProto(date)->days_since_1970();
}

RecordRow RowOf(const names::Subject& subject, v1::RecordKind kind) {
  RecordRow row;
  row.partition = names::PartitionOf(subject);
  row.kind = kind;
  row.subject = subject.name();
  return row;
}

absl::optional<names::Subject> ParsedSubject(absl::string_view name) {
  absl::StatusOr<names::Subject> subject = names::Subject::Parse(name);
  if (!subject.ok()) return absl::nullopt;
  return *std::move(subject);
}

std::string RecordNameOf(const names::Subject& subject, names::RecordKind kind,
                         absl::string_view id) {
  return absl::StrCat(subject.name(), "/", names::CollectionOf(kind), "/", id);
}

void Normalise(const v1::Judgement& judgement, const Resolved& resolved, const CheckContext&,
               v1::Judgement& stored) {
  Strip(judgement, stored);
  stored.clear_erased_time();
  SpellFinding(judgement, resolved, stored);
}

void Normalise(const v1::RegulatoryAction& action, const Resolved&, const CheckContext&,
               v1::RegulatoryAction& stored) {
  Strip(action, stored);
  stored.clear_erased_time();
}

void Normalise(const v1::Override& one, const Resolved& resolved, const CheckContext&,
               v1::Override& stored) {
  Strip(one, stored);
  stored.clear_erased_time();
  SpellFinding(one, resolved, stored);
  if (one.has_from()) {
    *stored.mutable_from() =
        resolved.model->OutcomeOf(resolved.model->ScaleOf(resolved.place), resolved.from);
  }
}

void Normalise(const v1::Publication& publication, const Resolved& resolved, const CheckContext&,
               v1::Publication& stored) {
  Strip(publication, stored);
  SpellFinding(publication, resolved, stored);
}

void Normalise(const v1::EvidenceItem& item, const Resolved&, const CheckContext& context,
               v1::EvidenceItem& stored) {
  Strip(item, stored);
  stored.clear_erased_time();
  for (v1::EvidenceItem::Attachment& one : *stored.mutable_attachments()) {
    one.set_size(context.known->attachments.at({context.subject->Root().name(), one.digest()}));
  }
}

Write WriteOf(const names::Subject& subject, const v1::Judgement& judgement) {
  Write write = WriteWith(subject, judgement, judgement.effective_date());
  write.row.place = PlaceOf(judgement.framework_version(), judgement.node());
  write.row.assessed = judgement.status() != v1::JUDGEMENT_STATUS_CARRIED_FORWARD;
  return write;
}

Write WriteOf(const names::Subject& subject, const v1::RegulatoryAction& action) {
  Write write = WriteWith(subject, action, action.opened());
  write.row.place = PlaceOf(action);
  return write;
}

Write WriteOf(const names::Subject& subject, const v1::Override& one) {
  Write write = WriteWith(subject, one, one.effective_date());
  write.row.place = PlaceOf(one.framework_version(), one.node());
  return write;
}

Write WriteOf(const names::Subject& subject, const v1::Publication& publication) {
  Write write = WriteWith(subject, publication, publication.publication_date());
  write.row.place = PlaceOf(publication.framework_version(), publication.node());
  return write;
}

Write WriteOf(const names::Subject& subject, const v1::EvidenceItem& item) {
  return WriteWith(subject, item, item.received());
}

}  // namespace assay::evidence
