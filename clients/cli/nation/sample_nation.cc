#include "clients/cli/nation/sample_nation.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "clients/cli/ingest/request_id.h"
#include "clients/cli/nation/biography.h"
#include "services/common/clock/day_proto.h"
#include "services/common/errors/violations.h"

namespace assay::nation {
namespace {

using clock::Day;
using evidence::v1::Area;
using evidence::v1::Location;
using evidence::v1::RecordWrite;

// Streams of chance; a number is never used for anything else.
enum Purpose : std::uint64_t { kProviders = 1, kPlaces = 2, kLives = 3 };

constexpr std::size_t kBatch = 2000;
constexpr std::uint32_t kHomeBoardPerMille = 800;
constexpr std::uint32_t kDeregisteredPerMille = 40;

Day FirstUntil() { return Day::FromCivil(2023, 1, 1).value(); }
Day LastUntil() { return Day::FromCivil(2150, 12, 31).value(); }
Day FirstRegistration() { return Day::FromCivil(2010, 10, 1).value(); }
Day FirstBoards() { return Day::FromCivil(2022, 7, 1).value(); }

// How many locations a provider has: most one, a few several dozens; 3.4 on average.
std::int64_t DrawSize(Dice* dice) {
  switch (dice->Weighted({70, 20, 8, 2})) {
    case 0:
      return 1;
    case 1:
      return dice->Between(2, 5);
    case 2:
      return dice->Between(6, 20);
    default:
      return dice->Between(21, 80);
  }
}

std::string IdOf(std::int64_t first, std::int64_t number) {
  return absl::StrCat("1-", first + number);
}

void SetRegistration(Day from, absl::optional<Day> before, Location* location) {
  *location->mutable_registration_date() = clock::DayToProto(from);
  location->set_registration_status(before.has_value()
                                        ? evidence::v1::REGISTRATION_STATUS_DEREGISTERED
                                        : evidence::v1::REGISTRATION_STATUS_REGISTERED);
  if (before.has_value()) *location->mutable_deregistration_date() = clock::DayToProto(*before);
}

// Services of a location: one, or two or three where it has several.
std::vector<const ServiceKind*> DrawServices(const ServiceKind& kind, Dice* dice) {
  std::vector<const ServiceKind*> kinds = {&kind};
  if (!dice->PerMille(SeveralServicesPerMille(kind))) return kinds;
  for (std::int32_t more = dice->PerMille(150) ? 2 : 1; more > 0; --more) {
    const ServiceKind* further = DrawFurtherKind(kinds, dice);
    if (further != nullptr) kinds.push_back(further);
  }
  return kinds;
}

// The service that a write names; empty where it names none.
const std::string& ServiceIn(const RecordWrite& write) {
  if (write.has_action()) return write.action().action().service();
  if (write.has_correction()) return write.correction().judgement().node().service();
  return write.judgement().judgement().node().service();
}

// Registers those services of a location that `lived` names.
void AddServices(const std::string& location, const std::vector<const ServiceKind*>& kinds,
                 const std::vector<RecordWrite>& lived, std::vector<RecordWrite>* writes) {
  for (const ServiceKind* kind : kinds) {
    const bool named = std::any_of(lived.begin(), lived.end(), [kind](const RecordWrite& write) {
      return ServiceIn(write) == kind->service;
    });
    if (!named) continue;
    writes->emplace_back();
    evidence::v1::Service* service = writes->back().mutable_service()->mutable_service();
    service->set_name(absl::StrCat(location, "/services/", kind->service));
    service->set_display_name(kind->service_type);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SampleNation>> SampleNation::Create(
    const NationOptions& options, Methods methods,
    std::shared_ptr<const geography::Geography> geography) {
  errors::Violations bad;
  if (options.locations < 1 || options.locations > kMaxLocations) {
    bad.Add("locations", options.locations, absl::StrCat("1 to ", kMaxLocations));
  }
  if (options.until < FirstUntil() || options.until > LastUntil()) {
    bad.Add("until", options.until.ToString(),
            absl::StrCat(FirstUntil().ToString(), " to ", LastUntil().ToString()));
  }
  if (bad.count() > 0) return bad.ToStatus();
  return std::unique_ptr<SampleNation>(
      new SampleNation(options, std::move(methods), std::move(geography)));
}

SampleNation::SampleNation(const NationOptions& options, Methods methods,
                           std::shared_ptr<const geography::Geography> geography)
    : options_(options),
      methods_(std::move(methods)),
      geography_(std::move(geography)),
      scope_(absl::StrCat("sample/", options.seed, "/", options.until.ToString())),
      boards_(geography_->ValidOn(evidence::v1::AREA_KIND_INTEGRATED_CARE_BOARD, FirstBoards())) {}

absl::StatusOr<bool> SampleNation::Next(std::vector<RecordWrite>* writes) {
  const std::size_t begin = writes->size();
  if (!areas_made_) AddAreas(writes);
  areas_made_ = true;
  while (made_ < options_.locations && writes->size() - begin < kBatch) {
    if (provider_.locations_left == 0) AddProvider(writes);
    AddLocation(writes);
    --provider_.locations_left;
    ++made_;
  }
  for (std::size_t at = begin; at < writes->size(); ++at) {
    ingest::SetRequestId(scope_, &(*writes)[at]);
  }
  return writes->size() > begin;
}

double SampleNation::Share() const {
  return static_cast<double>(made_) / static_cast<double>(options_.locations);
}

void SampleNation::AddAreas(std::vector<RecordWrite>* writes) const {
  for (const Area& area : geography_->areas()) {
    writes->emplace_back();
    *writes->back().mutable_area()->mutable_area() = area;
  }
}

void SampleNation::AddProvider(std::vector<RecordWrite>* writes) {
  Dice dice(options_.seed, kProviders, static_cast<std::uint64_t>(provider_.number));
  provider_.locations_left = DrawSize(&dice);
  provider_.kind = &DrawKind(methods_.kloe().sectors, &dice);
  provider_.icb = boards_[dice.Below(static_cast<std::uint32_t>(boards_.size()))];
  writes->emplace_back();
  evidence::v1::Provider* provider = writes->back().mutable_provider()->mutable_provider();
  provider->set_name(absl::StrCat("providers/", IdOf(kFirstProvider, provider_.number)));
  provider->set_display_name(ProviderName(*provider_.kind, &dice));
  provider->set_organisation_type(provider_.kind->organisation);
  provider->set_registration_status(evidence::v1::REGISTRATION_STATUS_REGISTERED);
  *provider->mutable_registration_date() = clock::DayToProto(FirstRegistration());
  ++provider_.number;
}

void SampleNation::AddLocation(std::vector<RecordWrite>* writes) {
  const std::uint64_t index = static_cast<std::uint64_t>(made_);
  Dice place(options_.seed, kPlaces, index);
  Dice life(options_.seed, kLives, index);
  const std::vector<const ServiceKind*> kinds = DrawServices(*provider_.kind, &place);
  Subject subject;
  subject.id = IdOf(kFirstLocation, made_);
  subject.name = absl::StrCat("locations/", subject.id);
  subject.sector = kinds.front()->sector;
  const std::vector<Assessment> assessments = DrawAssessments(methods_, options_.until, &life);

  writes->emplace_back();
  Location* location = writes->back().mutable_location()->mutable_location();
  location->set_name(subject.name);
  location->set_provider(absl::StrCat("providers/", IdOf(kFirstProvider, provider_.number - 1)));
  location->set_display_name(LocationName(*kinds.front(), &place));
  location->set_sector(subject.sector);
  for (const ServiceKind* kind : kinds) {
    location->add_service_types(kind->service_type);
    if (kinds.size() > 1) subject.services.push_back(kind->service);
    const std::int32_t beds =
        kind->most_beds == 0 ? 0 : place.Between(kind->least_beds, kind->most_beds);
    location->set_beds(std::max(location->beds(), beds));
  }
  const Day registered =
      std::max(FirstRegistration(), assessments.front().start.Plus(-place.Between(60, 4000)));
  absl::optional<Day> deregistered;
  const Day newest = assessments.back().effective;
  if (place.PerMille(kDeregisteredPerMille) && newest < options_.until) {
    deregistered = newest.Plus(place.Between(1, options_.until - newest));
  }
  SetRegistration(registered, deregistered, location);
  const Area* board = place.PerMille(kHomeBoardPerMille)
                          ? provider_.icb
                          : boards_[place.Below(static_cast<std::uint32_t>(boards_.size()))];
  const std::vector<const Area*> successors = geography_->SuccessorsOf(*board);
  const Area* successor =
      successors.empty() ? nullptr
                         : successors[place.Below(static_cast<std::uint32_t>(successors.size()))];
  for (auto& membership : geography_->Memberships(*board, successor, registered)) {
    *location->add_areas() = std::move(membership);
  }
  Biography biography = DrawBiography(subject, assessments, options_.until, &life);
  AddServices(subject.name, kinds, biography.writes, writes);
  std::move(biography.writes.begin(), biography.writes.end(), std::back_inserter(*writes));
}

}  // namespace assay::nation
