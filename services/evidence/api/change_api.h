#pragma once

// ChangeService over gRPC: feed.h behind a pulled stream.
//
// Thread safety: as a gRPC callback service. Ownership: borrows environment and backend. Cost: one
// task of the pool a message; a stream that has nothing to send costs nothing.

#include <string>
#include <vector>

#include "assay/evidence/v1/change_service.grpc.pb.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/method.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

// Changes are sent as bytes, most of which are those that are stored.
using RawChangeService = v1::ChangeService::WithRawCallbackMethod_StreamChanges<
    v1::ChangeService::WithCallbackMethod_GetRevision<v1::ChangeService::Service>>;

class ChangeApi final : public RawChangeService {
 public:
  // Both outlive the service.
  ChangeApi(const server::CallEnvironment* calls, const Backend* backend);

  // Its methods that take bytes, for the runner.
  static std::vector<std::string> RawMethods() { return {"StreamChanges"}; }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamChanges(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context,
                                        const v1::GetRevisionRequest* request,
                                        v1::GetRevisionResponse* response) override;

 private:
  const Backend* const backend_;
  const server::Method stream_changes_;
  const server::Method get_revision_;
};

}  // namespace assay::evidence
