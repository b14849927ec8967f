#include "services/evidence/api/registry_api.h"

#include "services/evidence/api/bound.h"
#include "services/evidence/api/registry_methods.h"

namespace assay::evidence {

#define ASSAY_NAME(method) (calls, "assay.evidence.v1.RegistryService/" method)
RegistryApi::RegistryApi(const server::CallEnvironment* calls, const Backend* backend)
    : backend_(backend),
      get_provider_ ASSAY_NAME("GetProvider"),
      list_providers_ ASSAY_NAME("ListProviders"),
      upsert_provider_ ASSAY_NAME("UpsertProvider"),
      get_location_ ASSAY_NAME("GetLocation"),
      list_locations_ ASSAY_NAME("ListLocations"),
      upsert_location_ ASSAY_NAME("UpsertLocation"),
      get_area_ ASSAY_NAME("GetArea"),
      list_areas_ ASSAY_NAME("ListAreas"),
      upsert_area_ ASSAY_NAME("UpsertArea"),
      get_service_ ASSAY_NAME("GetService"),
      list_services_ ASSAY_NAME("ListServices"),
      upsert_service_ ASSAY_NAME("UpsertService"),
      lookup_locations_ ASSAY_NAME("LookupLocations"),
      list_successions_ ASSAY_NAME("ListSuccessions"),
      resolve_area_ ASSAY_NAME("ResolveArea"),
      list_import_runs_ ASSAY_NAME("ListImportRuns") {}
#undef ASSAY_NAME

// A method that runs on the pool, by the function of the same name.
#define ASSAY_POOLED(method, member, Answer)                                                \
  grpc::ServerUnaryReactor* RegistryApi::method(grpc::CallbackServerContext* context,       \
                                                const v1::method##Request* request,         \
                                                v1::Answer* response) {                     \
    return (member).Pooled(context, request, response, Bound(backend_, &evidence::method)); \
  }
ASSAY_POOLED(GetProvider, get_provider_, Provider)
ASSAY_POOLED(ListProviders, list_providers_, ListProvidersResponse)
ASSAY_POOLED(UpsertProvider, upsert_provider_, Provider)
ASSAY_POOLED(GetLocation, get_location_, Location)
ASSAY_POOLED(ListLocations, list_locations_, ListLocationsResponse)
ASSAY_POOLED(UpsertLocation, upsert_location_, Location)
ASSAY_POOLED(GetArea, get_area_, Area)
ASSAY_POOLED(ListAreas, list_areas_, ListAreasResponse)
ASSAY_POOLED(UpsertArea, upsert_area_, Area)
ASSAY_POOLED(UpsertService, upsert_service_, Service)
ASSAY_POOLED(ListServices, list_services_, ListServicesResponse)
ASSAY_POOLED(GetService, get_service_, Service)
#undef ASSAY_POOLED

// A method of the contract that is not built yet.
#define ASSAY_UNIMPLEMENTED(method, member, Answer)                                        \
  grpc::ServerUnaryReactor* RegistryApi::method(grpc::CallbackServerContext* context,      \
                                                const v1::method##Request*, v1::Answer*) { \
    return (member).Unimplemented(context);                                                \
  }
ASSAY_UNIMPLEMENTED(LookupLocations, lookup_locations_, LookupLocationsResponse)
ASSAY_UNIMPLEMENTED(ListSuccessions, list_successions_, ListSuccessionsResponse)
ASSAY_UNIMPLEMENTED(ResolveArea, resolve_area_, ResolveAreaResponse)
ASSAY_UNIMPLEMENTED(ListImportRuns, list_import_runs_, ListImportRunsResponse)
#undef ASSAY_UNIMPLEMENTED

}  // namespace assay::evidence
