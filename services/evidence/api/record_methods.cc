#include "services/evidence/api/record_methods.h"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/batch_faults.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/limits.h"
#include "services/evidence/core/record_kinds.h"

namespace assay::evidence {
namespace {

using errors::Violations;

const v1::Judgement& MessageIn(const v1::CreateJudgementRequest& request) {
  return request.judgement();
}
const v1::RegulatoryAction& MessageIn(const v1::CreateRegulatoryActionRequest& request) {
  return request.action();
}
const v1::Override& MessageIn(const v1::CreateOverrideRequest& request) {
  return request.override();
}
const v1::Publication& MessageIn(const v1::CreatePublicationRequest& request) {
  return request.publication();
}
const v1::EvidenceItem& MessageIn(const v1::CreateEvidenceItemRequest& request) {
  return request.evidence_item();
}

template <typename Request>
using MessageOf = std::decay_t<decltype(MessageIn(std::declval<Request>()))>;

// A batch of 1 to 1,000, else noted.
void CheckBatch(int size, Violations& bad) {
  if (size < 1 || static_cast<size_t>(size) > kMaxBatch) {
    bad.Add("requests", absl::StrCat(size, " entries"), absl::StrCat("1 to ", kMaxBatch));
  }
}

// A batch whose answer fits in a message, else noted.
void CheckBatchBytes(size_t bytes, Violations& bad) {
  if (bytes > kMaxBatchBytes) {
    bad.Add("requests", absl::StrCat(bytes, " bytes"),
            absl::StrCat("at most ", kMaxBatchBytes, " in one batch"));
  }
}

// Writes what was prepared, all or none; `bad` is what is wrong with it already.
template <typename PrefixOf>
absl::StatusOr<std::vector<v1::Record>> WriteAll(const Backend& backend, std::vector<Write> writes,
                                                 const Violations& bad,
                                                 absl::optional<errors::ResourceType> type,
                                                 const PrefixOf& prefix_of,
                                                 type::v1::Revision* revision) {
  Batch batch;
  batch.writes = std::move(writes);
  batch.check_only = HasStandIn(batch.writes);
  const bool check_only = batch.check_only;
  const BatchResult result = backend.store().AppendAndWait(std::move(batch));
  const absl::Status refused = WhyRefused(result, check_only, bad, type, prefix_of);
  if (!refused.ok()) return refused;
  return backend.Answers(result, revision);
}

// Writes one.
template <typename Request>
absl::StatusOr<v1::Record> WriteOne(const Backend& backend, const Request& request,
                                    const References& named,
                                    absl::optional<errors::ResourceType> type,
                                    type::v1::Revision* revision) {
  absl::StatusOr<Known> known = backend.Find(named);
  if (!known.ok()) return known.status();
  const BatchPreparer preparer(backend, named, *std::move(known));
  Violations bad;
  std::vector<Write> writes;
  writes.push_back(
      preparer.Prepare([&](const PrepareContext& context,
                           Violations& wrong) { return Prepare(request, context, "", wrong); },
                       bad));
  absl::StatusOr<std::vector<v1::Record>> records = WriteAll(
      backend, std::move(writes), bad, type, [](size_t) { return std::string(); }, revision);
  if (!records.ok()) return records.status();
  return std::move(records->front());
}

template <typename Request>
absl::StatusOr<MessageOf<Request>> CreateOne(const Backend& backend, const Request& request) {
  using Message = MessageOf<Request>;
  References named;
  NoteReferences(request.parent(), MessageIn(request), named);
  type::v1::Revision revision;
  absl::StatusOr<v1::Record> record =
      WriteOne(backend, request, named, InfoOf(Message()).type, &revision);
  if (!record.ok()) return record.status();
  return std::move(MutableIn<Message>(*record));
}

// Writes all or none; the answers go where `add` makes room for them.
template <typename Requests, typename Add>
absl::Status CreateAll(const Backend& backend, const Requests& batch, type::v1::Revision* revision,
                       const Add& add) {
  using Message = MessageOf<std::decay_t<decltype(batch.requests(0))>>;
  Violations bad;
  CheckBatch(batch.requests_size(), bad);
  if (!bad.empty()) return bad.ToStatus();
  CheckBatchBytes(batch.ByteSizeLong(), bad);
  const bool too_large = !bad.empty();
  References named;
  for (const auto& one : batch.requests()) NoteReferences(one.parent(), MessageIn(one), named);
  absl::StatusOr<Known> known = backend.Find(named);
  if (!known.ok()) return known.status();
  const BatchPreparer preparer(backend, named, *std::move(known));
  const auto prefix_of = [](size_t at) { return Path("", "requests", at); };
  std::vector<Write> writes;
  for (const auto& one : batch.requests()) {
    const std::string prefix = prefix_of(writes.size());
    writes.push_back(
        preparer.Prepare([&](const PrepareContext& context,
                             Violations& wrong) { return Prepare(one, context, prefix, wrong); },
                         bad));
  }
  // What is too large is refused, whatever was answered before.
  if (too_large) return bad.ToStatus(InfoOf(Message()).type);
  absl::StatusOr<std::vector<v1::Record>> records =
      WriteAll(backend, std::move(writes), bad, InfoOf(Message()).type, prefix_of, revision);
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) *add() = std::move(MutableIn<Message>(record));
  return absl::OkStatus();
}

// The record of a name, which must be of the message's kind.
template <typename Message, typename Request>
absl::StatusOr<Message> GetOne(const Backend& backend, const Request& request) {
  const RecordKindInfo& info = InfoOf(Message());
  const absl::StatusOr<names::RecordName> name = names::RecordName::Parse(request.name());
  Violations bad;
  if (!name.ok()) {
    bad.AddText("name", name.status().message());
  } else if (name->kind() != info.name) {
    bad.Add("name", request.name(),
            absl::StrCat("{subject}/", names::CollectionOf(info.name), "/{id}"));
  }
  if (!bad.empty()) return bad.ToStatus(info.type);
  const absl::Status reached = backend.CheckReached(request.at_least());
  if (!reached.ok()) return reached;
  const absl::StatusOr<absl::optional<StoredRecord>> stored =
      backend.store().Read(name->subject(), info.kind, UuidBytes(name->id()));
  if (!stored.ok()) return stored.status();
  if (!stored->has_value()) return errors::NotFound(info.type, request.name());
  absl::StatusOr<v1::Record> record = backend.Answer(**stored);
  if (!record.ok()) return record.status();
  return std::move(MutableIn<Message>(*record));
}

}  // namespace

