#pragma once

// RegistryService over gRPC: every method is registry_methods.h behind the adapter.
//
// Thread safety: as a gRPC callback service. Ownership: borrows environment and backend. Cost: one
// task of the pool a call.

#include "assay/evidence/v1/registry_service.grpc.pb.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/method.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

class RegistryApi final : public v1::RegistryService::CallbackService {
 public:
  // Both outlive the service.
  RegistryApi(const server::CallEnvironment* calls, const Backend* backend);

#define ASSAY_DECLARE(method, Answer)                                                        \
  grpc::ServerUnaryReactor* method(grpc::CallbackServerContext* context,                     \
                                   const v1::method##Request* request, v1::Answer* response) \
      override;
  ASSAY_DECLARE(GetProvider, Provider)
  ASSAY_DECLARE(ListProviders, ListProvidersResponse)
  ASSAY_DECLARE(UpsertProvider, Provider)
  ASSAY_DECLARE(GetLocation, Location)
  ASSAY_DECLARE(ListLocations, ListLocationsResponse)
  ASSAY_DECLARE(UpsertLocation, Location)
  ASSAY_DECLARE(GetArea, Area)
  ASSAY_DECLARE(ListAreas, ListAreasResponse)
  ASSAY_DECLARE(UpsertArea, Area)
  ASSAY_DECLARE(GetService, Service)
  ASSAY_DECLARE(ListServices, ListServicesResponse)
  ASSAY_DECLARE(UpsertService, Service)
  ASSAY_DECLARE(LookupLocations, LookupLocationsResponse)
  ASSAY_DECLARE(ListSuccessions, ListSuccessionsResponse)
  ASSAY_DECLARE(ResolveArea, ResolveAreaResponse)
  ASSAY_DECLARE(ListImportRuns, ListImportRunsResponse)
#undef ASSAY_DECLARE

 private:
  const Backend* const backend_;
  const server::Method get_provider_, list_providers_, upsert_provider_;
  const server::Method get_location_, list_locations_, upsert_location_;
  const server::Method get_area_, list_areas_, upsert_area_;
  const server::Method get_service_, list_services_, upsert_service_;
  const server::Method lookup_locations_, list_successions_, resolve_area_, list_import_runs_;
};

}  // namespace assay::evidence
