#pragma once

// What the methods of RegistryService do, without gRPC: validate, ask the store, convert.
//
// Thread safety: pure over the backend. Cost: blocks on the store. Errors: the contract's.

#include "absl/status/statusor.h"

#include "assay/evidence/v1/registry_service.pb.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

absl::StatusOr<v1::Provider> GetProvider(const Backend& backend,
                                         const v1::GetProviderRequest& request);
absl::StatusOr<v1::Location> GetLocation(const Backend& backend,
                                         const v1::GetLocationRequest& request);
absl::StatusOr<v1::Service> GetService(const Backend& backend,
                                       const v1::GetServiceRequest& request);
absl::StatusOr<v1::Area> GetArea(const Backend& backend, const v1::GetAreaRequest& request);

absl::StatusOr<v1::ListProvidersResponse> ListProviders(const Backend& backend,
                                                        const v1::ListProvidersRequest& request);
absl::StatusOr<v1::ListLocationsResponse> ListLocations(const Backend& backend,
                                                        const v1::ListLocationsRequest& request);
absl::StatusOr<v1::ListServicesResponse> ListServices(const Backend& backend,
                                                      const v1::ListServicesRequest& request);
absl::StatusOr<v1::ListAreasResponse> ListAreas(const Backend& backend,
                                                const v1::ListAreasRequest& request);

absl::StatusOr<v1::Provider> UpsertProvider(const Backend& backend,
                                            const v1::UpsertProviderRequest& request);
absl::StatusOr<v1::Location> UpsertLocation(const Backend& backend,
                                            const v1::UpsertLocationRequest& request);
absl::StatusOr<v1::Service> UpsertService(const Backend& backend,
                                          const v1::UpsertServiceRequest& request);
absl::StatusOr<v1::Area> UpsertArea(const Backend& backend, const v1::UpsertAreaRequest& request);

}  // namespace assay::evidence
