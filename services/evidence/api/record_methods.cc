#include "services/evidence/api/record_methods.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

#include "services/common/errors/errors.h"
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

std::vector<Write> OneWrite(Write write) {
  std::vector<Write> writes;
  writes.push_back(std::move(write));
  return writes;
}

// The writes of a request, or what is wrong with it.
struct Prepared {
  std::vector<Write> writes;
  // Not OK, and there are writes: the answer unless all of them were made before.
  absl::Status refusal;
};

// Whoever sends a request again gets the first answer, also where an attachment that it names was
// erased since. So where attachments that are not there are all that is wrong, the store is asked
// what it knows of the request; it refuses what is new, since no attachment has an empty digest.
// `prepare` makes the writes, with what is known.
template <typename Make>
Prepared PrepareAgain(const Backend& backend, const References& named, Known known,
                      absl::optional<errors::ResourceType> type, const Make& prepare) {
  Prepared prepared;
  Violations bad;
  prepared.writes = prepare(backend.Context(known), bad);
  if (bad.empty()) return prepared;
  prepared.refusal = type.has_value() ? bad.ToStatus(*type) : bad.ToStatus();
  prepared.writes.clear();
  absl::flat_hash_set<std::string> missing;
  for (const AttachmentKey& key : named.attachments) {
    if (known.attachments.emplace(key, 0).second) missing.insert(key.digest);
  }
  Violations other;
  if (missing.empty()) return prepared;
  std::vector<Write> writes = prepare(backend.Context(known), other);
  if (!other.empty()) return prepared;
  for (Write& write : writes) {
    const bool lacks = std::any_of(
        write.row.attachments.begin(), write.row.attachments.end(),
        [&](const digest::Digest& one) { return missing.contains(std::string(one.bytes())); });
    if (lacks) write.row.attachments.push_back(digest::Digest());
  }
  prepared.writes = std::move(writes);
  return prepared;
}

// Writes what was prepared, all or none.
absl::StatusOr<std::vector<v1::Record>> WritePrepared(const Backend& backend, Prepared prepared,
                                                      type::v1::Revision* revision) {
  if (prepared.writes.empty() && !prepared.refusal.ok()) return prepared.refusal;
  absl::StatusOr<std::vector<v1::Record>> records =
      backend.WriteAll(std::move(prepared.writes), revision);
  if (!prepared.refusal.ok() && absl::IsNotFound(records.status())) return prepared.refusal;
  return records;
}

template <typename Request>
absl::StatusOr<MessageOf<Request>> CreateOne(const Backend& backend, const Request& request) {
  using Message = MessageOf<Request>;
  References named;
  NoteReferences(request.parent(), MessageIn(request), named);
  absl::StatusOr<Known> known = backend.Find(named);
  if (!known.ok()) return known.status();
  Prepared prepared = PrepareAgain(backend, named, *std::move(known), InfoOf(Message()).type,
                                   [&](const PrepareContext& context, Violations& bad) {
                                     return OneWrite(Prepare(request, context, "", bad));
                                   });
  type::v1::Revision revision;
  absl::StatusOr<std::vector<v1::Record>> records =
      WritePrepared(backend, std::move(prepared), &revision);
  if (!records.ok()) return records.status();
  return std::move(MutableIn<Message>(records->front()));
}

// Writes all or none; the answers go where `add` makes room for them.
template <typename Batch, typename Add>
absl::Status CreateAll(const Backend& backend, const Batch& batch, type::v1::Revision* revision,
                       const Add& add) {
  using Message = MessageOf<std::decay_t<decltype(batch.requests(0))>>;
  Violations bad;
  CheckBatch(batch.requests_size(), bad);
  if (!bad.empty()) return bad.ToStatus();
  References named;
  for (const auto& one : batch.requests()) NoteReferences(one.parent(), MessageIn(one), named);
  absl::StatusOr<Known> known = backend.Find(named);
  if (!known.ok()) return known.status();
  const auto prepare = [&](const PrepareContext& context, Violations& wrong) {
    CheckBatchBytes(batch.ByteSizeLong(), wrong);
    std::vector<Write> writes;
    for (int index = 0; index < batch.requests_size(); ++index) {
      writes.push_back(Prepare(batch.requests(index), context,
                               Path("", "requests", static_cast<size_t>(index)), wrong));
    }
    return writes;
  };
  Prepared prepared =
      PrepareAgain(backend, named, *std::move(known), InfoOf(Message()).type, prepare);
  absl::StatusOr<std::vector<v1::Record>> records =
      WritePrepared(backend, std::move(prepared), revision);
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
  absl::StatusOr<Known> known = backend.Find(named);
  if (!known.ok()) return known.status();
  Prepared prepared = PrepareAgain(backend, named, *std::move(known), absl::nullopt,
                                   [&](const PrepareContext& context, Violations& bad) {
                                     return OneWrite(Prepare(request, context, "", bad));
                                   });
  v1::CorrectResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      WritePrepared(backend, std::move(prepared), response.mutable_revision());
  if (!records.ok()) return records.status();
  *response.mutable_record() = std::move(records->front());
  return response;
}

absl::StatusOr<v1::EraseResponse> Erase(const Backend& backend, const v1::EraseRequest& request) {
  Violations bad;
  Write write = Prepare(request, "", bad);
  if (!bad.empty()) return bad.ToStatus();
  std::vector<Write> writes;
  writes.push_back(std::move(write));
  v1::EraseResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      backend.WriteAll(std::move(writes), response.mutable_revision());
  if (!records.ok()) return records.status();
  *response.mutable_erasure() = std::move(*records->front().mutable_erasure());
  return response;
}

}  // namespace assay::evidence
