#include "services/evidence/core/validate_registry.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

#include "services/evidence/core/checks.h"
#include "services/evidence/core/limits.h"

namespace assay::evidence {
namespace {

using clock::Day;
using errors::Violations;

void CheckStatus(const std::string& field, v1::RegistrationStatus status, Violations& bad) {
  if (!v1::RegistrationStatus_IsValid(status)) {
    bad.Add(field, static_cast<int>(status), "a known registration status");
  }
}

// Half-open ranges of days: `before`, where both are given, lies after `from`.
std::pair<Day, Day> CheckRange(const std::string& prefix, const char* from_name,
                               const type::v1::Date& from, const char* before_name,
                               const type::v1::Date& before, Violations& bad) {
  const absl::optional<Day> first = CheckDay(Path(prefix, from_name), from, bad);
  const absl::optional<Day> end = CheckDay(Path(prefix, before_name), before, bad);
  if (first.has_value() && end.has_value() && *end <= *first) {
    bad.Add(Path(prefix, before_name), end->ToString(),
            absl::StrCat("a day after ", first->ToString()));
  }
  return {first.value_or(Day::Min()), end.value_or(Day::Max())};
}

// A membership with its place in the request.
struct Membership {
  names::AreaKind kind;
  Day from;
  Day before;
  size_t index;
};

// Of one kind of area, one holds on a day.
void CheckOverlaps(std::vector<Membership> memberships, const std::string& prefix,
                   Violations& bad) {
  std::sort(memberships.begin(), memberships.end(), [](const Membership& a, const Membership& b) {
    return std::make_pair(a.kind, a.from) < std::make_pair(b.kind, b.from);
  });
  for (size_t at = 1; at < memberships.size(); ++at) {
    const Membership& earlier = memberships[at - 1];
    const Membership& later = memberships[at];
    if (earlier.kind != later.kind || earlier.before <= later.from) continue;
    bad.AddText(Path(prefix, "areas", later.index),
                absl::StrCat("got days that areas[", earlier.index,
                             "] holds too, want one area of a kind on a day"));
  }
}

void CheckAreas(const v1::Location& location, const std::string& prefix, Violations& bad) {
  CheckCount(Path(prefix, "areas"), location.areas_size(), kMaxAreas, bad);
  std::vector<Membership> memberships;
  for (int index = 0; index < location.areas_size(); ++index) {
    const v1::AreaMembership& area = location.areas(index);
    const std::string field = Path(prefix, "areas", static_cast<size_t>(index));
    const absl::optional<names::Subject> subject =
        CheckSubject(Path(field, "area"), area.area(), names::SubjectKind::kArea, bad);
    const auto [from, before] =
        CheckRange(field, "from", area.from(), "before", area.before(), bad);
    if (!subject.has_value()) continue;
    memberships.push_back({subject->area_kind(), from, before, static_cast<size_t>(index)});
  }
  CheckOverlaps(std::move(memberships), prefix, bad);
}

v1::AreaKind KindOf(names::AreaKind kind) {
  switch (kind) {
    case names::AreaKind::kIcb:
      return v1::AREA_KIND_INTEGRATED_CARE_BOARD;
    case names::AreaKind::kRegion:
      return v1::AREA_KIND_REGION;
    case names::AreaKind::kLocalAuthority:
      return v1::AREA_KIND_LOCAL_AUTHORITY;
    case names::AreaKind::kSicbl:
      return v1::AREA_KIND_SUB_ICB_LOCATION;
  }
  return v1::AREA_KIND_UNSPECIFIED;
}

}  // namespace

void ValidateProvider(const v1::Provider& provider, const std::string& prefix, Violations& bad) {
  CheckSubject(Path(prefix, "name"), provider.name(), names::SubjectKind::kProvider, bad);
  CheckText(Path(prefix, "display_name"), provider.display_name(), kMaxDisplayName, bad);
  CheckText(Path(prefix, "ods_code"), provider.ods_code(), kMaxOdsCode, bad);
  CheckText(Path(prefix, "organisation_type"), provider.organisation_type(), kMaxOrganisationType,
            bad);
  CheckStatus(Path(prefix, "registration_status"), provider.registration_status(), bad);
  CheckDay(Path(prefix, "registration_date"), provider.registration_date(), bad);
  CheckDay(Path(prefix, "deregistration_date"), provider.deregistration_date(), bad);
  CheckText(Path(prefix, "etag"), provider.etag(), kMaxEtag, bad);
}

void ValidateLocation(const v1::Location& location, const std::string& prefix, Violations& bad) {
  CheckSubject(Path(prefix, "name"), location.name(), names::SubjectKind::kLocation, bad);
  CheckSubject(Path(prefix, "provider"), location.provider(), names::SubjectKind::kProvider, bad);
  CheckText(Path(prefix, "display_name"), location.display_name(), kMaxDisplayName, bad);
  CheckId(Path(prefix, "sector"), location.sector(), true, bad);
  CheckCount(Path(prefix, "service_types"), location.service_types_size(), kMaxServiceTypes, bad);
  for (int index = 0; index < location.service_types_size(); ++index) {
    CheckRequiredText(Path(prefix, "service_types", static_cast<size_t>(index)),
                      location.service_types(index), kMaxServiceType, bad);
  }
  CheckAreas(location, prefix, bad);
  CheckStatus(Path(prefix, "registration_status"), location.registration_status(), bad);
  CheckDay(Path(prefix, "registration_date"), location.registration_date(), bad);
  CheckDay(Path(prefix, "deregistration_date"), location.deregistration_date(), bad);
  CheckText(Path(prefix, "ods_code"), location.ods_code(), kMaxOdsCode, bad);
  CheckText(Path(prefix, "uprn"), location.uprn(), kMaxUprn, bad);
  CheckText(Path(prefix, "postcode"), location.postcode(), kMaxPostcode, bad);
  if (location.beds() < 0 || location.beds() > kMaxBeds) {
    bad.Add(Path(prefix, "beds"), location.beds(), absl::StrCat("0 to ", kMaxBeds));
  }
  CheckCount(Path(prefix, "flags"), location.flags_size(), kMaxFlags, bad);
  for (int index = 0; index < location.flags_size(); ++index) {
    const v1::Flag& flag = location.flags(index);
    const std::string field = Path(prefix, "flags", static_cast<size_t>(index));
    CheckId(Path(field, "id"), flag.id(), false, bad);
    CheckRange(field, "from", flag.from(), "before", flag.before(), bad);
  }
  CheckText(Path(prefix, "etag"), location.etag(), kMaxEtag, bad);
}

void ValidateService(const v1::Service& service, const std::string& prefix, Violations& bad) {
  CheckSubject(Path(prefix, "name"), service.name(), names::SubjectKind::kService, bad);
  CheckText(Path(prefix, "display_name"), service.display_name(), kMaxDisplayName, bad);
  CheckId(Path(prefix, "sector"), service.sector(), true, bad);
  CheckRange(prefix, "start_date", service.start_date(), "end_date", service.end_date(), bad);
  CheckText(Path(prefix, "etag"), service.etag(), kMaxEtag, bad);
}

void ValidateArea(const v1::Area& area, const std::string& prefix, Violations& bad) {
  const absl::optional<names::Subject> name =
      CheckSubject(Path(prefix, "name"), area.name(), names::SubjectKind::kArea, bad);
  if (name.has_value() && area.kind() != KindOf(name->area_kind())) {
    bad.Add(Path(prefix, "kind"), v1::AreaKind_Name(area.kind()),
            absl::StrCat(v1::AreaKind_Name(KindOf(name->area_kind())), ", as the name says"));
  }
  CheckText(Path(prefix, "display_name"), area.display_name(), kMaxDisplayName, bad);
  CheckText(Path(prefix, "ons_code"), area.ons_code(), kMaxOnsCode, bad);
  if (!area.parent().empty()) {
    CheckSubject(Path(prefix, "parent"), area.parent(), names::SubjectKind::kArea, bad);
  }
  CheckRange(prefix, "valid_from", area.valid_from(), "valid_before", area.valid_before(), bad);
  CheckCount(Path(prefix, "successors"), area.successors_size(), kMaxSuccessors, bad);
  for (int index = 0; index < area.successors_size(); ++index) {
    CheckSubject(Path(prefix, "successors", static_cast<size_t>(index)), area.successors(index),
                 names::SubjectKind::kArea, bad);
  }
  CheckCount(Path(prefix, "other_ons_codes"), area.other_ons_codes_size(), kMaxOtherOnsCodes, bad);
  for (int index = 0; index < area.other_ons_codes_size(); ++index) {
    CheckRequiredText(Path(prefix, "other_ons_codes", static_cast<size_t>(index)),
                      area.other_ons_codes(index), kMaxOnsCode, bad);
  }
  CheckText(Path(prefix, "etag"), area.etag(), kMaxEtag, bad);
}

}  // namespace assay::evidence
