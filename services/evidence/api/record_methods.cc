#include "services/evidence/api/record_methods.h"

#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/listing.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/resource.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {
namespace {

using errors::ResourceType;
using errors::Violations;

// A batch of 1 to 1,000, else noted.
void CheckBatch(int size, Violations& bad) {
  if (size < 1 || static_cast<size_t>(size) > kMaxBatch) {
    bad.Add("requests", absl::StrCat(size, " entries"), absl::StrCat("1 to ", kMaxBatch));
  }
}

// The record of a name, whose kind must be `kind`.
absl::StatusOr<v1::Record> GetRecord(const Backend& backend, const std::string& name,
                                     names::RecordKind name_kind, v1::RecordKind kind,
                                     ResourceType type, const Backend::Revisions& at_least) {
  const absl::StatusOr<names::RecordName> parsed = names::RecordName::Parse(name);
  Violations bad;
  if (!parsed.ok()) {
    bad.AddText("name", parsed.status().message());
  } else if (parsed->kind() != name_kind) {
    bad.Add("name", name, absl::StrCat("{subject}/", names::CollectionOf(name_kind), "/{id}"));
  }
  if (!bad.empty()) return bad.ToStatus(type);
  const absl::Status reached = backend.CheckReached(at_least);
  if (!reached.ok()) return reached;
  const absl::StatusOr<absl::optional<StoredRecord>> stored =
      backend.store().Read(parsed->subject(), kind, UuidBytes(parsed->id()));
  if (!stored.ok()) return stored.status();
  if (!stored->has_value()) return errors::NotFound(type, name);
  return RecordOf(**stored, backend.store().epoch());
}

using Fits = std::function<bool(const v1::Record&)>;

// One page of a subject's records of a kind that fit; sets the next page's token. The cursor is the
// counter of the last record looked at.
absl::StatusOr<std::vector<v1::Record>> ListRecords(const Backend& backend,
                                                    const names::Subject& subject,
                                                    v1::RecordKind kind, const Page& page,
                                                    const Fits& fits, std::string* next) {
  SubjectQuery query;
  query.kinds = {kind};
  query.limit = page.size + 1;
  if (!page.cursor.empty() && !absl::SimpleAtoi(page.cursor, &query.after)) {
    return errors::MalformedToken("page_token");
  }
  std::vector<v1::Record> records;
  while (true) {
    const absl::StatusOr<SubjectRecords> read = backend.store().ReadSubject(subject, query);
    if (!read.ok()) return read.status();
    if (read->subject_counter == 0)
      return errors::NotFound(TypeOfSubject(subject.kind()), subject.name());
    for (const StoredRecord& stored : read->records) {
      absl::StatusOr<v1::Record> record = RecordOf(stored, backend.store().epoch());
      if (!record.ok()) return record.status();
      if (!fits(*record)) {
        query.after = stored.position.counter;
        continue;
      }
      if (records.size() == page.size) {
        absl::StatusOr<std::string> token =
            paging::EncodePageToken(page.query, absl::StrCat(query.after));
        if (!token.ok()) return errors::Internal("page token", token.status().message());
        *next = *std::move(token);
        return records;
      }
      query.after = stored.position.counter;
      records.push_back(*std::move(record));
    }
    if (read->records.size() < query.limit) return records;
  }
}

// Whether a stored node fits a filter: a part that is empty fits all.
bool NodeFits(const type::v1::Node& filter, const type::v1::Node& node) {
  const auto fits = [](const std::string& wanted, const std::string& has) {
    return wanted.empty() || wanted == has;
  };
  return fits(filter.stage(), node.stage()) && fits(filter.service(), node.service()) &&
         fits(filter.group(), node.group()) && fits(filter.item(), node.item()) &&
         fits(filter.category(), node.category()) && fits(filter.location(), node.location());
}

int32_t OrderOf(const type::v1::Date& date) {
  return (date.year() * 12 + date.month()) * 31 + date.day();
}

bool JudgementFits(const v1::ListJudgementsRequest::Filter& filter,
                   const v1::Judgement& judgement) {
  const int32_t effective = OrderOf(judgement.effective_date());
  if (filter.has_effective_from() && effective < OrderOf(filter.effective_from())) return false;
  if (filter.has_effective_before() && effective >= OrderOf(filter.effective_before()))
    return false;
  if (!filter.framework_version().empty() &&
      filter.framework_version() != judgement.framework_version()) {
    return false;
  }
  return NodeFits(filter.node(), judgement.node());
}

}  // namespace

absl::StatusOr<v1::Judgement> CreateJudgement(const Backend& backend,
                                              const v1::CreateJudgementRequest& request) {
  const absl::StatusOr<Versions> versions =
      backend.FetchVersions({request.judgement().framework_version()});
  if (!versions.ok()) return versions.status();
  Violations bad;
  Write write = PrepareJudgement(request, backend.Context(*versions), "", bad);
  if (!bad.empty()) return bad.ToStatus(ResourceType::kJudgement);
  absl::StatusOr<v1::Record> record = backend.WriteOne(std::move(write));
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_judgement());
}

