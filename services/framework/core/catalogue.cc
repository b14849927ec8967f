#include "services/framework/core/catalogue.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace assay::framework {
namespace {

std::string FrameworkNameOf(const v1::FrameworkVersion& version) {
  return version.name().substr(0, version.name().find("/versions/"));
}

}  // namespace

Catalogue::Catalogue(const std::vector<version::LoadedVersion>& versions) {
  for (const version::LoadedVersion& loaded : versions) {
    versions_.push_back(std::make_unique<const CatalogueVersion>(loaded.version));
    const v1::FrameworkVersion& message = versions_.back()->message();
    version_by_name_.emplace(message.name(), versions_.back().get());
    const std::string name = FrameworkNameOf(message);
    const auto [place, fresh] = framework_by_name_.emplace(name, frameworks_.size());
    if (fresh) {
      v1::Framework framework;
      framework.set_name(name);
      framework.set_display_name(message.framework_display_name());
      framework.set_publisher(message.publisher());
      frameworks_.push_back(std::move(framework));
    }
    frameworks_[place->second].add_versions(message.name());
  }
}

const v1::Framework* Catalogue::FindFramework(absl::string_view name) const {
  const auto found = framework_by_name_.find(name);
  return found == framework_by_name_.end() ? nullptr : &frameworks_[found->second];
}

const CatalogueVersion* Catalogue::FindVersion(absl::string_view name) const {
  const auto found = version_by_name_.find(name);
  return found == version_by_name_.end() ? nullptr : found->second;
}

std::vector<const CatalogueVersion*> Catalogue::VersionsOf(absl::string_view framework) const {
  std::vector<const CatalogueVersion*> found;
  for (const auto& version : versions_) {
    if (FrameworkNameOf(version->message()) == framework) found.push_back(version.get());
  }
  return found;
}

}  // namespace assay::framework
