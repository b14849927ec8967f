#include "services/evidence/api/ledger_api.h"

#include "services/evidence/api/bound.h"
#include "services/evidence/api/ledger_methods.h"

namespace assay::evidence {

#define ASSAY_NAME(method) (calls, "assay.evidence.v1.LedgerService/" method)
LedgerApi::LedgerApi(const server::CallEnvironment* calls, const Backend* backend)
    : backend_(backend),
      verify_subject_ ASSAY_NAME("VerifySubject"),
      get_checkpoint_ ASSAY_NAME("GetCheckpoint"),
      get_inclusion_proof_ ASSAY_NAME("GetInclusionProof"),
      get_consistency_proof_ ASSAY_NAME("GetConsistencyProof") {}
#undef ASSAY_NAME

// A method that runs on the pool, by the function of the same name.
#define ASSAY_POOLED(method, member, Answer)                                                \
  grpc::ServerUnaryReactor* LedgerApi::method(grpc::CallbackServerContext* context,         \
                                              const v1::method##Request* request,           \
                                              v1::Answer* response) {                       \
    return (member).Pooled(context, request, response, Bound(backend_, &evidence::method)); \
  }
ASSAY_POOLED(VerifySubject, verify_subject_, VerifySubjectResponse)
ASSAY_POOLED(GetCheckpoint, get_checkpoint_, Checkpoint)
ASSAY_POOLED(GetInclusionProof, get_inclusion_proof_, InclusionProof)
ASSAY_POOLED(GetConsistencyProof, get_consistency_proof_, GetConsistencyProofResponse)
#undef ASSAY_POOLED

}  // namespace assay::evidence
