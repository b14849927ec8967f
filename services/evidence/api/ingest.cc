#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/rpc_status.h"
#include "services/evidence/api/batch_faults.h"
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

// The path of a write: that of the request in it.
std::string PrefixOf(size_t index, v1::RecordWrite::WriteCase kind) {
  const google::protobuf::FieldDescriptor* field =
      v1::RecordWrite::descriptor()->FindFieldByNumber(kind);
  const std::string write = Path("", "writes", index);
  return field == nullptr ? write : Path(write, field->name());
}

void PrepareWrites(const v1::IngestRecordsRequest& request, const BatchPreparer& preparer,
                   PreparedIngest& prepared) {
  prepared.batch.allow_partial = request.allow_partial();
  prepared.batch.writes.reserve(static_cast<size_t>(request.writes_size()));
  for (int index = 0; index < request.writes_size(); ++index) {
    Violations own;
    Violations& bad = request.allow_partial() ? own : prepared.bad;
    const v1::RecordWrite& write = request.writes(index);
    const std::string prefix = Path("", "writes", static_cast<size_t>(index));
    prepared.batch.writes.push_back(
        preparer.Prepare([&](const PrepareContext& context,
                             Violations& wrong) { return Prepare(write, context, prefix, wrong); },
                         bad));
    prepared.kinds.push_back(write.write_case());
    if (own.empty()) continue;
    const bool stand_in = prepared.batch.writes.back().stand_in;
    prepared.faults.emplace(static_cast<size_t>(index),
                            PreparedIngest::Fault{std::move(own), stand_in});
  }
  prepared.batch.check_only = !request.allow_partial() && HasStandIn(prepared.batch.writes);
  prepared.check_only = prepared.batch.check_only;
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
  absl::StatusOr<Known> known = backend.Find(named);
  prepared.status = known.status();
  if (!known.ok()) return prepared;
  PrepareWrites(request, BatchPreparer(backend, named, *std::move(known)), prepared);
  return prepared;
}

// Why one write of a batch was refused that is written without such; OK where it was not.
absl::Status WhyRefused(const PreparedIngest& prepared, const WriteResult& write, size_t at) {
  const auto fault = prepared.faults.find(at);
  const bool faulty = fault != prepared.faults.end();
  if (write.status.ok() && !(faulty && fault->second.stand_in)) return absl::OkStatus();
  Violations all = faulty ? fault->second.bad : Violations();
  AddRefusals(write, PrefixOf(at, prepared.kinds[at]), faulty, all);
  return faulty ? all.ToStatus() : WithAll(write.status, all);
}

v1::IngestRecordsResponse AnswerIngest(const Backend& backend, const PreparedIngest& prepared,
                                       const BatchResult& result) {
  v1::IngestRecordsResponse response;
  response.set_sequence(prepared.sequence);
  absl::Status status = prepared.status;
  if (status.ok()) {
    status = WhyRefused(result, prepared.check_only, prepared.bad, absl::nullopt,
                        [&prepared](size_t at) { return PrefixOf(at, prepared.kinds[at]); });
  }
  *response.mutable_status() = errors::ToRpcStatus(status);
  if (!status.ok()) return response;
  for (size_t at = 0; at < result.writes.size(); ++at) {
    const WriteResult& write = result.writes[at];
    const absl::Status refused = WhyRefused(prepared, write, at);
    if (!refused.ok()) {
      Refuse(static_cast<int>(at), refused, response);
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
