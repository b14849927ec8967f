// Where the made-up locations lie, what they do, and what they are called.
//
// Thread safety: pure but for the dice. Cost: some draws and short strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "clients/cli/nation/dice.h"

namespace assay::nation {

// One kind of service, as the regulator's interface calls it.
struct ServiceKind {
  const char* sector;        // sector id of the catalogue
  const char* organisation;  // type of the provider
  const char* service_type;  // published name of the service type
  const char* service;       // service id, where a location has several
  std::uint32_t weight;      // share of all locations, in hundredths; 0: only beside another
  std::int32_t least_beds;
  std::int32_t most_beds;   // 0: has no beds
  const char* suffixes[4];  // last words of names
};

// Draws among the kinds whose sector is in `sectors`, by weight. At least one sector must be known.
const ServiceKind& DrawKind(const std::vector<std::string>& sectors, Dice* dice);

// A second or third kind of service for a location with `kinds`; null where none fits.
const ServiceKind* DrawFurtherKind(const std::vector<const ServiceKind*>& kinds, Dice* dice);

// One location in ten has several services; only kinds that can have a second one count, so that
// their share is larger.
std::uint32_t SeveralServicesPerMille(const ServiceKind& kind);

// `Ashbrook Lodge`, `Larkmead Care Limited`. No list of real names was used.
std::string LocationName(const ServiceKind& kind, Dice* dice);
std::string ProviderName(const ServiceKind& kind, Dice* dice);

}  // namespace assay::nation
