#pragma once

// ChangeService over gRPC: feed.h behind a pulled stream.
//
// Thread safety: as a gRPC callback service. Ownership: borrows environment and backend. Cost: one
// task of the pool a message; a stream that has nothing to send costs nothing.

#include "assay/evidence/v1/change_service.grpc.pb.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/method.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

class ChangeApi final : public v1::ChangeService::CallbackService {
 public:
  // Both outlive the service.
  ChangeApi(const server::CallEnvironment* calls, const Backend* backend);

  grpc::ServerWriteReactor<v1::StreamChangesResponse>* StreamChanges(
      grpc::CallbackServerContext* context, const v1::StreamChangesRequest* request) override;
  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context,
                                        const v1::GetRevisionRequest* request,
                                        v1::GetRevisionResponse* response) override;

 private:
  const Backend* const backend_;
  const server::Method stream_changes_;
  const server::Method get_revision_;
};

}  // namespace assay::evidence
