#include "services/common/version/version_index.h"

#include <string>

namespace assay::version {
namespace {

template <class Map>
auto Find(const Map& map, absl::string_view key) -> typename Map::mapped_type {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

VersionIndex::VersionIndex(const framework::v1::FrameworkVersion& version) {
  for (const framework::v1::Item& item : version.items()) {
    for (const std::string* key : {&item.id(), &item.code(), &item.api_id()}) {
      if (!key->empty()) items_.emplace(*key, &item);
    }
  }
  for (const framework::v1::Group& group : version.groups()) groups_.emplace(group.id(), &group);
  for (const framework::v1::EvidenceCategory& category : version.categories()) {
    categories_.emplace(category.id(), &category);
  }
}

const framework::v1::Item* VersionIndex::Item(absl::string_view id_or_code) const {
  return Find(items_, id_or_code);
}

const framework::v1::Group* VersionIndex::Group(absl::string_view id) const {
  return Find(groups_, id);
}

const framework::v1::EvidenceCategory* VersionIndex::Category(absl::string_view id) const {
  return Find(categories_, id);
}

}  // namespace assay::version
