#include "services/evidence/api/registry_methods.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/listing.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {
namespace {

using errors::ResourceType;
using errors::Violations;

// The current state of a name of one kind.
absl::StatusOr<v1::Record> GetState(const Backend& backend, const std::string& name,
                                    names::SubjectKind kind, ResourceType type,
                                    const Backend::Revisions& at_least) {
  Violations bad;
  const absl::optional<names::Subject> subject = CheckSubject("name", name, kind, bad);
  if (!bad.empty()) return bad.ToStatus(type);
  const absl::Status reached = backend.CheckReached(at_least);
  if (!reached.ok()) return reached;
  const absl::StatusOr<absl::optional<StoredRecord>> stored = backend.store().ReadCurrent(*subject);
  if (!stored.ok()) return stored.status();
  if (!stored->has_value()) return errors::NotFound(type, name);
  return RecordOf(**stored, backend.store().epoch());
}

// One page of states, those whose names begin with `prefix`; sets the next page's token.
absl::StatusOr<std::vector<v1::Record>> ListStates(const Backend& backend, RegistryQuery query,
                                                   const Page& page, std::string* next,
                                                   const std::string& prefix = "") {
  query.after = page.cursor.empty() ? prefix : page.cursor;
  query.limit = page.size + 1;
  absl::StatusOr<std::vector<StoredRecord>> stored = backend.store().ListCurrent(query);
  if (!stored.ok()) return stored.status();
  // Names stand in order, so that those of other locations are at the end.
  while (!stored->empty() && !absl::StartsWith(stored->back().subject, prefix)) stored->pop_back();
  if (stored->size() > page.size) {
    stored->resize(page.size);
    absl::StatusOr<std::string> token = paging::EncodePageToken(page.query, stored->back().subject);
    if (!token.ok()) return errors::Internal("page token", token.status().message());
    *next = *std::move(token);
  }
  std::vector<v1::Record> records;
  for (const StoredRecord& one : *stored) {
    absl::StatusOr<v1::Record> record = RecordOf(one, backend.store().epoch());
    if (!record.ok()) return record.status();
    records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace

absl::StatusOr<v1::Provider> GetProvider(const Backend& backend,
                                         const v1::GetProviderRequest& request) {
  absl::StatusOr<v1::Record> record =
      GetState(backend, request.name(), names::SubjectKind::kProvider, ResourceType::kProvider,
               request.at_least());
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_provider());
}

absl::StatusOr<v1::Location> GetLocation(const Backend& backend,
                                         const v1::GetLocationRequest& request) {
  absl::StatusOr<v1::Record> record =
      GetState(backend, request.name(), names::SubjectKind::kLocation, ResourceType::kLocation,
               request.at_least());
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_location());
}

absl::StatusOr<v1::Service> GetService(const Backend& backend,
                                       const v1::GetServiceRequest& request) {
  absl::StatusOr<v1::Record> record =
      GetState(backend, request.name(), names::SubjectKind::kService, ResourceType::kService,
               request.at_least());
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_service());
}

absl::StatusOr<v1::Area> GetArea(const Backend& backend, const v1::GetAreaRequest& request) {
  absl::StatusOr<v1::Record> record = GetState(backend, request.name(), names::SubjectKind::kArea,
                                               ResourceType::kArea, request.at_least());
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_area());
}

absl::StatusOr<v1::ListProvidersResponse> ListProviders(const Backend& backend,
                                                        const v1::ListProvidersRequest& request) {
  Violations bad;
  const absl::StatusOr<Page> page = PageOf("RegistryService.ListProviders", request, bad);
  if (!page.ok()) return page.status();
  if (!bad.empty()) return bad.ToStatus();
  RegistryQuery query;
  query.kind = v1::RECORD_KIND_PROVIDER;
  v1::ListProvidersResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      ListStates(backend, std::move(query), *page, response.mutable_next_page_token());
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) {
    *response.add_providers() = std::move(*record.mutable_provider());
  }
  return response;
}

absl::StatusOr<v1::ListLocationsResponse> ListLocations(const Backend& backend,
                                                        const v1::ListLocationsRequest& request) {
  Violations bad;
  const v1::ListLocationsRequest::Filter& filter = request.filter();
  if (!filter.provider().empty()) {
    CheckSubject("filter.provider", filter.provider(), names::SubjectKind::kProvider, bad);
  }
  if (!filter.area().empty()) {
    CheckSubject("filter.area", filter.area(), names::SubjectKind::kArea, bad);
  }
  CheckId("filter.sector", filter.sector(), true, bad);
  const absl::optional<clock::Day> on = CheckDay("filter.on", filter.on(), bad);
  const absl::StatusOr<Page> page = PageOf("RegistryService.ListLocations", request, bad);
  if (!page.ok()) return page.status();
  if (!bad.empty()) return bad.ToStatus();
  RegistryQuery query;
  query.kind = v1::RECORD_KIND_LOCATION;
  query.provider = filter.provider();
  query.area = filter.area();
  query.sector = filter.sector();
  query.in_force = filter.registered();
  query.on = on.value_or(backend.Today()).days_since_1970();
  v1::ListLocationsResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      ListStates(backend, std::move(query), *page, response.mutable_next_page_token());
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) {
    *response.add_locations() = std::move(*record.mutable_location());
  }
  return response;
}

