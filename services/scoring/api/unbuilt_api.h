// The services of scoring's contract that are not built: every method says so, counted and logged
// as any call, in place of a server that does not know the name.
//
// Thread safety: as any gRPC service. Ownership: borrows the environment.
#pragma once

#include <memory>

#include "grpcpp/support/server_callback.h"

#include "assay/scoring/v1/rerate_service.grpc.pb.h"
#include "assay/scoring/v1/what_if_service.grpc.pb.h"
#include "services/common/errors/errors.h"
#include "services/common/server/method.h"
#include "services/common/server/pull_stream.h"

namespace assay::scoring {

class WhatIfApi final : public v1::WhatIfService::CallbackService {
 public:
  explicit WhatIfApi(const server::CallEnvironment* calls)
      : simulate_ratings_(calls, "assay.scoring.v1.WhatIfService/SimulateRatings"),
        plan_improvement_(calls, "assay.scoring.v1.WhatIfService/PlanImprovement"),
        simulate_policy_(calls, "assay.scoring.v1.WhatIfService/SimulatePolicy") {}

  grpc::ServerUnaryReactor* SimulateRatings(grpc::CallbackServerContext* context,
                                            const v1::SimulateRatingsRequest*,
                                            v1::SimulateRatingsResponse*) override {
    return simulate_ratings_.Unimplemented(context);
  }
  grpc::ServerUnaryReactor* PlanImprovement(grpc::CallbackServerContext* context,
                                            const v1::PlanImprovementRequest*,
                                            v1::PlanImprovementResponse*) override {
    return plan_improvement_.Unimplemented(context);
  }
  grpc::ServerUnaryReactor* SimulatePolicy(grpc::CallbackServerContext* context,
                                           const v1::SimulatePolicyRequest*,
                                           v1::SimulatePolicyResponse*) override {
    return simulate_policy_.Unimplemented(context);
  }

 private:
  const server::Method simulate_ratings_;
  const server::Method plan_improvement_;
  const server::Method simulate_policy_;
};

class RerateApi final : public v1::RerateService::CallbackService {
 public:
  explicit RerateApi(const server::CallEnvironment* calls)
      : start_rerate_(calls, "assay.scoring.v1.RerateService/StartRerate"),
        get_operation_(calls, "assay.scoring.v1.RerateService/GetOperation"),
        cancel_operation_(calls, "assay.scoring.v1.RerateService/CancelOperation"),
        list_rerate_moves_(calls, "assay.scoring.v1.RerateService/ListRerateMoves"),
        audit_published_(calls, "assay.scoring.v1.RerateService/AuditPublished") {}

  grpc::ServerUnaryReactor* StartRerate(grpc::CallbackServerContext* context,
                                        const v1::StartRerateRequest*, v1::Operation*) override {
    return start_rerate_.Unimplemented(context);
  }
  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* context,
                                         const v1::GetOperationRequest*, v1::Operation*) override {
    return get_operation_.Unimplemented(context);
  }
  grpc::ServerUnaryReactor* CancelOperation(grpc::CallbackServerContext* context,
                                            const v1::CancelOperationRequest*,
                                            v1::Operation*) override {
    return cancel_operation_.Unimplemented(context);
  }
  grpc::ServerUnaryReactor* ListRerateMoves(grpc::CallbackServerContext* context,
                                            const v1::ListRerateMovesRequest*,
                                            v1::ListRerateMovesResponse*) override {
    return list_rerate_moves_.Unimplemented(context);
  }
  grpc::ServerWriteReactor<v1::AuditPublishedResponse>* AuditPublished(
      grpc::CallbackServerContext* context, const v1::AuditPublishedRequest*) override {
    using Source = server::PullSource<v1::AuditPublishedResponse>;
    return server::StartPull<v1::AuditPublishedResponse>(
        audit_published_, context,
        [](server::CallContext&) -> absl::StatusOr<std::unique_ptr<Source>> {
          return errors::Unimplemented("RerateService.AuditPublished");
        });
  }

 private:
  const server::Method start_rerate_;
  const server::Method get_operation_;
  const server::Method cancel_operation_;
  const server::Method list_rerate_moves_;
  const server::Method audit_published_;
};

}  // namespace assay::scoring
