#include "clients/cli/import/cqc_api.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "clients/cli/import/cqc_ratings.h"
#include "clients/cli/import/json_fields.h"
#include "clients/cli/ingest/request_id.h"
#include "services/common/clock/day_proto.h"
#include "services/common/names/names.h"
#include "services/common/text/slug.h"

namespace assay::importer {
namespace {

using clock::Day;
using evidence::v1::Area;
using evidence::v1::Location;
using evidence::v1::RecordWrite;
using evidence::v1::RegistrationStatus;

constexpr int kMaxServiceTypes = 64;
// As in assay.evidence.v1.Location.
constexpr std::int64_t kMaxBeds = 100000;

RegistrationStatus StatusIn(const Fields& document) {
  const std::string word = document.Text("registrationStatus");
  if (word.empty()) return evidence::v1::REGISTRATION_STATUS_UNSPECIFIED;
  if (absl::EqualsIgnoreCase(word, "Registered")) {
    return evidence::v1::REGISTRATION_STATUS_REGISTERED;
  }
  if (absl::EqualsIgnoreCase(word, "Deregistered")) {
    return evidence::v1::REGISTRATION_STATUS_DEREGISTERED;
  }
  document.bad().Add(document.PathOf("registrationStatus"), word, "Registered or Deregistered");
  return evidence::v1::REGISTRATION_STATUS_UNSPECIFIED;
}

// Provider and Location have these fields alike. Returns the day of registration.
template <typename Message>
absl::optional<Day> FillRegistration(const Fields& document, Message* message) {
  message->set_display_name(document.Text("name"));
  message->set_ods_code(document.Text("odsCode"));
  message->set_registration_status(StatusIn(document));
  const absl::optional<Day> registered = document.Date("registrationDate");
  if (registered.has_value()) {
    *message->mutable_registration_date() = clock::DayToProto(*registered);
  }
  if (const absl::optional<Day> day = document.Date("deregistrationDate")) {
    *message->mutable_deregistration_date() = clock::DayToProto(*day);
  }
  return registered;
}

// The sector by what tells most first: inspection categories (the primary one before the others),
// location types, the kind of organisation, the directorate.
std::string SectorIn(const Fields& document, const model::CompiledModel& model) {
  std::vector<std::string> words;
  for (const Fields& category : document.Objects("inspectionCategories")) {
    const bool primary = absl::EqualsIgnoreCase(category.Text("primary"), "true");
    words.insert(primary ? words.begin() : words.end(), category.Text("name"));
  }
  for (const Fields& type : document.Objects("locationTypes")) words.push_back(type.Text("type"));
  words.push_back(document.Text("type"));
  words.push_back(document.Text("inspectionDirectorate"));
  for (const std::string& word : words) {
    const int sector = word.empty() ? -1 : model.SectorByAny(word);
    if (sector >= 0) return model.version().sectors(sector).id();
  }
  return "";
}

void FillServiceTypes(const Fields& document, Location* location) {
  for (const Fields& type : document.Objects("gacServiceTypes")) {
    const std::string name = type.Text("name");
    const auto& known = location->service_types();
    if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (location->service_types_size() == kMaxServiceTypes) {
      document.bad().AddText(document.PathOf("gacServiceTypes"),
                             absl::StrCat("got more than ", kMaxServiceTypes, " service types"));
      return;
    }
    location->add_service_types(name);
  }
}

// The board by today's postcode, as it was and became; a place of a board that was split lies in
// one of several successors, which the document does not tell.
void FillBoards(const Fields& document, const geography::Geography& geography,
                absl::optional<Day> registered, Location* location, MappedDocument* mapped) {
  const std::string code = document.Text("onspdIcbCode");
  if (code.empty()) return;
  const Area* icb = geography.IcbByOnsCode(code);
  if (icb == nullptr) {
    mapped->notes.push_back(
        absl::StrCat("onspdIcbCode: left out ", code, ", no integrated care board has that code"));
    return;
  }
  const std::vector<const Area*> successors = geography.SuccessorsOf(*icb);
  if (successors.size() > 1) {
    mapped->notes.push_back(absl::StrCat("onspdIcbCode: ", icb->name(), " was split between ",
                                         absl::StrJoin(icb->successors(), ", "),
                                         "; which of them follows is not known"));
  }
  const Area* successor = successors.size() == 1 ? successors.front() : nullptr;
  for (auto& membership : geography.Memberships(*icb, successor, registered)) {
    *location->add_areas() = std::move(membership);
  }
}

// The local authority by its name: the document has no code of it.
void FillLocalAuthority(const Fields& document, absl::optional<Day> registered, Location* location,
                        MappedDocument* mapped) {
  const std::string name = document.Text("localAuthority");
  if (name.empty()) return;
  const absl::StatusOr<std::string> slug = text::Slug(name);
  absl::StatusOr<names::Subject> subject =
      slug.ok() ? names::Subject::Area(names::AreaKind::kLocalAuthority, *slug) : slug.status();
  if (!subject.ok()) {
    document.bad().AddText(document.PathOf("localAuthority"), subject.status().message());
    return;
  }
  RecordWrite write;
  Area* area = write.mutable_area()->mutable_area();
  area->set_name(subject->name());
  area->set_display_name(name);
  area->set_kind(evidence::v1::AREA_KIND_LOCAL_AUTHORITY);
  ingest::SetRequestId(kCqcSystem, &write);
  mapped->writes.push_back(std::move(write));
  evidence::v1::AreaMembership* membership = location->add_areas();
  membership->set_area(subject->name());
  if (registered.has_value()) *membership->mutable_from() = clock::DayToProto(*registered);
}

// An id of the regulator as a resource name; empty and a violation where it is none.
std::string NameIn(const Fields& document, const char* key,
                   absl::StatusOr<names::Subject> (*parse)(absl::string_view)) {
  const std::string id = document.RequiredText(key);
  if (id.empty()) return "";
  const absl::StatusOr<names::Subject> subject = parse(id);
  if (subject.ok()) return subject->name();
  document.bad().AddText(document.PathOf(key), subject.status().message());
  return "";
}

// Registers the services that judgements from place `first` on name, before those: the record takes
// none of a service that it does not know.
void AddServices(const std::string& location, std::size_t first, MappedDocument* mapped) {
  std::set<std::string> named;
  for (std::size_t at = first; at < mapped->writes.size(); ++at) {
    const std::string& id = mapped->writes[at].judgement().judgement().node().service();
    if (!id.empty()) named.insert(id);
  }
  std::vector<RecordWrite> services;
  for (const std::string& id : named) {
    services.emplace_back();
    evidence::v1::Service* service = services.back().mutable_service()->mutable_service();
    service->set_name(absl::StrCat(location, "/services/", id));
    service->set_display_name(mapped->services.at(id));
    ingest::SetRequestId(kCqcSystem, &services.back());
  }
  mapped->writes.insert(mapped->writes.begin() + static_cast<std::ptrdiff_t>(first),
                        std::make_move_iterator(services.begin()),
                        std::make_move_iterator(services.end()));
}

absl::StatusOr<MappedDocument> Finish(const errors::Violations& bad, MappedDocument mapped) {
  if (bad.count() > 0) return bad.ToStatus();
  return mapped;
}

}  // namespace

absl::StatusOr<CqcContext> MakeCqcContext(const geography::Geography& geography,
                                          const model::ModelSet& models) {
  CqcContext context;
  context.geography = &geography;
  const struct {
    const char* name;
    const model::CompiledModel** model;
  } wanted[] = {
      {"frameworks/cqc-kloe/versions/2017-11", &context.kloe},
      {"frameworks/cqc-saf/versions/2023-11", &context.saf_2023},
      {"frameworks/cqc-saf/versions/2024-12", &context.saf_2024},
  };
  std::vector<std::string> missing;
  for (const auto& each : wanted) {
    const int index = models.IndexOf(each.name);
    if (index < 0) {
      missing.push_back(each.name);
    } else {
      *each.model = &models.at(index);
    }
  }
  if (missing.empty()) return context;
  return absl::NotFoundError(absl::StrCat("the catalogue lacks ", absl::StrJoin(missing, ", ")));
}

absl::StatusOr<MappedDocument> MapProvider(const nlohmann::json& document,
                                           const CqcContext& /*context*/) {
  errors::Violations bad;
  MappedDocument mapped;
  const Fields fields(document, "", &bad);
  RecordWrite write;
  evidence::v1::Provider* provider = write.mutable_provider()->mutable_provider();
  provider->set_name(NameIn(fields, "providerId", &names::Subject::Provider));
  FillRegistration(fields, provider);
  provider->set_organisation_type(fields.Text("type"));
  ingest::SetRequestId(kCqcSystem, &write);
  mapped.writes.push_back(std::move(write));
  return Finish(bad, std::move(mapped));
}

absl::StatusOr<MappedDocument> MapLocation(const nlohmann::json& document,
                                           const CqcContext& context) {
  errors::Violations bad;
  MappedDocument mapped;
  const Fields fields(document, "", &bad);
  RecordWrite write;
  Location* location = write.mutable_location()->mutable_location();
  location->set_name(NameIn(fields, "locationId", &names::Subject::Location));
  location->set_provider(NameIn(fields, "providerId", &names::Subject::Provider));
  const absl::optional<Day> registered = FillRegistration(fields, location);
  location->set_sector(SectorIn(fields, *context.saf_2024));
  FillServiceTypes(fields, location);
  location->set_uprn(fields.Text("uprn"));
  location->set_postcode(fields.Text("postalCode"));
  location->set_beds(static_cast<std::int32_t>(fields.Number("numberOfBeds", kMaxBeds)));
  FillBoards(fields, *context.geography, registered, location, &mapped);
  FillLocalAuthority(fields, registered, location, &mapped);
  const RatedLocation rated = {location->name(), fields.Text("locationId"),
                               fields.Text("providerId")};
  ingest::SetRequestId(kCqcSystem, &write);
  mapped.writes.push_back(std::move(write));
  const std::size_t judgements = mapped.writes.size();
  MapPublishedRatings(fields, rated, context, &mapped);
  MapAssessments(fields, rated, context, &mapped);
  AddServices(rated.name, judgements, &mapped);
  return Finish(bad, std::move(mapped));
}

absl::StatusOr<MappedDocument> MapDocument(absl::string_view text, DocumentKind kind,
                                           const CqcContext& context) {
  const absl::StatusOr<nlohmann::json> document = ParseDocument(text);
  if (!document.ok()) return document.status();
  return kind == DocumentKind::kProvider ? MapProvider(*document, context)
                                         : MapLocation(*document, context);
}

}  // namespace assay::importer
