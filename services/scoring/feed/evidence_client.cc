#include "services/scoring/feed/evidence_client.h"

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"

#include "services/common/errors/errors.h"
#include "services/common/names/partition.h"
#include "services/common/revision/revision_proto.h"
#include "services/common/server/status_conversion.h"

namespace assay::scoring {
namespace {

absl::StatusOr<std::uint64_t> EpochOf(const type::v1::Revision& revision) {
  absl::StatusOr<revision::RevisionVector> vector =
      revision::RevisionFromProto(revision, "revision");
  if (!vector.ok()) return errors::Corrupt("revision of the record", vector.status().message());
  return vector->epoch();
}

}  // namespace

absl::Status StatusOfRecord(const grpc::Status& status) {
  absl::Status converted = server::FromGrpc(status);
  if (absl::IsNotFound(converted) || absl::IsResourceExhausted(converted) ||
      absl::IsDataLoss(converted)) {
    return converted;
  }
  for (const errors::Violation& one : errors::FieldViolations(converted)) {
    // The question is ours but for its subject: of that there is too much.
    if (one.field != "kinds") continue;
    errors::Violations bad;
    const absl::string_view got = absl::string_view(one.description);
    bad.AddText("name", absl::StrCat(got.substr(0, got.find(", want")),
                                     ", want at most that where a rating is read from the record"));
    return bad.ToStatus();
  }
  return errors::DependencyUnavailable("evidence", converted.message());
}

EvidenceClient::EvidenceClient(const std::shared_ptr<grpc::Channel>& channel)
    : changes_(evidence::v1::ChangeService::NewStub(channel)),
      records_(evidence::v1::RecordService::NewStub(channel)) {}

absl::StatusOr<SubjectPosition> EvidenceClient::PositionOf(const std::string& subject,
                                                           absl::Time deadline) {
  absl::StatusOr<names::Subject> parsed = names::Subject::Parse(subject);
  if (!parsed.ok()) return parsed.status();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  evidence::v1::GetRevisionRequest request;
  request.set_subject(subject);
  evidence::v1::GetRevisionResponse response;
  const grpc::Status status = changes_->GetRevision(&context, request, &response);
  if (!status.ok()) return StatusOfRecord(status);
  absl::StatusOr<std::uint64_t> epoch = EpochOf(response.revision());
  if (!epoch.ok()) return epoch.status();
  return SubjectPosition{*epoch, names::PartitionOf(*parsed), response.subject_counter()};
}

absl::StatusOr<RecordedHistory> EvidenceClient::HistoryOf(const std::string& subject,
                                                          std::optional<absl::Time> known_at,
                                                          absl::Time deadline) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  evidence::v1::GetStateRequest request;
  request.set_name(subject);
  request.set_whole_history(true);
  if (known_at) {
    const std::int64_t micros = absl::ToUnixMicros(*known_at);
    google::protobuf::Timestamp* moment = request.mutable_as_of()->mutable_known_at();
    moment->set_seconds(micros / 1'000'000);
    moment->set_nanos(static_cast<std::int32_t>(micros % 1'000'000) * 1'000);
  }
  request.set_without_texts(true);
  evidence::v1::GetStateResponse response;
  const grpc::Status status = records_->GetState(&context, request, &response);
  if (!status.ok()) return StatusOfRecord(status);
  if (response.counters_size() != response.records_size()) {
    return errors::Corrupt("history of a subject", subject);
  }
  absl::StatusOr<std::uint64_t> epoch = EpochOf(response.revision());
  if (!epoch.ok()) return epoch.status();
  RecordedHistory history;
  history.position = {*epoch, response.partition(), response.subject_counter()};
  history.counters.assign(response.counters().begin(), response.counters().end());
  history.records.assign(response.records().begin(), response.records().end());
  history.chain_head = response.chain_head();
  return history;
}

}  // namespace assay::scoring
