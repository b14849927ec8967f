#include "clients/cli/ingest/sender.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "grpcpp/grpcpp.h"

#include "services/common/errors/rpc_status.h"
#include "services/common/revision/revision.h"
#include "services/common/revision/revision_proto.h"
#include "services/common/server/status_conversion.h"

namespace assay::ingest {
namespace {

using evidence::v1::IngestRecordsRequest;
using evidence::v1::IngestRecordsResponse;
using evidence::v1::RecordWrite;

// One stream from its first batch to its last answer.
class Sender {
 public:
  Sender(evidence::v1::RecordService::StubInterface* stub, RecordSource* source,
         const SendOptions& options)
      : source_(*source), options_(options), stream_(stub->IngestRecords(&context_)) {}

  SendResult Run() {
    while (status_.ok() && !broken_) {
      IngestRecordsRequest batch = NextBatch();
      if (batch.writes_size() == 0) break;
      Send(batch);
    }
    if (!broken_) stream_->WritesDone();
    while (!broken_ && !waiting_.empty()) Receive();
    Close();
    return {status_, std::move(totals_)};
  }

 private:
  // Moves writes of the source into a batch; empty at its end.
  IngestRecordsRequest NextBatch() {
    IngestRecordsRequest batch;
    batch.set_sequence(++sequence_);
    batch.set_allow_partial(options_.allow_partial);
    std::size_t bytes = 0;
    while (batch.writes_size() < options_.batch_records) {
      if (pulled_.empty() && !Pull()) break;
      const std::size_t size = pulled_.front().ByteSizeLong() + 8;
      if (batch.writes_size() > 0 && bytes + size > options_.batch_bytes) break;
      bytes += size;
      *batch.add_writes() = std::move(pulled_.front());
      pulled_.pop_front();
    }
    return batch;
  }

  bool Pull() {
    while (more_ && pulled_.empty()) {
      std::vector<RecordWrite> writes;
      const absl::StatusOr<bool> more = source_.Next(&writes);
      more_ = more.ok() && *more;
      if (!more.ok()) source_status_ = more.status();
      std::move(writes.begin(), writes.end(), std::back_inserter(pulled_));
    }
    return !pulled_.empty();
  }

  void Send(const IngestRecordsRequest& batch) {
    while (!broken_ && static_cast<int>(waiting_.size()) >= options_.window) Receive();
    if (broken_ || !status_.ok()) return;
    if (!stream_->Write(batch)) {
      // The service has ended the stream; what it answered before is still to be read, and must be
      // before the stream is closed.
      while (!broken_) Receive();
      return;
    }
    Sent sent;
    sent.sequence = batch.sequence();
    for (const RecordWrite& write : batch.writes()) sent.subjects.push_back(SubjectOf(write));
    waiting_.push_back(std::move(sent));
  }

  void Receive() {
    IngestRecordsResponse answer;
    if (!stream_->Read(&answer)) {
      broken_ = true;
      return;
    }
    const Sent sent = waiting_.empty() ? Sent() : std::move(waiting_.front());
    if (!waiting_.empty()) waiting_.pop_front();
    if (answer.sequence() != sent.sequence) {
      broken_ = true;
      Fail(absl::InternalError(
          absl::StrCat("the service answered batch ", answer.sequence(), ", not ", sent.sequence)));
      return;
    }
    totals_.sent += static_cast<std::int64_t>(sent.subjects.size());
    totals_.written += answer.written();
    totals_.unchanged += answer.unchanged();
    totals_.refused += answer.refused();
    Cover(answer.revision());
    for (const auto& refusal : answer.refusals()) {
      if (totals_.refusals.size() == SendTotals::kMaxRefusals) break;
      const std::size_t index = static_cast<std::size_t>(refusal.index());
      totals_.refusals.push_back(
          absl::StrCat(index < sent.subjects.size() ? sent.subjects[index] : "", ": ",
                       errors::FromRpcStatus(refusal.status()).message()));
    }
    if (answer.status().code() != 0) Fail(errors::FromRpcStatus(answer.status()));
    if (options_.on_answer) options_.on_answer(totals_);
  }

  // Joins the revision of an answer to those before. A record that was renewed meanwhile begins
  // anew.
  void Cover(const type::v1::Revision& answered) {
    if (answered.token().empty()) return;
    absl::StatusOr<revision::RevisionVector> more = revision::RevisionFromProto(answered);
    if (!more.ok()) return;
    if (!covered_.has_value() || !covered_->Join(*more).ok()) covered_ = *std::move(more);
    totals_.revision = covered_->Encode();
  }

  void Fail(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }

  void Close() {
    // Where a batch was refused nothing more is of interest.
    if (!status_.ok()) context_.TryCancel();
    IngestRecordsResponse unread;
    while (stream_->Read(&unread)) {
    }
    const grpc::Status closed = stream_->Finish();
    if (status_.ok() && !closed.ok()) status_ = server::FromGrpc(closed);
    if (status_.ok() && broken_) status_ = absl::UnavailableError("the stream ended early");
    if (status_.ok()) status_ = source_status_;
  }

  // A batch without an answer.
  struct Sent {
    std::int64_t sequence = 0;
    std::vector<std::string> subjects;
  };

  RecordSource& source_;
  const SendOptions& options_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriterInterface<IngestRecordsRequest, IngestRecordsResponse>>
      stream_;
  std::deque<RecordWrite> pulled_;
  bool more_ = true;
  absl::Status source_status_;
  std::deque<Sent> waiting_;
  std::int64_t sequence_ = 0;
  bool broken_ = false;  // the stream takes and gives nothing more
  absl::Status status_;
  SendTotals totals_;
  absl::optional<revision::RevisionVector> covered_;
};

}  // namespace

const std::string& SubjectOf(const RecordWrite& write) {
  static const std::string* const kNone = new std::string();
  switch (write.write_case()) {
    case RecordWrite::kProvider:
      return write.provider().provider().name();
    case RecordWrite::kLocation:
      return write.location().location().name();
    case RecordWrite::kArea:
      return write.area().area().name();
    case RecordWrite::kJudgement:
      return write.judgement().parent();
    case RecordWrite::kAction:
      return write.action().parent();
    case RecordWrite::kCorrection:
      return write.correction().has_wrong() ? write.correction().wrong().parent()
                                            : write.correction().name();
    case RecordWrite::kEvidenceItem:
      return write.evidence_item().parent();
    case RecordWrite::kOverride:
      return write.override().parent();
    case RecordWrite::kPublication:
      return write.publication().parent();
    case RecordWrite::kErasure:
      return write.erasure().name();
    case RecordWrite::kService:
      return write.service().service().name();
    case RecordWrite::WRITE_NOT_SET:
      break;
  }
  return *kNone;
}

SendResult SendRecords(evidence::v1::RecordService::StubInterface* stub, RecordSource* source,
                       const SendOptions& options) {
  SendOptions bounded = options;
  bounded.window = std::clamp(options.window, 1, 8);
  bounded.batch_records = std::clamp(options.batch_records, 1, 5000);
  return Sender(stub, source, bounded).Run();
}

}  // namespace assay::ingest
