#include "services/framework/core/catalogue.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "assay/framework/v1/framework_service.pb.h"
#include "services/common/errors/errors.h"

namespace assay::framework {
namespace {

std::string FrameworkNameOf(const v1::FrameworkVersion& version) {
  return version.name().substr(0, version.name().find("/versions/"));
}

}  // namespace

// What rating needs: everything that the model digest covers, and when the version is in force.
std::shared_ptr<const std::string> CatalogueVersion::ModelAnswer() const {
  std::call_once(once_, [this] {
    v1::GetScoringModelResponse answer;
    answer.set_model_digest(version_->model_digest());
    v1::FrameworkVersion& part = *answer.mutable_version();
    part.set_name(version_->name());
    if (version_->has_effective_from()) *part.mutable_effective_from() = version_->effective_from();
    if (version_->has_effective_before()) {
      *part.mutable_effective_before() = version_->effective_before();
    }
    *part.mutable_groups() = version_->groups();
    *part.mutable_items() = version_->items();
    *part.mutable_categories() = version_->categories();
    *part.mutable_sectors() = version_->sectors();
    *part.mutable_regulation_links() = version_->regulation_links();
    *part.mutable_scoring_model() = version_->scoring_model();
    part.set_state(version_->state());
    part.set_model_digest(version_->model_digest());
    part.set_draft(version_->draft());
    model_answer_ = std::make_shared<const std::string>(answer.SerializeAsString());
  });
  return model_answer_;
}

Catalogue::Catalogue(const std::vector<std::shared_ptr<const v1::FrameworkVersion>>& versions,
                     std::vector<std::shared_ptr<const v1::Crosswalk>> crosswalks,
                     DamagedVersions damaged)
    : crosswalks_(std::move(crosswalks)), damaged_(std::move(damaged)) {
  for (const std::shared_ptr<const v1::FrameworkVersion>& version : versions) {
    versions_.push_back(std::make_unique<const CatalogueVersion>(version));
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

absl::StatusOr<const CatalogueVersion*> Catalogue::GetVersion(const std::string& name) const {
  const CatalogueVersion* found = FindVersion(name);
  if (found != nullptr) return found;
  const auto damaged = damaged_.find(name);
  if (damaged != damaged_.end()) return damaged->second;
  const std::string framework = name.substr(0, name.find("/versions/"));
  if (FindFramework(framework) == nullptr) {
    return errors::NotFound(errors::ResourceType::kFramework, framework);
  }
  return errors::NotFound(errors::ResourceType::kFrameworkVersion, name);
}

std::vector<const CatalogueVersion*> Catalogue::VersionsOf(absl::string_view framework) const {
  std::vector<const CatalogueVersion*> found;
  for (const auto& version : versions_) {
    if (FrameworkNameOf(version->message()) == framework) found.push_back(version.get());
  }
  return found;
}

}  // namespace assay::framework
