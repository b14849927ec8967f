#include <utility>
#include <vector>

#include "services/common/errors/errors.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/prepare.h"
#include "services/evidence/core/prepare_parts.h"
#include "services/evidence/core/resource.h"
#include "services/evidence/core/seal.h"

namespace assay::evidence {
namespace {

using errors::Violations;

// Says in a correction's write what it supersedes, and makes its payload. `id` is the
// replacement's; empty where there is none. The texts of `replacement` are sealed already.
void Supersede(const names::RecordName& wrong, const std::string& id, v1::Record replacement,
               Write& write) {
  write.supersedes = UuidBytes(wrong.id());
  write.supersedes_kind = InfoOf(wrong.kind()).kind;
  write.supersedes_name = wrong.name();
  replacement.set_subject(wrong.subject().name());
  const bool replaced = VisitRecord(replacement, [&](auto& message) {
    message.set_supersedes(wrong.name());
    message.set_name(RecordNameOf(wrong.subject(), wrong.kind(), id));
  });
  if (!replaced) {
    replacement.mutable_retraction()->set_record(wrong.name());
  }
  write.row.payload = StableBytes(replacement);
}

// Whether a record is about the node that was asked for. Stored nodes are spelt by their model; a
// stage that either side leaves out fits.
bool SameNode(const type::v1::Node& asked, const type::v1::Node& stored) {
  if (asked.service() != stored.service() || asked.location() != stored.location()) return false;
  if (asked.item() != stored.item() || asked.category() != stored.category()) return false;
  // The group of an item follows from it.
  if (asked.item().empty() && asked.group() != stored.group()) return false;
  return asked.stage().empty() || stored.stage().empty() || asked.stage() == stored.stage();
}

// The kind that the replacement has; nullptr where there is none, and any kind fits.
const RecordKindInfo* WantedKind(const v1::Record& replacement) {
  const RecordKindInfo* wanted = nullptr;
  VisitRecord(replacement, [&wanted](const auto& message) { wanted = &InfoOf(message); });
  return wanted;
}

// The one record in force that the request means. `last` is the kind of what the source brought
// last, whether or not it is in force; unspecified where it brought nothing.
absl::StatusOr<names::RecordName> ChooseWrong(const v1::CorrectRequest& request,
                                              const RecordKindInfo* wanted, v1::RecordKind last,
                                              const std::vector<StoredRecord>& in_force) {
  std::vector<std::string> fitting;
  for (const StoredRecord& stored : in_force) {
    v1::Record record;
    if (!record.ParseFromString(stored.payload)) return errors::Corrupt("a record's payload");
    VisitRecord(record, [&](const auto& message) {
      if (wanted != nullptr && wanted != &InfoOf(message)) return;
      const type::v1::Node* node = NodeIn(message);
      const bool any = !request.wrong().has_node();
      if (any || (node != nullptr && SameNode(request.wrong().node(), *node))) {
        fitting.push_back(message.name());
      }
    });
  }
  const v1::Source& source = request.wrong().source();
  if (fitting.empty()) {
    // A retraction does not say what kind it is about; the source may.
    const bool unknown = wanted == nullptr && last == v1::RECORD_KIND_UNSPECIFIED;
    const errors::ResourceType type = unknown             ? errors::ResourceType::kJudgement
                                      : wanted != nullptr ? wanted->type
                                                          : TypeOfRecord(last);
    return errors::NotFound(type, absl::StrCat(request.wrong().parent(), " from ", source.system(),
                                               " ", source.reference()));
  }
  if (fitting.size() > 1) {
    return errors::InvalidArgument("wrong.node", absl::StrCat(fitting.size(), " records in force"),
                                   "a node that one of them is about, or the record's name");
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
    target.subject = ParsedSubject(request.wrong().parent());
  } else if (absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
             name.ok()) {
    target.subject = name->subject();
    target.name = *std::move(name);
  }
  return target;
}

// Checks the replacement and puts it, normalised, into `record`; its columns are the write's.
template <typename Message>
void Replace(const Message& replacement, const Target& target, const PrepareContext& context,
             const std::string& prefix, v1::Record& record, Write& write, Violations& bad) {
  const size_t before = bad.count();
  const CheckContext check = {context.today, context.known,
                              target.subject.has_value() ? &*target.subject : nullptr};
  const Resolved resolved =
      Validate(replacement, check, Path(prefix, InfoOf(replacement).field), bad);
  if (target.subject.has_value()) write.service = ServiceIn(*target.subject, replacement);
  if (bad.count() > before || !target.subject.has_value()) return;
  Message& stored = MutableIn<Message>(record);
  Normalise(replacement, resolved, check, stored);
  write = WriteOf(*target.subject, stored);
}

void PrepareReplacement(const v1::CorrectRequest& request, const Target& target,
                        const PrepareContext& context, const std::string& prefix,
                        v1::Record& record, Write& write, Violations& bad) {
  switch (request.replacement_case()) {
    case v1::CorrectRequest::kJudgement:
      return Replace(request.judgement(), target, context, prefix, record, write, bad);
    case v1::CorrectRequest::kAction:
      return Replace(request.action(), target, context, prefix, record, write, bad);
    case v1::CorrectRequest::kOverride:
      return Replace(request.override(), target, context, prefix, record, write, bad);
    case v1::CorrectRequest::kPublication:
      return Replace(request.publication(), target, context, prefix, record, write, bad);
    case v1::CorrectRequest::kEvidenceItem:
      return Replace(request.evidence_item(), target, context, prefix, record, write, bad);
    case v1::CorrectRequest::REPLACEMENT_NOT_SET:
      if (target.subject.has_value()) {
        write.row = RowOf(*target.subject, v1::RECORD_KIND_RETRACTION);
      }
      return;
  }
}

// What stands for a correction that has faults. What is wrong is looked for where it is named.
Write StandInFor(const v1::CorrectRequest& request, const Target& target,
                 const Write& replacement) {
  const RecordKindInfo* kind = nullptr;
  switch (request.replacement_case()) {
    case v1::CorrectRequest::kJudgement:
      kind = &kJudgementKind;
      break;
    case v1::CorrectRequest::kAction:
      kind = &kActionKind;
      break;
    case v1::CorrectRequest::kOverride:
      kind = &kOverrideKind;
      break;
    case v1::CorrectRequest::kPublication:
      kind = &kPublicationKind;
      break;
    case v1::CorrectRequest::kEvidenceItem:
      kind = &kEvidenceKind;
      break;
    case v1::CorrectRequest::REPLACEMENT_NOT_SET:
      break;
  }
  Write write = StandIn(target.subject, kind == nullptr ? v1::RECORD_KIND_RETRACTION : kind->kind);
  write.service = replacement.service;
  if (target.name.has_value()) {
    write.supersedes = UuidBytes(target.name->id());
    write.supersedes_kind = InfoOf(target.name->kind()).kind;
    write.supersedes_name = target.name->name();
  }
  return write;
}

}  // namespace

Write Prepare(const v1::CorrectRequest& request, const PrepareContext& context,
              const std::string& prefix, Violations& bad) {
  const size_t before = bad.count();
  ValidateCorrection(request, prefix, bad);
  const Target target = TargetOf(request);
  v1::Record record;
  Write write;
  PrepareReplacement(request, target, context, prefix, record, write, bad);
  const std::string request_id =
      CheckRequestId(Path(prefix, "request_id"), request.request_id(), bad);
  if (bad.count() > before) return StandInFor(request, target, write);

  const bool replaced =
      VisitRecord(record, [&](auto& message) { message.set_correction_reason(request.reason()); });
  if (!replaced) record.mutable_retraction()->set_reason(request.reason());
  Seal(record, *context.random, write.row);
  write.etag = request.etag();
  std::string id;
  if (request.replacement_case() != v1::CorrectRequest::REPLACEMENT_NOT_SET) {
    id = context.ids->NewId();
    write.row.id = UuidBytes(id);
  }
  if (target.name.has_value()) {
    Supersede(*target.name, id, std::move(record), write);
  } else {
    write.wrong_origin = OriginOf(request.wrong().parent(), request.wrong().source());
    write.choose = [request, id, record](const std::vector<StoredRecord>& in_force, Write& chosen) {
      const absl::StatusOr<names::RecordName> wrong =
          ChooseWrong(request, WantedKind(record), chosen.supersedes_kind, in_force);
      if (!wrong.ok()) return wrong.status();
      Supersede(*wrong, id, record, chosen);
      return absl::OkStatus();
    };
  }
  Identify(request, request_id, "correction", write);
  return write;
}

}  // namespace assay::evidence
