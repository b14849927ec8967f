#include "services/framework/core/select.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/clock/day_proto.h"
#include "services/common/text/spelling.h"

namespace assay::framework {
namespace {

bool IsSelectable(const v1::FrameworkVersion& version) {
  return version.state() == v1::VERSION_STATE_PUBLISHED ||
         version.state() == v1::VERSION_STATE_SUPERSEDED;
}

// effective_from <= day < effective_before; a version without a first day is never in force.
bool Covers(const v1::FrameworkVersion& version, clock::Day day) {
  if (!version.has_effective_from()) return false;
  const absl::StatusOr<clock::Day> from = clock::DayFromProto(version.effective_from());
  if (!from.ok() || day < *from) return false;
  if (!version.has_effective_before()) return true;
  const absl::StatusOr<clock::Day> before = clock::DayFromProto(version.effective_before());
  return before.ok() && day < *before;
}

bool Lists(const v1::FrameworkVersion& version, absl::string_view sector) {
  const std::string wanted = text::FoldSector(sector);
  for (const v1::Sector& known : version.sectors()) {
    if (text::FoldSector(known.id()) == wanted) return true;
    if (text::FoldSector(known.display_name()) == wanted) return true;
    for (const std::string& alias : known.aliases()) {
      if (text::FoldSector(alias) == wanted) return true;
    }
  }
  return false;
}

struct Candidate {
  const CatalogueVersion* version = nullptr;
  bool listed = false;
  std::int32_t from = 0;
  std::int64_t published = 0;

  // Smaller is better.
  auto Rank() const {
    return std::make_tuple(!listed, -std::int64_t{from}, -published,
                           absl::string_view(version->message().name()));
  }
};

}  // namespace

std::vector<const CatalogueVersion*> InForce(const Catalogue& catalogue,
                                             absl::string_view framework, absl::string_view sector,
                                             clock::Day assessment_start) {
  const std::string prefix = absl::StrCat(framework, "/versions/");
  std::vector<Candidate> candidates;
  for (const auto& version : catalogue.versions()) {
    const v1::FrameworkVersion& message = version->message();
    if (framework != "frameworks/-" && !absl::StartsWith(message.name(), prefix)) continue;
    if (!IsSelectable(message) || !Covers(message, assessment_start)) continue;
    Candidate candidate;
    candidate.version = version.get();
    candidate.listed = !sector.empty() && Lists(message, sector);
    if (!sector.empty() && !candidate.listed && message.sectors_size() > 0) continue;
    candidate.from = clock::DayFromProto(message.effective_from())->days_since_1970();
    candidate.published = message.publish_time().seconds();
    candidates.push_back(candidate);
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.Rank() < b.Rank(); });
  std::vector<const CatalogueVersion*> found;
  for (const Candidate& candidate : candidates) found.push_back(candidate.version);
  return found;
}

bool AreAmbiguous(const std::vector<const CatalogueVersion*>& found) {
  const auto framework_of = [](const CatalogueVersion* version) {
    const std::string& name = version->message().name();
    return absl::string_view(name).substr(0, name.find("/versions/"));
  };
  return std::any_of(found.begin(), found.end(), [&](const CatalogueVersion* version) {
    return framework_of(version) != framework_of(found.front());
  });
}

}  // namespace assay::framework
