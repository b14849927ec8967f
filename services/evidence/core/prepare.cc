#include "services/evidence/core/prepare.h"

#include <utility>

#include "google/protobuf/arena.h"

#include "services/evidence/core/checks.h"
#include "services/evidence/core/prepare_parts.h"
#include "services/evidence/core/seal.h"

namespace assay::evidence {
namespace {

using errors::Violations;

// What a request to create something is made of, where nothing is wrong with it.
struct Checked {
  absl::optional<names::Subject> subject;
  Resolved resolved;
  std::string request_id;
};

// `field`: the path of the message itself.
template <typename Request, typename Message>
Checked Check(const Request& request, const Message& message, const PrepareContext& context,
              const std::string& prefix, const std::string& field, Violations& bad) {
  Checked checked;
  checked.subject = CheckSubject(Path(prefix, "parent"), request.parent(), bad);
  const CheckContext check = {context.today, context.known,
                              checked.subject.has_value() ? &*checked.subject : nullptr};
  checked.resolved = Validate(message, check, field, bad);
  checked.request_id = CheckRequestId(Path(prefix, "request_id"), request.request_id(), bad);
  return checked;
}

template <typename Request, typename Message>
Write PrepareCreate(const Request& request, const Message& message, const PrepareContext& context,
                    const std::string& prefix, Violations& bad) {
  const RecordKindInfo& info = InfoOf(message);
  // Most requests are good, and the paths of all their fields cost more than looking at them: only
  // where something is wrong are they made.
  Violations any;
  const Checked checked = Check(request, message, context, "", "", any);
  if (!any.empty()) {
    Check(request, message, context, prefix, Path(prefix, info.field), bad);
    Write write = StandIn(checked.subject, info.kind);
    if (checked.subject.has_value()) write.service = ServiceIn(*checked.subject, message);
    return write;
  }
  const names::Subject& subject = *checked.subject;
  const std::string id = context.ids->NewId();
  // A record is some ten small messages, which all go at once.
  thread_local char block[4096];
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = sizeof(block);
  google::protobuf::Arena arena(options);
  auto& record = *google::protobuf::Arena::CreateMessage<v1::Record>(&arena);
  Message& stored = MutableIn<Message>(record);
  Normalise(message, checked.resolved, {context.today, context.known, &subject}, stored);
  Write write = WriteOf(subject, stored);
  stored.set_name(RecordNameOf(subject, info.name, id));
  record.set_subject(subject.name());
  write.row.id = UuidBytes(id);
  Seal(record, *context.random, write.row);
  write.row.payload = StableBytes(record);
  Identify(request, checked.request_id, info.word, write);
  return write;
}

}  // namespace

Write Prepare(const v1::CreateJudgementRequest& request, const PrepareContext& context,
              const std::string& prefix, Violations& bad) {
  return PrepareCreate(request, request.judgement(), context, prefix, bad);
}

Write Prepare(const v1::CreateRegulatoryActionRequest& request, const PrepareContext& context,
              const std::string& prefix, Violations& bad) {
  return PrepareCreate(request, request.action(), context, prefix, bad);
}

Write Prepare(const v1::CreateOverrideRequest& request, const PrepareContext& context,
              const std::string& prefix, Violations& bad) {
  return PrepareCreate(request, request.override(), context, prefix, bad);
}

Write Prepare(const v1::CreatePublicationRequest& request, const PrepareContext& context,
              const std::string& prefix, Violations& bad) {
  return PrepareCreate(request, request.publication(), context, prefix, bad);
}

Write Prepare(const v1::CreateEvidenceItemRequest& request, const PrepareContext& context,
              const std::string& prefix, Violations& bad) {
  return PrepareCreate(request, request.evidence_item(), context, prefix, bad);
}

Write Prepare(const v1::EraseRequest& request, const std::string& prefix, Violations& bad) {
  const size_t before = bad.count();
  ValidateErasure(request, prefix, bad);
  const std::string request_id =
      CheckRequestId(Path(prefix, "request_id"), request.request_id(), bad);
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
  if (bad.count() > before) {
    return StandIn(name.ok() ? absl::make_optional(name->subject()) : absl::nullopt,
                   v1::RECORD_KIND_ERASURE);
  }
  Write write;
  write.row = RowOf(name->subject(), v1::RECORD_KIND_ERASURE);
  v1::Record record;
  record.set_subject(name->subject().name());
  record.mutable_erasure()->set_record(request.name());
  record.mutable_erasure()->set_reason(request.reason());
  write.row.payload = StableBytes(record);
  write.erases = UuidBytes(name->id());
  write.erases_kind = InfoOf(name->kind()).kind;
  write.erases_name = request.name();
  // What was erased once is not erased again: a second request, whatever its reason, finds the
  // first.
  v1::Source itself;
  itself.set_system("assay.erasure.v1");
  itself.set_reference(request.name());
  write.origin = OriginOf(name->subject().name(), itself);
  write.body = BodyOf("erasure", itself);
  Identify(request, request_id, "erasure", write);
  return write;
}

Write Prepare(const v1::RecordWrite& write, const PrepareContext& context,
              const std::string& prefix, Violations& bad) {
  switch (write.write_case()) {
    case v1::RecordWrite::kProvider:
      return PrepareProvider(write.provider().provider(), write.provider().request_id(),
                             Path(prefix, "provider"), bad);
    case v1::RecordWrite::kLocation:
      return PrepareLocation(write.location().location(), write.location().request_id(),
                             Path(prefix, "location"), bad);
    case v1::RecordWrite::kService:
      return PrepareService(write.service().service(), write.service().request_id(),
                            Path(prefix, "service"), bad);
    case v1::RecordWrite::kArea:
      return PrepareArea(write.area().area(), write.area().request_id(), Path(prefix, "area"), bad);
    case v1::RecordWrite::kJudgement:
      return Prepare(write.judgement(), context, Path(prefix, "judgement"), bad);
    case v1::RecordWrite::kAction:
      return Prepare(write.action(), context, Path(prefix, "action"), bad);
    case v1::RecordWrite::kOverride:
      return Prepare(write.override(), context, Path(prefix, "override"), bad);
    case v1::RecordWrite::kPublication:
      return Prepare(write.publication(), context, Path(prefix, "publication"), bad);
    case v1::RecordWrite::kEvidenceItem:
      return Prepare(write.evidence_item(), context, Path(prefix, "evidence_item"), bad);
    case v1::RecordWrite::kCorrection:
      return Prepare(write.correction(), context, Path(prefix, "correction"), bad);
    case v1::RecordWrite::kErasure:
      return Prepare(write.erasure(), Path(prefix, "erasure"), bad);
    case v1::RecordWrite::WRITE_NOT_SET:
      break;
  }
  bad.Add(prefix, "",
          "a provider, location, service, area, judgement, action, override, publication, evidence "
          "item, correction or erasure");
  return StandIn(absl::nullopt, v1::RECORD_KIND_UNSPECIFIED);
}

}  // namespace assay::evidence
