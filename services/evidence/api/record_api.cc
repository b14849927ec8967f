#include "services/evidence/api/record_api.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "google/protobuf/arena.h"
#include "google/protobuf/descriptor.h"

#include "services/common/server/byte_buffer.h"
#include "services/common/server/ingest_stream.h"
#include "services/common/server/pull_stream.h"
#include "services/evidence/api/attachments.h"
#include "services/evidence/api/bound.h"
#include "services/evidence/api/record_methods.h"

namespace assay::evidence {
namespace {

// Applies the batches of one stream in their order. While the store writes one, the next is made
// into writes.
class Ingest final : public server::IngestHandler<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Ingest(const Backend* backend) : backend_(backend), stream_(NewStream()) {}

  void Handle(server::CallContext&, grpc::ByteBuffer bytes,
              server::Ticket<grpc::ByteBuffer> ticket) override {
    // One arena for the thousands of small messages of a batch.
    google::protobuf::Arena arena;
    auto* request = google::protobuf::Arena::CreateMessage<v1::IngestRecordsRequest>(&arena);
    const absl::Status parsed = server::ParseBytes(bytes, request);
    if (!parsed.ok()) return ticket.Give(parsed);
    // Shared, because what is handed on must be copyable.
    const auto prepared =
        std::make_shared<PreparedIngest>(PrepareIngest(*backend_, *request, previous_));
    previous_ = std::max(previous_, request->sequence());
    const auto answer = [backend = backend_, prepared](const BatchResult& result) {
      return absl::optional<grpc::ByteBuffer>(
          server::RenderBytes(AnswerIngest(*backend, *prepared, result)));
    };
    if (!prepared->status.ok()) return ticket.Give(answer(BatchResult()));
    prepared->batch.stream = stream_;
    backend_->store().Append(std::move(prepared->batch), [answer, ticket](BatchResult result) {
      // Answers are made, and results freed, where nobody waits for the thread.
      ticket.GiveLater([answer, result = std::make_shared<BatchResult>(std::move(result))] {
        return answer(*result);
      });
    });
  }

 private:
  static uint64_t NewStream() {
    static std::atomic<uint64_t> last{0};
    return ++last;
  }

  const Backend* const backend_;
  // Ours alone in this process: the store keeps the order of what comes under it.
  const uint64_t stream_;
  int64_t previous_ = std::numeric_limits<int64_t>::min();
};

// Takes the pieces of one upload. One is held while the next is on its way.
class Upload final : public server::CollectHandler<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Upload(const Backend* backend) : upload_(backend) {}

  absl::Status Add(server::CallContext&, grpc::ByteBuffer bytes) override {
    const auto piece = server::ParseRequest<v1::UploadAttachmentRequest>(bytes);
    if (!piece.ok()) return piece.status();
    return upload_.Add(*piece);
  }
  absl::StatusOr<grpc::ByteBuffer> Finish(server::CallContext&) override {
    const absl::StatusOr<v1::UploadAttachmentResponse> response = upload_.Finish();
    if (!response.ok()) return response.status();
    return server::RenderBytes(*response);
  }

 private:
  AttachmentUpload upload_;
};

// Gives the pieces of one download, each when the one before is on its way.
class Download final : public server::PullSource<v1::DownloadAttachmentResponse> {
 public:
  explicit Download(std::unique_ptr<AttachmentDownload> download)
      : download_(std::move(download)) {}

  server::Pull Next(server::CallContext&, v1::DownloadAttachmentResponse* message) override {
    const absl::StatusOr<bool> more = download_->Next(message);
    if (!more.ok()) return server::Pull::End(more.status());
    return *more ? server::Pull::Message() : server::Pull::End(absl::OkStatus());
  }

 private:
  const std::unique_ptr<AttachmentDownload> download_;
};

constexpr size_t kUploadWindow = 2;

// Where gRPC keeps the method of this name: methods stand in the order of their declaration.
int IndexOf(const char* method) {
  return v1::IngestRecordsRequest::descriptor()
      ->file()
      ->FindServiceByName("RecordService")
      ->FindMethodByName(method)
      ->index();
}

}  // namespace

