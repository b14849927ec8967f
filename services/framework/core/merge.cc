#include "services/framework/core/merge.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/clock/day.h"
#include "services/common/clock/day_proto.h"
#include "services/framework/core/held_version.h"

namespace assay::framework {
namespace {

clock::Day FirstDay(const v1::FrameworkVersion& version) {
  if (!version.has_effective_from()) return clock::Day::Max();
  const absl::StatusOr<clock::Day> day = clock::DayFromProto(version.effective_from());
  return day.ok() ? *day : clock::Day::Max();
}

std::string FrameworkOf(const v1::FrameworkVersion& version) {
  return version.name().substr(0, version.name().find("/versions/"));
}

VersionPtr InState(const VersionPtr& version, v1::VersionState state) {
  if (version->state() == state) return version;
  auto changed = std::make_shared<v1::FrameworkVersion>(*version);
  changed->set_state(state);
  return changed;
}

VersionPtr WithWithdrawal(const VersionPtr& shipped, const v1::FrameworkVersion& held) {
  auto changed = std::make_shared<v1::FrameworkVersion>(*shipped);
  changed->set_state(v1::VERSION_STATE_WITHDRAWN);
  *changed->mutable_withdraw_time() = held.withdraw_time();
  changed->set_withdraw_reason(held.withdraw_reason());
  return changed;
}

// Whether assessments may come to it: nothing else supersedes or is superseded.
bool InUse(const v1::FrameworkVersion& version) {
  return (version.state() == v1::VERSION_STATE_PUBLISHED ||
          version.state() == v1::VERSION_STATE_SUPERSEDED) &&
         version.has_effective_from();
}

// `versions` are in order. From the last one back: the first in use of a framework is published.
void MarkSuperseded(std::vector<VersionPtr>* versions) {
  std::string published;
  for (std::size_t i = versions->size(); i-- > 0;) {
    VersionPtr& version = (*versions)[i];
    if (!InUse(*version)) continue;
    const std::string framework = FrameworkOf(*version);
    version = InState(version, framework == published ? v1::VERSION_STATE_SUPERSEDED
                                                      : v1::VERSION_STATE_PUBLISHED);
    published = framework;
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Catalogue>> MergeCatalogue(
    const std::vector<VersionPtr>& shipped, const std::vector<VersionPtr>& held,
    std::vector<CrosswalkPtr> crosswalks, DamagedVersions damaged) {
  std::map<std::string, VersionPtr> by_name;
  for (const VersionPtr& version : shipped) by_name.emplace(version->name(), version);
  for (const VersionPtr& version : held) {
    const auto [place, fresh] = by_name.emplace(version->name(), version);
    if (fresh || IsDraft(version->state())) continue;
    if (version->state() == v1::VERSION_STATE_WITHDRAWN) {
      place->second = WithWithdrawal(place->second, *version);
    } else if (version->digest() != place->second->digest()) {
      return absl::FailedPreconditionError(absl::StrCat(
          version->name(), " was published to the store with the digest ", version->digest(),
          ", but the catalogue directory holds it with the digest ", place->second->digest(),
          "; a published version never changes: give the file another version, or take it away"));
    }
  }
  std::vector<VersionPtr> versions;
  for (const auto& [name, version] : by_name) versions.push_back(version);
  std::sort(versions.begin(), versions.end(), [](const VersionPtr& a, const VersionPtr& b) {
    return std::make_tuple(FrameworkOf(*a), FirstDay(*a), a->name()) <
           std::make_tuple(FrameworkOf(*b), FirstDay(*b), b->name());
  });
  MarkSuperseded(&versions);
  return std::make_shared<const Catalogue>(versions, std::move(crosswalks), std::move(damaged));
}

}  // namespace assay::framework