absl::StatusOr<v1::BatchCreateJudgementsResponse> BatchCreateJudgements(
    const Backend& backend, const v1::BatchCreateJudgementsRequest& request) {
  Violations bad;
  CheckBatch(request.requests_size(), bad);
  if (!bad.empty()) return bad.ToStatus();
  Backend::VersionNames names;
  for (const auto& one : request.requests()) names.insert(one.judgement().framework_version());
  const absl::StatusOr<Versions> versions = backend.FetchVersions(names);
  if (!versions.ok()) return versions.status();
  const PrepareContext context = backend.Context(*versions);
  std::vector<Write> writes;
  for (int index = 0; index < request.requests_size(); ++index) {
    writes.push_back(PrepareJudgement(request.requests(index), context,
                                      Path("", "requests", static_cast<size_t>(index)), bad));
  }
  if (!bad.empty()) return bad.ToStatus(ResourceType::kJudgement);
  v1::BatchCreateJudgementsResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      backend.WriteAll(std::move(writes), response.mutable_revision());
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) {
    *response.add_judgements() = std::move(*record.mutable_judgement());
  }
  return response;
}

absl::StatusOr<v1::Judgement> GetJudgement(const Backend& backend,
                                           const v1::GetJudgementRequest& request) {
  absl::StatusOr<v1::Record> record =
      GetRecord(backend, request.name(), names::RecordKind::kJudgement, v1::RECORD_KIND_JUDGEMENT,
                ResourceType::kJudgement, request.at_least());
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_judgement());
}

absl::StatusOr<v1::ListJudgementsResponse> ListJudgements(
    const Backend& backend, const v1::ListJudgementsRequest& request) {
  Violations bad;
  const absl::optional<names::Subject> subject = CheckSubject("parent", request.parent(), bad);
  CheckDay("filter.effective_from", request.filter().effective_from(), bad);
  CheckDay("filter.effective_before", request.filter().effective_before(), bad);
  const absl::StatusOr<Page> page = PageOf("RecordService.ListJudgements", request, bad);
  if (!page.ok()) return page.status();
  if (!bad.empty()) return bad.ToStatus();
  v1::ListJudgementsResponse response;
  absl::StatusOr<std::vector<v1::Record>> records = ListRecords(
      backend, *subject, v1::RECORD_KIND_JUDGEMENT, *page,
      [&](const v1::Record& record) { return JudgementFits(request.filter(), record.judgement()); },
      response.mutable_next_page_token());
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) {
    *response.add_judgements() = std::move(*record.mutable_judgement());
  }
  return response;
}

absl::StatusOr<v1::RegulatoryAction> CreateRegulatoryAction(
    const Backend& backend, const v1::CreateRegulatoryActionRequest& request) {
  const Versions none;
  Violations bad;
  Write write = PrepareAction(request, backend.Context(none), "", bad);
  if (!bad.empty()) return bad.ToStatus(ResourceType::kAction);
  absl::StatusOr<v1::Record> record = backend.WriteOne(std::move(write));
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_action());
}

absl::StatusOr<v1::BatchCreateRegulatoryActionsResponse> BatchCreateRegulatoryActions(
    const Backend& backend, const v1::BatchCreateRegulatoryActionsRequest& request) {
  Violations bad;
  CheckBatch(request.requests_size(), bad);
  if (!bad.empty()) return bad.ToStatus();
  const Versions none;
  const PrepareContext context = backend.Context(none);
  std::vector<Write> writes;
  for (int index = 0; index < request.requests_size(); ++index) {
    writes.push_back(PrepareAction(request.requests(index), context,
                                   Path("", "requests", static_cast<size_t>(index)), bad));
  }
  if (!bad.empty()) return bad.ToStatus(ResourceType::kAction);
  v1::BatchCreateRegulatoryActionsResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      backend.WriteAll(std::move(writes), response.mutable_revision());
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) {
    *response.add_actions() = std::move(*record.mutable_action());
  }
  return response;
}

absl::StatusOr<v1::RegulatoryAction> GetRegulatoryAction(
    const Backend& backend, const v1::GetRegulatoryActionRequest& request) {
  absl::StatusOr<v1::Record> record =
      GetRecord(backend, request.name(), names::RecordKind::kAction,
                v1::RECORD_KIND_REGULATORY_ACTION, ResourceType::kAction, request.at_least());
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_action());
}

absl::StatusOr<v1::ListRegulatoryActionsResponse> ListRegulatoryActions(
    const Backend& backend, const v1::ListRegulatoryActionsRequest& request) {
  Violations bad;
  const absl::optional<names::Subject> subject = CheckSubject("parent", request.parent(), bad);
  const absl::StatusOr<Page> page = PageOf("RecordService.ListRegulatoryActions", request, bad);
  if (!page.ok()) return page.status();
  if (!bad.empty()) return bad.ToStatus();
  v1::ListRegulatoryActionsResponse response;
  absl::StatusOr<std::vector<v1::Record>> records = ListRecords(
      backend, *subject, v1::RECORD_KIND_REGULATORY_ACTION, *page,
      [](const v1::Record&) { return true; }, response.mutable_next_page_token());
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) {
    *response.add_actions() = std::move(*record.mutable_action());
  }
  return response;
}

absl::StatusOr<v1::CorrectResponse> Correct(const Backend& backend,
                                            const v1::CorrectRequest& request) {
  const absl::StatusOr<Versions> versions =
      request.has_judgement() ? backend.FetchVersions({request.judgement().framework_version()})
                              : Versions();
  if (!versions.ok()) return versions.status();
  Violations bad;
  Write write = PrepareCorrection(request, backend.Context(*versions), "", bad);
  if (!bad.empty()) return bad.ToStatus();
  std::vector<Write> writes;
  writes.push_back(std::move(write));
  v1::CorrectResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      backend.WriteAll(std::move(writes), response.mutable_revision());
  if (!records.ok()) return records.status();
  *response.mutable_record() = std::move(records->front());
  return response;
}

}  // namespace assay::evidence
