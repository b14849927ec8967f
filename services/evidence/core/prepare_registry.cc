#include <utility>

#include "services/evidence/core/checks.h"
#include "services/evidence/core/prepare.h"
#include "services/evidence/core/prepare_parts.h"
#include "services/evidence/core/unknown_fields.h"
#include "services/evidence/core/validate_registry.h"

namespace assay::evidence {
namespace {

using errors::Violations;

// The days on which something is registered. Deregistered without a date: on none that is known.
template <typename Message>
void SetRegistered(const Message& message, RegistryRow& row) {
  const bool deregistered = message.registration_status() == v1::REGISTRATION_STATUS_DEREGISTERED;
  const bool unknown = message.registration_status() == v1::REGISTRATION_STATUS_UNSPECIFIED;
  row.from = DaysOr(message.registration_date(), unknown ? kOpen : kSinceEver);
  row.before = DaysOr(message.deregistration_date(), deregistered ? kSinceEver : kOpen);
}

// What the kinds of registry state have in common.
template <typename Message>
Write RegistryWrite(const Message& message, const std::string& request_id, v1::RecordKind kind,
                    absl::string_view word, v1::Record record) {
  Write write;
  const absl::optional<names::Subject> subject = ParsedSubject(message.name());
  if (!subject.has_value()) return write;
  write.row = RowOf(*subject, kind);
  record.set_subject(message.name());
  write.row.payload = StableBytes(record);
  write.registry.emplace();
  write.request_id = request_id;
  if (!request_id.empty()) write.fingerprint = FingerprintOf(word, message);
  write.etag = message.etag();
  return write;
}

// What stands for a state that has faults.
Write StandInFor(const std::string& name, names::SubjectKind of, v1::RecordKind kind) {
  absl::optional<names::Subject> subject = ParsedSubject(name);
  if (subject.has_value() && subject->kind() != of) subject.reset();
  Write write = StandIn(subject, kind);
  write.registry.emplace();
  if (of == names::SubjectKind::kService && subject.has_value()) {
    write.registry->parent = subject->Root().name();
  }
  return write;
}

// `message` without the output-only fields of a registry state.
template <typename Message>
Message StrippedState(const Message& message) {
  Message copy = message;
  DropUnknownFields(copy);
  copy.clear_revision();
  copy.clear_recorded_time();
  copy.clear_etag();
  return copy;
}

}  // namespace

Write PrepareProvider(const v1::Provider& provider, const std::string& request_id,
                      const std::string& prefix, Violations& bad) {
  const size_t before = bad.count();
  ValidateProvider(provider, Path(prefix, "provider"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request_id, bad);
  if (bad.count() > before) {
    return StandInFor(provider.name(), names::SubjectKind::kProvider, v1::RECORD_KIND_PROVIDER);
  }
  v1::Record record;
  *record.mutable_provider() = StrippedState(provider);
  Write write =
      RegistryWrite(provider, id, v1::RECORD_KIND_PROVIDER, "provider", std::move(record));
  SetRegistered(provider, *write.registry);
  return write;
}

Write PrepareLocation(const v1::Location& location, const std::string& request_id,
                      const std::string& prefix, Violations& bad) {
  const size_t before = bad.count();
  ValidateLocation(location, Path(prefix, "location"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request_id, bad);
  if (bad.count() > before) {
    return StandInFor(location.name(), names::SubjectKind::kLocation, v1::RECORD_KIND_LOCATION);
  }
  v1::Record record;
  *record.mutable_location() = StrippedState(location);
  Write write =
      RegistryWrite(location, id, v1::RECORD_KIND_LOCATION, "location", std::move(record));
  SetRegistered(location, *write.registry);
  write.registry->provider = location.provider();
  write.registry->sector = location.sector();
  for (const v1::AreaMembership& area : location.areas()) {
    write.registry->areas.push_back(
        {area.area(), DaysOr(area.from(), kSinceEver), DaysOr(area.before(), kOpen)});
  }
  v1::Record provider;
  provider.set_subject(location.provider());
  provider.mutable_provider()->set_name(location.provider());
  write.implied_provider = RowOf(*ParsedSubject(location.provider()), v1::RECORD_KIND_PROVIDER);
  write.implied_provider->payload = StableBytes(provider);
  return write;
}

Write PrepareService(const v1::Service& service, const std::string& request_id,
                     const std::string& prefix, Violations& bad) {
  const size_t before = bad.count();
  ValidateService(service, Path(prefix, "service"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request_id, bad);
  if (bad.count() > before) {
    return StandInFor(service.name(), names::SubjectKind::kService, v1::RECORD_KIND_SERVICE);
  }
  v1::Record record;
  *record.mutable_service() = StrippedState(service);
  Write write = RegistryWrite(service, id, v1::RECORD_KIND_SERVICE, "service", std::move(record));
  write.registry->parent = ParsedSubject(service.name())->Root().name();
  write.registry->sector = service.sector();
  write.registry->from = DaysOr(service.start_date(), kSinceEver);
  write.registry->before = DaysOr(service.end_date(), kOpen);
  return write;
}

Write PrepareArea(const v1::Area& area, const std::string& request_id, const std::string& prefix,
                  Violations& bad) {
  const size_t before = bad.count();
  ValidateArea(area, Path(prefix, "area"), bad);
  const std::string id = CheckRequestId(Path(prefix, "request_id"), request_id, bad);
  if (bad.count() > before) {
    return StandInFor(area.name(), names::SubjectKind::kArea, v1::RECORD_KIND_AREA);
  }
  v1::Record record;
  *record.mutable_area() = StrippedState(area);
  Write write = RegistryWrite(area, id, v1::RECORD_KIND_AREA, "area", std::move(record));
  write.registry->from = DaysOr(area.valid_from(), kSinceEver);
  write.registry->before = DaysOr(area.valid_before(), kOpen);
  write.registry->area_kind = area.kind();
  return write;
}

}  // namespace assay::evidence