#define ASSAY_NAME(method) (calls, "assay.evidence.v1.RecordService/" method)
RecordApi::RecordApi(const server::CallEnvironment* calls, const Backend* backend)
    : backend_(backend),
      create_judgement_ ASSAY_NAME("CreateJudgement"),
      batch_create_judgements_ ASSAY_NAME("BatchCreateJudgements"),
      get_judgement_ ASSAY_NAME("GetJudgement"),
      list_judgements_ ASSAY_NAME("ListJudgements"),
      create_action_ ASSAY_NAME("CreateRegulatoryAction"),
      batch_create_actions_ ASSAY_NAME("BatchCreateRegulatoryActions"),
      get_action_ ASSAY_NAME("GetRegulatoryAction"),
      list_actions_ ASSAY_NAME("ListRegulatoryActions"),
      correct_ ASSAY_NAME("Correct"),
      get_state_ ASSAY_NAME("GetState"),
      ingest_records_ ASSAY_NAME("IngestRecords"),
      create_evidence_ ASSAY_NAME("CreateEvidenceItem"),
      batch_create_evidence_ ASSAY_NAME("BatchCreateEvidenceItems"),
      get_evidence_ ASSAY_NAME("GetEvidenceItem"),
      list_evidence_ ASSAY_NAME("ListEvidenceItems"),
      create_override_ ASSAY_NAME("CreateOverride"),
      batch_create_overrides_ ASSAY_NAME("BatchCreateOverrides"),
      get_override_ ASSAY_NAME("GetOverride"),
      list_overrides_ ASSAY_NAME("ListOverrides"),
      create_publication_ ASSAY_NAME("CreatePublication"),
      batch_create_publications_ ASSAY_NAME("BatchCreatePublications"),
      get_publication_ ASSAY_NAME("GetPublication"),
      list_publications_ ASSAY_NAME("ListPublications"),
      erase_ ASSAY_NAME("Erase"),
      upload_attachment_ ASSAY_NAME("UploadAttachment"),
      download_attachment_ ASSAY_NAME("DownloadAttachment") {
  MarkMethodRawCallback(
      IndexOf("IngestRecords"),
      new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
          [this](grpc::CallbackServerContext* context) { return IngestBytes(context); }));
  // On the wire a stream with one answer is a stream with answers.
  MarkMethodRawCallback(
      IndexOf("UploadAttachment"),
      new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
          [this](grpc::CallbackServerContext* context) { return UploadBytes(context); }));
}
#undef ASSAY_NAME

// A method that runs on the pool, by the function of the same name.
#define ASSAY_POOLED(method, member, Answer)                                                \
  grpc::ServerUnaryReactor* RecordApi::method(grpc::CallbackServerContext* context,         \
                                              const v1::method##Request* request,           \
                                              v1::Answer* response) {                       \
    return (member).Pooled(context, request, response, Bound(backend_, &evidence::method)); \
  }
ASSAY_POOLED(CreateJudgement, create_judgement_, Judgement)
ASSAY_POOLED(BatchCreateJudgements, batch_create_judgements_, BatchCreateJudgementsResponse)
ASSAY_POOLED(GetJudgement, get_judgement_, Judgement)
ASSAY_POOLED(ListJudgements, list_judgements_, ListJudgementsResponse)
ASSAY_POOLED(CreateRegulatoryAction, create_action_, RegulatoryAction)
ASSAY_POOLED(BatchCreateRegulatoryActions, batch_create_actions_,
             BatchCreateRegulatoryActionsResponse)
ASSAY_POOLED(GetRegulatoryAction, get_action_, RegulatoryAction)
ASSAY_POOLED(ListRegulatoryActions, list_actions_, ListRegulatoryActionsResponse)
ASSAY_POOLED(Correct, correct_, CorrectResponse)
ASSAY_POOLED(GetState, get_state_, GetStateResponse)
ASSAY_POOLED(CreateEvidenceItem, create_evidence_, EvidenceItem)
ASSAY_POOLED(BatchCreateEvidenceItems, batch_create_evidence_, BatchCreateEvidenceItemsResponse)
ASSAY_POOLED(GetEvidenceItem, get_evidence_, EvidenceItem)
ASSAY_POOLED(ListEvidenceItems, list_evidence_, ListEvidenceItemsResponse)
ASSAY_POOLED(CreateOverride, create_override_, Override)
ASSAY_POOLED(BatchCreateOverrides, batch_create_overrides_, BatchCreateOverridesResponse)
ASSAY_POOLED(GetOverride, get_override_, Override)
ASSAY_POOLED(ListOverrides, list_overrides_, ListOverridesResponse)
ASSAY_POOLED(CreatePublication, create_publication_, Publication)
ASSAY_POOLED(BatchCreatePublications, batch_create_publications_, BatchCreatePublicationsResponse)
ASSAY_POOLED(GetPublication, get_publication_, Publication)
ASSAY_POOLED(ListPublications, list_publications_, ListPublicationsResponse)
ASSAY_POOLED(Erase, erase_, EraseResponse)
#undef ASSAY_POOLED

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* RecordApi::IngestBytes(
    grpc::CallbackServerContext* context) {
  return server::StartIngest<grpc::ByteBuffer, grpc::ByteBuffer>(
      ingest_records_, context, std::make_unique<Ingest>(backend_));
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* RecordApi::UploadBytes(
    grpc::CallbackServerContext* context) {
  return server::StartIngest<grpc::ByteBuffer, grpc::ByteBuffer>(
      upload_attachment_, context, std::make_unique<Upload>(backend_), {kUploadWindow});
}

grpc::ServerWriteReactor<v1::DownloadAttachmentResponse>* RecordApi::DownloadAttachment(
    grpc::CallbackServerContext* context, const v1::DownloadAttachmentRequest* request) {
  using Source = server::PullSource<v1::DownloadAttachmentResponse>;
  return server::StartPull<v1::DownloadAttachmentResponse>(
      download_attachment_, context,
      [&](server::CallContext&) -> absl::StatusOr<std::unique_ptr<Source>> {
        absl::StatusOr<std::unique_ptr<AttachmentDownload>> download =
            AttachmentDownload::Open(backend_, *request);
        if (!download.ok()) return download.status();
        return std::make_unique<Download>(*std::move(download));
      });
}

}  // namespace assay::evidence