absl::StatusOr<v1::Judgement> CreateJudgement(const Backend& backend,
                                              const v1::CreateJudgementRequest& request) {
  return CreateOne(backend, request);
}

absl::StatusOr<v1::BatchCreateJudgementsResponse> BatchCreateJudgements(
    const Backend& backend, const v1::BatchCreateJudgementsRequest& request) {
  v1::BatchCreateJudgementsResponse response;
  const absl::Status written = CreateAll(backend, request, response.mutable_revision(),
                                         [&response] { return response.add_judgements(); });
  if (!written.ok()) return written;
  return response;
}

absl::StatusOr<v1::Judgement> GetJudgement(const Backend& backend,
                                           const v1::GetJudgementRequest& request) {
  return GetOne<v1::Judgement>(backend, request);
}

absl::StatusOr<v1::RegulatoryAction> CreateRegulatoryAction(
    const Backend& backend, const v1::CreateRegulatoryActionRequest& request) {
  return CreateOne(backend, request);
}

absl::StatusOr<v1::BatchCreateRegulatoryActionsResponse> BatchCreateRegulatoryActions(
    const Backend& backend, const v1::BatchCreateRegulatoryActionsRequest& request) {
  v1::BatchCreateRegulatoryActionsResponse response;
  const absl::Status written = CreateAll(backend, request, response.mutable_revision(),
                                         [&response] { return response.add_actions(); });
  if (!written.ok()) return written;
  return response;
}

