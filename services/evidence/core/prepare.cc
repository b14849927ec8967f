#include "services/evidence/core/prepare.h"

#include <utility>

#include "services/evidence/core/checks.h"
#include "services/evidence/core/prepare_parts.h"
#include "services/evidence/core/seal.h"

namespace assay::evidence {
namespace {

using errors::Violations;

template <typename Request, typename Message>
Write PrepareCreate(const Request& request, const Message& message, const PrepareContext& context,
                    const std::string& prefix, Violations& bad) {
  const RecordKindInfo& info = InfoOf(message);
  const absl::optional<names::Subject> subject =
      CheckSubject(Path(prefix, "parent"), request.parent(), bad);
  const CheckContext check = {context.today, context.known,
                              subject.has_value() ? &*subject : nullptr};
  const Resolved resolved = Validate(message, check, Path(prefix, info.field), bad);
  const std::string request_id =
      CheckRequestId(Path(prefix, "request_id"), request.request_id(), bad);
  if (!bad.empty()) return {};
  const std::string id = context.ids->NewId();
  v1::Record record;
  Message& stored = MutableIn<Message>(record);
  stored = Normalised(message, resolved, check);
  Write write = WriteOf(*subject, stored);
  stored.set_name(RecordNameOf(*subject, info.name, id));
  record.set_subject(subject->name());
  write.row.id = UuidBytes(id);
  Seal(record, *context.random, write.row);
  write.row.payload = StableBytes(record);
  Identify(request, request_id, info.word, write);
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
  ValidateErasure(request, prefix, bad);
  const std::string request_id =
      CheckRequestId(Path(prefix, "request_id"), request.request_id(), bad);
  if (!bad.empty()) return {};
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
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
  return {};
}

}  // namespace assay::evidence
