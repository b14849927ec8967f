#pragma once

// RecordService over gRPC: every method is record_methods.h behind the adapter.
//
// Thread safety: as a gRPC callback service. Ownership: borrows environment and backend. Cost: one
// task of the pool a call, and one a batch of a stream.

#include "grpcpp/support/byte_buffer.h"

#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/method.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

class RecordApi final : public v1::RecordService::CallbackService {
 public:
  // Both outlive the service.
  RecordApi(const server::CallEnvironment* calls, const Backend* backend);

#define ASSAY_DECLARE(method, Answer)                                                        \
  grpc::ServerUnaryReactor* method(grpc::CallbackServerContext* context,                     \
                                   const v1::method##Request* request, v1::Answer* response) \
      override;
  ASSAY_DECLARE(CreateJudgement, Judgement)
  ASSAY_DECLARE(BatchCreateJudgements, BatchCreateJudgementsResponse)
  ASSAY_DECLARE(GetJudgement, Judgement)
  ASSAY_DECLARE(ListJudgements, ListJudgementsResponse)
  ASSAY_DECLARE(CreateRegulatoryAction, RegulatoryAction)
  ASSAY_DECLARE(BatchCreateRegulatoryActions, BatchCreateRegulatoryActionsResponse)
  ASSAY_DECLARE(GetRegulatoryAction, RegulatoryAction)
  ASSAY_DECLARE(ListRegulatoryActions, ListRegulatoryActionsResponse)
  ASSAY_DECLARE(Correct, CorrectResponse)
  ASSAY_DECLARE(GetState, GetStateResponse)
  ASSAY_DECLARE(CreateEvidenceItem, EvidenceItem)
  ASSAY_DECLARE(BatchCreateEvidenceItems, BatchCreateEvidenceItemsResponse)
  ASSAY_DECLARE(GetEvidenceItem, EvidenceItem)
  ASSAY_DECLARE(ListEvidenceItems, ListEvidenceItemsResponse)
  ASSAY_DECLARE(CreateOverride, Override)
  ASSAY_DECLARE(BatchCreateOverrides, BatchCreateOverridesResponse)
  ASSAY_DECLARE(GetOverride, Override)
  ASSAY_DECLARE(ListOverrides, ListOverridesResponse)
  ASSAY_DECLARE(CreatePublication, Publication)
  ASSAY_DECLARE(BatchCreatePublications, BatchCreatePublicationsResponse)
  ASSAY_DECLARE(GetPublication, Publication)
  ASSAY_DECLARE(ListPublications, ListPublicationsResponse)
  ASSAY_DECLARE(Erase, EraseResponse)
#undef ASSAY_DECLARE

  grpc::ServerWriteReactor<v1::DownloadAttachmentResponse>* DownloadAttachment(
      grpc::CallbackServerContext* context, const v1::DownloadAttachmentRequest* request) override;

 private:
  // IngestRecords, whose batches come as bytes: gRPC takes a message that it cannot parse for the
  // client's half-close, and the batches after it would be lost under an OK.
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestBytes(
      grpc::CallbackServerContext* context);

  // UploadAttachment in the same way, and for the same reason.
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* UploadBytes(
      grpc::CallbackServerContext* context);

  const Backend* const backend_;
  const server::Method create_judgement_, batch_create_judgements_, get_judgement_;
  const server::Method list_judgements_, create_action_, batch_create_actions_, get_action_;
  const server::Method list_actions_, correct_, get_state_, ingest_records_;
  const server::Method create_evidence_, batch_create_evidence_, get_evidence_, list_evidence_;
  const server::Method create_override_, batch_create_overrides_, get_override_, list_overrides_;
  const server::Method create_publication_, batch_create_publications_, get_publication_;
  const server::Method list_publications_, erase_, upload_attachment_, download_attachment_;
};

}  // namespace assay::evidence