absl::StatusOr<v1::RegulatoryAction> GetRegulatoryAction(
    const Backend& backend, const v1::GetRegulatoryActionRequest& request) {
  return GetOne<v1::RegulatoryAction>(backend, request);
}

absl::StatusOr<v1::Override> CreateOverride(const Backend& backend,
                                            const v1::CreateOverrideRequest& request) {
  return CreateOne(backend, request);
}

absl::StatusOr<v1::BatchCreateOverridesResponse> BatchCreateOverrides(
    const Backend& backend, const v1::BatchCreateOverridesRequest& request) {
  v1::BatchCreateOverridesResponse response;
  const absl::Status written = CreateAll(backend, request, response.mutable_revision(),
                                         [&response] { return response.add_overrides(); });
  if (!written.ok()) return written;
  return response;
}

absl::StatusOr<v1::Override> GetOverride(const Backend& backend,
                                         const v1::GetOverrideRequest& request) {
  return GetOne<v1::Override>(backend, request);
}

absl::StatusOr<v1::Publication> CreatePublication(const Backend& backend,
                                                  const v1::CreatePublicationRequest& request) {
  return CreateOne(backend, request);
}

absl::StatusOr<v1::BatchCreatePublicationsResponse> BatchCreatePublications(
    const Backend& backend, const v1::BatchCreatePublicationsRequest& request) {
  v1::BatchCreatePublicationsResponse response;
  const absl::Status written = CreateAll(backend, request, response.mutable_revision(),
                                         [&response] { return response.add_publications(); });
  if (!written.ok()) return written;
  return response;
}

absl::StatusOr<v1::Publication> GetPublication(const Backend& backend,
                                               const v1::GetPublicationRequest& request) {
  return GetOne<v1::Publication>(backend, request);
}

absl::StatusOr<v1::EvidenceItem> CreateEvidenceItem(const Backend& backend,
                                                    const v1::CreateEvidenceItemRequest& request) {
  return CreateOne(backend, request);
}

absl::StatusOr<v1::BatchCreateEvidenceItemsResponse> BatchCreateEvidenceItems(
    const Backend& backend, const v1::BatchCreateEvidenceItemsRequest& request) {
  v1::BatchCreateEvidenceItemsResponse response;
  const absl::Status written = CreateAll(backend, request, response.mutable_revision(),
                                         [&response] { return response.add_evidence_items(); });
  if (!written.ok()) return written;
  return response;
}

absl::StatusOr<v1::EvidenceItem> GetEvidenceItem(const Backend& backend,
                                                 const v1::GetEvidenceItemRequest& request) {
  return GetOne<v1::EvidenceItem>(backend, request);
}

absl::StatusOr<v1::CorrectResponse> Correct(const Backend& backend,
                                            const v1::CorrectRequest& request) {
  References named;
  NoteReferences(request, named);
  v1::CorrectResponse response;
  absl::StatusOr<v1::Record> record =
      WriteOne(backend, request, named, absl::nullopt, response.mutable_revision());
  if (!record.ok()) return record.status();
  *response.mutable_record() = *std::move(record);
  return response;
}

absl::StatusOr<v1::EraseResponse> Erase(const Backend& backend, const v1::EraseRequest& request) {
  Violations bad;
  Write write = Prepare(request, "", bad);
  if (!bad.empty()) return bad.ToStatus();
  v1::EraseResponse response;
  absl::StatusOr<v1::Record> record =
      backend.WriteOne(std::move(write), response.mutable_revision());
  if (!record.ok()) return record.status();
  *response.mutable_erasure() = std::move(*record->mutable_erasure());
  return response;
}

}  // namespace assay::evidence
