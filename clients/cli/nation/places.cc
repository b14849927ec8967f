#include "clients/cli/nation/places.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace assay::nation {
namespace {

constexpr char kSocial[] = "adult-social-care";
constexpr char kSocialOrg[] = "Social Care Org";
constexpr char kIndependentOrg[] = "Independent Healthcare Org";
constexpr char kMedicalOrg[] = "Primary Medical Services";

// Shares follow the public register in broad strokes. Kinds that are never rated are left out.
constexpr ServiceKind kKinds[] = {
    {kSocial,
     kSocialOrg,
     "Residential homes",
     "residential-homes",
     28,
     6,
     60,
     {"House", "Lodge", "Court", "Grange"}},
    {kSocial,
     kSocialOrg,
     "Nursing homes",
     "nursing-homes",
     14,
     20,
     90,
     {"Nursing Home", "Manor", "Hall", "Park"}},
    {kSocial,
     kSocialOrg,
     "Homecare agencies",
     "homecare-agencies",
     26,
     0,
     0,
     {"Homecare", "Care at Home", "Community Care", "Support"}},
    {kSocial,
     kSocialOrg,
     "Supported living",
     "supported-living",
     7,
     0,
     0,
     {"Supported Living", "Close", "Mews", "Place"}},
    {kSocial,
     kSocialOrg,
     "Extra care housing services",
     "extra-care-housing",
     2,
     0,
     0,
     {"Extra Care", "Gardens", "Village", "Apartments"}},
    {kSocial,
     kSocialOrg,
     "Shared lives",
     "shared-lives",
     1,
     0,
     0,
     {"Shared Lives", "Shared Lives Scheme", "Family Placement", "Homeshare"}},
    {"general-practice",
     kMedicalOrg,
     "Doctors/Gps",
     "doctors-gps",
     13,
     0,
     0,
     {"Surgery", "Medical Centre", "Health Centre", "Practice"}},
    {"independent-health",
     kIndependentOrg,
     "Clinic",
     "clinic",
     4,
     0,
     0,
     {"Clinic", "Hospital", "Diagnostics", "Day Unit"}},
    {"community-health",
     kIndependentOrg,
     "Community services - Healthcare",
     "community-healthcare",
     1,
     0,
     0,
     {"Community Health", "Therapies", "Outreach", "Health Team"}},
    {"mental-health",
     kIndependentOrg,
     "Hospitals - Mental health/capacity",
     "mental-health",
     1,
     10,
     60,
     {"Hospital", "Recovery Centre", "Unit", "House"}},
    {"hospice",
     kIndependentOrg,
     "Hospice services",
     "hospice",
     1,
     8,
     30,
     {"Hospice", "Hospice at Home", "Palliative Care", "Day Hospice"}},
    {"substance-misuse",
     kIndependentOrg,
     "Residential substance misuse",
     "substance-misuse",
     1,
     6,
     25,
     {"Recovery", "Rehabilitation", "Retreat", "House"}},
    {"ambulance",
     kIndependentOrg,
     "Ambulance service",
     "ambulance",
     1,
     0,
     0,
     {"Ambulance", "Patient Transport", "Medical Transport", "Response"}},
};

constexpr const char* kFirstParts[] = {
    "Alder",  "Amber",  "Ash",    "Beech",  "Birch",   "Black",   "Bramble", "Bright", "Brook",
    "Cedar",  "Clover", "Copper", "Dove",   "Elm",     "Fern",    "Fox",     "Glen",   "Green",
    "Hawth",  "Hazel",  "Heath",  "Holly",  "Honey",   "Kestrel", "Lark",    "Laurel", "Lime",
    "Linden", "Maple",  "Marsh",  "Meadow", "Mill",    "Oak",     "Orchard", "Pine",   "Primrose",
    "Quarry", "River",  "Robin",  "Rose",   "Rowan",   "Sand",    "Silver",  "Sorrel", "Spring",
    "Stone",  "Summer", "Swan",   "Thorn",  "Thistle", "Violet",  "Walnut",  "West",   "White",
    "Willow", "Winter", "Wood",   "Wren",   "Yarrow",  "Yew"};
constexpr const char* kSecondParts[] = {
    "bank",  "bourne", "bridge", "brook", "bury",   "combe", "croft", "dale", "down", "field",
    "ford",  "gate",   "hill",   "holme", "hurst",  "lea",   "leigh", "mead", "mere", "mount",
    "ridge", "shaw",   "side",   "stead", "thorpe", "vale",  "view",  "well", "wick", "worth"};
constexpr const char* kCompanies[] = {"Care Limited",       "Care Group Limited",
                                      "Healthcare Limited", "Support Services Limited",
                                      "Partnership",        "Trust"};

template <std::size_t kCount>
const char* Draw(const char* const (&words)[kCount], Dice* dice) {
  return words[dice->Below(static_cast<std::uint32_t>(kCount))];
}

std::string Place(Dice* dice) {
  const char* first = Draw(kFirstParts, dice);
  return absl::StrCat(first, Draw(kSecondParts, dice));
}

bool CanHaveSeveral(const ServiceKind& kind) { return absl::string_view(kind.sector) == kSocial; }

}  // namespace

const ServiceKind& DrawKind(const std::vector<std::string>& sectors, Dice* dice) {
  std::vector<std::uint32_t> weights;
  for (const ServiceKind& kind : kKinds) {
    const bool known = std::find(sectors.begin(), sectors.end(), kind.sector) != sectors.end();
    weights.push_back(known ? kind.weight : 0);
  }
  return kKinds[dice->Weighted(weights)];
}

const ServiceKind* DrawFurtherKind(const std::vector<const ServiceKind*>& kinds, Dice* dice) {
  std::vector<std::uint32_t> weights;
  std::uint32_t sum = 0;
  for (const ServiceKind& kind : kKinds) {
    const bool taken = std::find(kinds.begin(), kinds.end(), &kind) != kinds.end();
    const bool fits = absl::string_view(kind.sector) == kinds.front()->sector && !taken;
    weights.push_back(fits && CanHaveSeveral(kind) ? kind.weight : 0);
    sum += weights.back();
  }
  return sum == 0 ? nullptr : &kKinds[dice->Weighted(weights)];
}

std::uint32_t SeveralServicesPerMille(const ServiceKind& kind) {
  std::uint32_t able = 0;
  std::uint32_t all = 0;
  for (const ServiceKind& each : kKinds) {
    all += each.weight;
    if (CanHaveSeveral(each)) able += each.weight;
  }
  return CanHaveSeveral(kind) ? 100 * all / able : 0;
}

std::string LocationName(const ServiceKind& kind, Dice* dice) {
  const std::string place = Place(dice);
  return absl::StrCat(place, " ", kind.suffixes[dice->Below(4)]);
}

std::string ProviderName(const ServiceKind& kind, Dice* dice) {
  const std::string place = Place(dice);
  if (absl::string_view(kind.organisation) == kMedicalOrg) {
    return absl::StrCat(place, " Partners");
  }
  return absl::StrCat(place, " ", Draw(kCompanies, dice));
}

}  // namespace assay::nation