absl::StatusOr<v1::ListServicesResponse> ListServices(const Backend& backend,
                                                      const v1::ListServicesRequest& request) {
  Violations bad;
  const absl::optional<names::Subject> location =
      CheckSubject("parent", request.parent(), names::SubjectKind::kLocation, bad);
  absl::StatusOr<Page> page = PageOf("RegistryService.ListServices", request, bad);
  if (!page.ok()) return page.status();
  if (!bad.empty()) return bad.ToStatus();
  const absl::StatusOr<absl::optional<StoredRecord>> known = backend.store().ReadCurrent(*location);
  if (!known.ok()) return known.status();
  if (!known->has_value()) return errors::NotFound(ResourceType::kLocation, location->name());
  RegistryQuery query;
  query.kind = v1::RECORD_KIND_SERVICE;
  v1::ListServicesResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      ListStates(backend, std::move(query), *page, response.mutable_next_page_token(),
                 absl::StrCat(location->name(), "/services/"));
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) {
    *response.add_services() = std::move(*record.mutable_service());
  }
  return response;
}

absl::StatusOr<v1::ListAreasResponse> ListAreas(const Backend& backend,
                                                const v1::ListAreasRequest& request) {
  Violations bad;
  const v1::ListAreasRequest::Filter& filter = request.filter();
  if (!v1::AreaKind_IsValid(filter.kind())) {
    bad.Add("filter.kind", static_cast<int>(filter.kind()), "a known kind of area");
  }
  const absl::optional<clock::Day> on = CheckDay("filter.on", filter.on(), bad);
  const absl::StatusOr<Page> page = PageOf("RegistryService.ListAreas", request, bad);
  if (!page.ok()) return page.status();
  if (!bad.empty()) return bad.ToStatus();
  RegistryQuery query;
  query.kind = v1::RECORD_KIND_AREA;
  query.area_kind = filter.kind();
  query.in_force = on.has_value();
  if (on.has_value()) query.on = on->days_since_1970();
  v1::ListAreasResponse response;
  absl::StatusOr<std::vector<v1::Record>> records =
      ListStates(backend, std::move(query), *page, response.mutable_next_page_token());
  if (!records.ok()) return records.status();
  for (v1::Record& record : *records) *response.add_areas() = std::move(*record.mutable_area());
  return response;
}

absl::StatusOr<v1::Provider> UpsertProvider(const Backend& backend,
                                            const v1::UpsertProviderRequest& request) {
  Violations bad;
  Write write = PrepareProvider(request.provider(), request.request_id(), "", bad);
  if (!bad.empty()) return bad.ToStatus(ResourceType::kProvider);
  absl::StatusOr<v1::Record> record = backend.WriteOne(std::move(write));
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_provider());
}

absl::StatusOr<v1::Location> UpsertLocation(const Backend& backend,
                                            const v1::UpsertLocationRequest& request) {
  Violations bad;
  Write write = PrepareLocation(request.location(), request.request_id(), "", bad);
  if (!bad.empty()) return bad.ToStatus(ResourceType::kLocation);
  absl::StatusOr<v1::Record> record = backend.WriteOne(std::move(write));
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_location());
}

absl::StatusOr<v1::Service> UpsertService(const Backend& backend,
                                          const v1::UpsertServiceRequest& request) {
  Violations bad;
  Write write = PrepareService(request.service(), request.request_id(), "", bad);
  if (!bad.empty()) return bad.ToStatus(ResourceType::kService);
  absl::StatusOr<v1::Record> record = backend.WriteOne(std::move(write));
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_service());
}

absl::StatusOr<v1::Area> UpsertArea(const Backend& backend, const v1::UpsertAreaRequest& request) {
  Violations bad;
  Write write = PrepareArea(request.area(), request.request_id(), "", bad);
  if (!bad.empty()) return bad.ToStatus(ResourceType::kArea);
  absl::StatusOr<v1::Record> record = backend.WriteOne(std::move(write));
  if (!record.ok()) return record.status();
  return std::move(*record->mutable_area());
}

}  // namespace assay::evidence
