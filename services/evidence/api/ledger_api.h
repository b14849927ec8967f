#pragma once

// LedgerService over gRPC: every method is ledger_methods.h behind the adapter.
//
// Thread safety: as a gRPC callback service. Ownership: borrows environment and backend. Cost: one
// task of the pool a call.

#include "assay/evidence/v1/ledger_service.grpc.pb.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/method.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

class LedgerApi final : public v1::LedgerService::CallbackService {
 public:
  // Both outlive the service.
  LedgerApi(const server::CallEnvironment* calls, const Backend* backend);

  grpc::ServerUnaryReactor* VerifySubject(grpc::CallbackServerContext* context,
                                          const v1::VerifySubjectRequest* request,
                                          v1::VerifySubjectResponse* response) override;
  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const v1::GetCheckpointRequest* request,
                                          v1::Checkpoint* response) override;
  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* context,
                                              const v1::GetInclusionProofRequest* request,
                                              v1::InclusionProof* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* context,
                                                const v1::GetConsistencyProofRequest* request,
                                                v1::GetConsistencyProofResponse* response) override;

 private:
  const Backend* const backend_;
  const server::Method verify_subject_, get_checkpoint_, get_inclusion_proof_,
      get_consistency_proof_;
};

}  // namespace assay::evidence
