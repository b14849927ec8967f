#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/rpc_status.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/limits.h"

namespace assay::evidence {
namespace {

using errors::Violations;

absl::Status CheckEnvelope(const v1::IngestRecordsRequest& request, int64_t previous) {
  Violations bad;
  if (request.sequence() <= previous) {
    bad.Add("sequence", request.sequence(), absl::StrCat("more than ", previous));
  }
  const auto count = static_cast<size_t>(request.writes_size());
  if (count < 1 || count > kMaxIngestWrites) {
    bad.Add("writes", absl::StrCat(count, " entries"), absl::StrCat("1 to ", kMaxIngestWrites));
  }
  const size_t bytes = request.ByteSizeLong();
  if (bytes > kMaxIngestBytes) {
    bad.Add("writes", absl::StrCat(bytes, " bytes"), absl::StrCat("at most ", kMaxIngestBytes));
  }
  return bad.ToStatus();
}

absl::Status PrepareWrites(const v1::IngestRecordsRequest& request, const PrepareContext& context,
                           PreparedIngest& prepared) {
  prepared.batch.allow_partial = request.allow_partial();
  prepared.batch.writes.reserve(static_cast<size_t>(request.writes_size()));
  Violations all;
  for (int index = 0; index < request.writes_size(); ++index) {
    Violations own;
    Violations& bad = request.allow_partial() ? own : all;
    const std::string prefix = Path("", "writes", static_cast<size_t>(index));
    Write write = Prepare(request.writes(index), context, prefix, bad);
    if (!own.empty()) {
      prepared.refused.emplace_back(index, own.ToStatus());
    } else {
      prepared.batch.writes.push_back(std::move(write));
      prepared.places.push_back(index);
    }
  }
  return all.ToStatus();
}

void Refuse(int index, const absl::Status& status, v1::IngestRecordsResponse& response) {
  response.set_refused(response.refused() + 1);
  if (static_cast<size_t>(response.refusals_size()) >= kMaxRefusals) return;
  v1::IngestRecordsResponse::Refusal* refusal = response.add_refusals();
  refusal->set_index(index);
  *refusal->mutable_status() = errors::ToRpcStatus(status);
}

}  // namespace

PreparedIngest PrepareIngest(const Backend& backend, const v1::IngestRecordsRequest& request,
                             int64_t previous) {
  PreparedIngest prepared;
  prepared.sequence = request.sequence();
  prepared.status = CheckEnvelope(request, previous);
  if (!prepared.status.ok()) return prepared;
  References named;
  for (const v1::RecordWrite& write : request.writes()) NoteReferences(write, named);
  const absl::StatusOr<Known> known = backend.Find(named);
  prepared.status =
      known.ok() ? PrepareWrites(request, backend.Context(*known), prepared) : known.status();
  return prepared;
}

v1::IngestRecordsResponse AnswerIngest(const Backend& backend, const PreparedIngest& prepared,
                                       const BatchResult& result) {
  v1::IngestRecordsResponse response;
  response.set_sequence(prepared.sequence);
  const absl::Status& status = prepared.status.ok() ? result.status : prepared.status;
  *response.mutable_status() = errors::ToRpcStatus(status);
  if (!status.ok()) return response;
  for (const auto& [index, refusal] : prepared.refused) Refuse(index, refusal, response);
  for (size_t at = 0; at < result.writes.size(); ++at) {
    const WriteResult& write = result.writes[at];
    if (!write.status.ok()) {
      Refuse(prepared.places[at], write.status, response);
    } else if (write.written) {
      response.set_written(response.written() + 1);
    } else {
      response.set_unchanged(response.unchanged() + 1);
    }
  }
  *response.mutable_revision() = backend.Covering(result.writes);
  return response;
}

v1::IngestRecordsResponse IngestBatch(const Backend& backend,
                                      const v1::IngestRecordsRequest& request, int64_t previous) {
  PreparedIngest prepared = PrepareIngest(backend, request, previous);
  BatchResult result;
  if (prepared.status.ok()) result = backend.store().AppendAndWait(std::move(prepared.batch));
  return AnswerIngest(backend, prepared, result);
}

}  // namespace assay::evidence
