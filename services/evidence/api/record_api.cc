#include "services/evidence/api/record_api.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "google/protobuf/descriptor.h"

#include "services/common/server/byte_buffer.h"
#include "services/common/server/ingest_stream.h"
#include "services/evidence/api/bound.h"
#include "services/evidence/api/record_methods.h"

namespace assay::evidence {
namespace {

// Applies the batches of one stream in their order.
class Ingest final : public server::IngestHandler<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Ingest(const Backend* backend) : backend_(backend) {}

  absl::StatusOr<grpc::ByteBuffer> Handle(server::CallContext&, grpc::ByteBuffer bytes) override {
    const auto batch = server::ParseRequest<v1::IngestRecordsRequest>(bytes);
    if (!batch.ok()) return batch.status();
    const v1::IngestRecordsResponse response = IngestBatch(*backend_, *batch, previous_);
    previous_ = std::max(previous_, batch->sequence());
    return server::RenderBytes(response);
  }

 private:
  const Backend* const backend_;
  int64_t previous_ = std::numeric_limits<int64_t>::min();
};

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
      erase_ ASSAY_NAME("Erase") {
  MarkMethodRawCallback(
      IndexOf("IngestRecords"),
      new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
          [this](grpc::CallbackServerContext* context) { return IngestBytes(context); }));
}
#undef ASSAY_NAME

// A method that runs on the pool, by the function of the same name.
#define ASSAY_POOLED(method, member, Answer)                                              \
  grpc::ServerUnaryReactor* RecordApi::method(grpc::CallbackServerContext* context,       \
                                              const v1::method##Request* request,         \
                                              v1::Answer* response) {                     \
    return member.Pooled(context, request, response, Bound(backend_, &evidence::method)); \
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
#undef ASSAY_POOLED

// A method of the contract that is not built yet.
#define ASSAY_UNIMPLEMENTED(method, member, Answer)                                      \
  grpc::ServerUnaryReactor* RecordApi::method(grpc::CallbackServerContext* context,      \
                                              const v1::method##Request*, v1::Answer*) { \
    return member.Unimplemented(context);                                                \
  }
ASSAY_UNIMPLEMENTED(CreateEvidenceItem, create_evidence_, EvidenceItem)
ASSAY_UNIMPLEMENTED(BatchCreateEvidenceItems, batch_create_evidence_,
                    BatchCreateEvidenceItemsResponse)
ASSAY_UNIMPLEMENTED(GetEvidenceItem, get_evidence_, EvidenceItem)
ASSAY_UNIMPLEMENTED(ListEvidenceItems, list_evidence_, ListEvidenceItemsResponse)
ASSAY_UNIMPLEMENTED(CreateOverride, create_override_, Override)
ASSAY_UNIMPLEMENTED(BatchCreateOverrides, batch_create_overrides_, BatchCreateOverridesResponse)
ASSAY_UNIMPLEMENTED(GetOverride, get_override_, Override)
ASSAY_UNIMPLEMENTED(ListOverrides, list_overrides_, ListOverridesResponse)
ASSAY_UNIMPLEMENTED(CreatePublication, create_publication_, Publication)
ASSAY_UNIMPLEMENTED(BatchCreatePublications, batch_create_publications_,
                    BatchCreatePublicationsResponse)
ASSAY_UNIMPLEMENTED(GetPublication, get_publication_, Publication)
ASSAY_UNIMPLEMENTED(ListPublications, list_publications_, ListPublicationsResponse)
ASSAY_UNIMPLEMENTED(Erase, erase_, EraseResponse)
#undef ASSAY_UNIMPLEMENTED

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* RecordApi::IngestBytes(
    grpc::CallbackServerContext* context) {
  return server::StartIngest<grpc::ByteBuffer, grpc::ByteBuffer>(
      ingest_records_, context, std::make_unique<Ingest>(backend_));
}

}  // namespace assay::evidence
