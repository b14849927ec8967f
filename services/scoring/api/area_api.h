// assay.scoring.v1.AreaService.
//
// Thread safety: as any gRPC service. Ownership: borrows the environment and what serves.
#pragma once

#include "grpcpp/support/server_callback.h"

#include "assay/scoring/v1/area_service.grpc.pb.h"
#include "services/common/server/method.h"
#include "services/scoring/api/serving.h"

namespace assay::scoring {

class AreaApi final : public v1::AreaService::CallbackService {
 public:
  AreaApi(const server::CallEnvironment* calls, const Serving& serving);

  grpc::ServerUnaryReactor* GetAreaSummary(grpc::CallbackServerContext* context,
                                           const v1::GetAreaSummaryRequest* request,
                                           v1::AreaSummary* reply) override;

  grpc::ServerUnaryReactor* CompareAreas(grpc::CallbackServerContext* context,
                                         const v1::CompareAreasRequest*,
                                         v1::CompareAreasResponse*) override;
  grpc::ServerUnaryReactor* GetAreaTrend(grpc::CallbackServerContext* context,
                                         const v1::GetAreaTrendRequest*,
                                         v1::GetAreaTrendResponse*) override;
  grpc::ServerUnaryReactor* ListMovers(grpc::CallbackServerContext* context,
                                       const v1::ListMoversRequest*,
                                       v1::ListMoversResponse*) override;
  grpc::ServerUnaryReactor* ListOutliers(grpc::CallbackServerContext* context,
                                         const v1::ListOutliersRequest*,
                                         v1::ListOutliersResponse*) override;
  grpc::ServerWriteReactor<v1::WatchAreaResponse>* WatchArea(grpc::CallbackServerContext* context,
                                                             const v1::WatchAreaRequest*) override;

 private:
  absl::Status Summarize(const AreaQuestion& question, v1::AreaSummary& summary) const;

  const Serving serving_;
  const server::Method get_area_summary_;
  const server::Method compare_areas_;
  const server::Method get_area_trend_;
  const server::Method list_movers_;
  const server::Method list_outliers_;
  const server::Method watch_area_;
};

}  // namespace assay::scoring
