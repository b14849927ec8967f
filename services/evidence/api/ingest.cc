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

// A batch made into writes, with what was refused before it reached the store.
struct Prepared {
  Batch batch;
  // Place in the request of each write of the batch.
  std::vector<int> places;
  std::vector<std::pair<int, absl::Status>> refused;
};

absl::StatusOr<Prepared> PrepareBatch(const v1::IngestRecordsRequest& request,
                                      const PrepareContext& context) {
  Prepared prepared;
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
  if (!all.empty()) return all.ToStatus();
  return prepared;
}

void Refuse(int index, const absl::Status& status, v1::IngestRecordsResponse& response) {
  response.set_refused(response.refused() + 1);
  if (static_cast<size_t>(response.refusals_size()) >= kMaxRefusals) return;
  v1::IngestRecordsResponse::Refusal* refusal = response.add_refusals();
  refusal->set_index(index);
  *refusal->mutable_status() = errors::ToRpcStatus(status);
}

absl::Status Ingest(const Backend& backend, const v1::IngestRecordsRequest& request,
                    int64_t previous, v1::IngestRecordsResponse& response) {
  const absl::Status envelope = CheckEnvelope(request, previous);
  if (!envelope.ok()) return envelope;
  References named;
  for (const v1::RecordWrite& write : request.writes()) NoteReferences(write, named);
  const absl::StatusOr<Known> known = backend.Find(named);
  if (!known.ok()) return known.status();
  absl::StatusOr<Prepared> prepared = PrepareBatch(request, backend.Context(*known));
  if (!prepared.ok()) return prepared.status();
  const BatchResult result = backend.store().AppendAndWait(std::move(prepared->batch));
  if (!result.status.ok()) return result.status;
  for (const auto& [index, status] : prepared->refused) Refuse(index, status, response);
  for (size_t at = 0; at < result.writes.size(); ++at) {
    const WriteResult& write = result.writes[at];
    if (!write.status.ok()) {
      Refuse(prepared->places[at], write.status, response);
    } else if (write.written) {
      response.set_written(response.written() + 1);
    } else {
      response.set_unchanged(response.unchanged() + 1);
    }
  }
  *response.mutable_revision() = backend.Covering(result.writes);
  return absl::OkStatus();
}

}  // namespace

v1::IngestRecordsResponse IngestBatch(const Backend& backend,
                                      const v1::IngestRecordsRequest& request, int64_t previous) {
  v1::IngestRecordsResponse response;
  response.set_sequence(request.sequence());
  *response.mutable_status() = errors::ToRpcStatus(Ingest(backend, request, previous, response));
  return response;
}

}  // namespace assay::evidence
