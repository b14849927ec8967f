#include "services/framework/api/catalogue_reads.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/common/errors/framework_errors.h"
#include "services/common/errors/violations.h"
#include "services/common/paging/page_token.h"
#include "services/common/version/diff.h"
#include "services/framework/api/list_combinations.h"
#include "services/framework/api/pages.h"
#include "services/framework/api/requests.h"
#include "services/framework/core/held_version.h"
#include "services/framework/core/select.h"

namespace assay::framework {
namespace {

using errors::ResourceType;
using errors::Violations;

// One part of a version: its name is checked, the version found, the part looked up and copied.
template <class Part, class Find>
absl::Status GetPart(const Catalogue& catalogue, const std::string& name,
                     absl::string_view collection, ResourceType type, Find find, Part* reply) {
  Violations bad;
  const PartName parsed = CheckPartName(name, collection, bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto version = catalogue.GetVersion(parsed.version);
  if (!version.ok()) return version.status();
  const Part* part = find((*version)->index(), parsed.part);
  if (part == nullptr) return errors::NotFound(type, name);
  *reply = *part;
  return absl::OkStatus();
}

// Copies one page of `entries` into `out`. `key_of` gives an entry's unique key.
template <class Request, class Entries, class KeyOf, class Out>
absl::Status FillPage(absl::string_view method, const Request& request, std::int32_t page_size,
                      const Entries& entries, KeyOf key_of, Out out, std::string* next) {
  const auto query = FingerprintOf(method, request);
  if (!query.ok()) return query.status();
  absl::StatusOr<Page> page =
      PageOf(*query, request.page_token(), static_cast<std::size_t>(page_size), entries.size(),
             [&](std::size_t i) { return std::string(key_of(*entries[i])); });
  if (!page.ok()) return page.status();
  for (std::size_t i = page->begin; i < page->end; ++i) out(*entries[i]);
  *next = std::move(page->next_page_token);
  return absl::OkStatus();
}

template <class Repeated>
auto PointersTo(const Repeated& list) {
  std::vector<decltype(&*list.begin())> pointers;
  pointers.reserve(static_cast<std::size_t>(list.size()));
  for (const auto& entry : list) pointers.push_back(&entry);
  return pointers;
}

constexpr auto kIdOf = [](const auto& part) { return part.id(); };

// A list of a version's parts that has no filter: groups, categories.
template <class Request, class PartsOf, class Reply>
absl::Status ListParts(const Catalogue& catalogue, absl::string_view method, const Request& request,
                       PartsOf parts_of, Reply add, std::string* next) {
  Violations bad;
  CheckVersionName("parent", request.parent(), bad);
  const std::int32_t size = paging::ResolvePageSize(request.page_size(), kPageSizes, bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto version = catalogue.GetVersion(request.parent());
  if (!version.ok()) return version.status();
  return FillPage(method, request, size, PointersTo(parts_of((*version)->message())), kIdOf, add,
                  next);
}

// What ListVersions shows where it is not told: everything but the long lists.
google::protobuf::FieldMask BriefMask() {
  google::protobuf::FieldMask mask;
  for (const char* path :
       {"name", "display_name", "framework_display_name", "publisher", "effective_from",
        "effective_before", "notes", "state", "model_digest", "digest", "publish_time", "etag",
        "withdraw_time", "withdraw_reason", "draft"}) {
    mask.add_paths(path);
  }
  return mask;
}

}  // namespace

absl::Status CatalogueReads::GetFramework(const v1::GetFrameworkRequest& request,
                                          v1::Framework* reply) const {
  Violations bad;
  CheckFrameworkName("name", request.name(), false, bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  const v1::Framework* found = catalogue->FindFramework(request.name());
  if (found == nullptr) return errors::NotFound(ResourceType::kFramework, request.name());
  *reply = *found;
  return absl::OkStatus();
}

absl::Status CatalogueReads::ListFrameworks(const v1::ListFrameworksRequest& request,
                                            v1::ListFrameworksResponse* reply) const {
  Violations bad;
  const std::int32_t size = paging::ResolvePageSize(request.page_size(), kPageSizes, bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  return FillPage(
      "FrameworkService.ListFrameworks", request, size, PointersTo(catalogue->frameworks()),
      [](const v1::Framework& framework) { return framework.name(); },
      [&](const v1::Framework& framework) { *reply->add_frameworks() = framework; },
      reply->mutable_next_page_token());
}

absl::Status CatalogueReads::GetVersion(const v1::GetVersionRequest& request,
                                        v1::FrameworkVersion* reply) const {
  Violations bad;
  CheckVersionName("name", request.name(), bad);
  CheckReadMask(request.read_mask(), bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  const auto version = catalogue->GetVersion(request.name());
  if (!version.ok()) return version.status();
  *reply = Masked((*version)->message(), request.read_mask());
  return absl::OkStatus();
}

absl::Status CatalogueReads::ListVersions(const v1::ListVersionsRequest& request,
                                          v1::ListVersionsResponse* reply) const {
  Violations bad;
  CheckFrameworkName("parent", request.parent(), true, bad);
  CheckReadMask(request.read_mask(), bad);
  const std::int32_t size = paging::ResolvePageSize(request.page_size(), kPageSizes, bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  std::vector<const CatalogueVersion*> versions;
  if (request.parent() == "frameworks/-") {
    for (const auto& version : catalogue->versions()) versions.push_back(version.get());
  } else if (catalogue->FindFramework(request.parent()) == nullptr) {
    return errors::NotFound(ResourceType::kFramework, request.parent());
  } else {
    versions = catalogue->VersionsOf(request.parent());
  }
  const bool brief = request.read_mask().paths().empty();
  const google::protobuf::FieldMask mask = brief ? BriefMask() : request.read_mask();
  return FillPage(
      "FrameworkService.ListVersions", request, size, versions,
      [](const CatalogueVersion& version) { return version.message().name(); },
      [&](const CatalogueVersion& version) {
        *reply->add_versions() = Masked(version.message(), mask);
      },
      reply->mutable_next_page_token());
}

absl::Status CatalogueReads::GetItem(const v1::GetItemRequest& request, v1::Item* reply) const {
  const auto catalogue = holder_->Current();
  return GetPart(
      *catalogue, request.name(), "items", ResourceType::kItem,
      [](const version::VersionIndex& index, const std::string& part) { return index.Item(part); },
      reply);
}

absl::Status CatalogueReads::ListItems(const v1::ListItemsRequest& request,
                                       v1::ListItemsResponse* reply) const {
  Violations bad;
  CheckVersionName("parent", request.parent(), bad);
  const std::int32_t size = paging::ResolvePageSize(request.page_size(), kPageSizes, bad);
  const auto catalogue = holder_->Current();
  const CatalogueVersion* known = catalogue->FindVersion(request.parent());
  if (known != nullptr && !request.group().empty() &&
      known->index().Group(request.group()) == nullptr) {
    bad.Add("group", request.group(), "the id of one of the version's groups");
  }
  if (!bad.empty()) return bad.ToStatus();
  const auto version = catalogue->GetVersion(request.parent());
  if (!version.ok()) return version.status();
  std::vector<const v1::Item*> items;
  for (const v1::Item& item : (*version)->message().items()) {
    if (request.group().empty() || item.group() == request.group()) items.push_back(&item);
  }
  return FillPage(
      "FrameworkService.ListItems", request, size, items, kIdOf,
      [&](const v1::Item& item) { *reply->add_items() = item; }, reply->mutable_next_page_token());
}

absl::Status CatalogueReads::GetGroup(const v1::GetGroupRequest& request, v1::Group* reply) const {
  const auto catalogue = holder_->Current();
  return GetPart(
      *catalogue, request.name(), "groups", ResourceType::kKeyQuestion,
      [](const version::VersionIndex& index, const std::string& part) { return index.Group(part); },
      reply);
}

absl::Status CatalogueReads::ListGroups(const v1::ListGroupsRequest& request,
                                        v1::ListGroupsResponse* reply) const {
  const auto catalogue = holder_->Current();
  return ListParts(
      *catalogue, "FrameworkService.ListGroups", request,
      [](const v1::FrameworkVersion& version) -> const auto& { return version.groups(); },
      [&](const v1::Group& group) { *reply->add_groups() = group; },
      reply->mutable_next_page_token());
}

absl::Status CatalogueReads::GetEvidenceCategory(const v1::GetEvidenceCategoryRequest& request,
                                                 v1::EvidenceCategory* reply) const {
  const auto catalogue = holder_->Current();
  return GetPart(
      *catalogue, request.name(), "categories", ResourceType::kEvidenceCategory,
      [](const version::VersionIndex& index, const std::string& part) {
        return index.Category(part);
      },
      reply);
}

absl::Status CatalogueReads::ListEvidenceCategories(
    const v1::ListEvidenceCategoriesRequest& request,
    v1::ListEvidenceCategoriesResponse* reply) const {
  const auto catalogue = holder_->Current();
  return ListParts(
      *catalogue, "FrameworkService.ListEvidenceCategories", request,
      [](const v1::FrameworkVersion& version) -> const auto& { return version.categories(); },
      [&](const v1::EvidenceCategory& category) { *reply->add_categories() = category; },
      reply->mutable_next_page_token());
}

absl::StatusOr<std::shared_ptr<const std::string>> CatalogueReads::GetScoringModel(
    const v1::GetScoringModelRequest& request) const {
  Violations bad;
  CheckVersionName("name", request.name(), bad);
  CheckDigest("if_digest_not", request.if_digest_not(), bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  const auto version = catalogue->GetVersion(request.name());
  if (!version.ok()) return version.status();
  const v1::FrameworkVersion& message = (*version)->message();
  if (IsDraft(message.state())) return errors::VersionNotPublished(request.name());
  if (message.model_digest() != request.if_digest_not()) return (*version)->ModelAnswer();
  v1::GetScoringModelResponse same;
  same.set_model_digest(message.model_digest());
  same.set_not_modified(true);
  return std::make_shared<const std::string>(same.SerializeAsString());
}

absl::Status CatalogueReads::GetCrosswalk(const v1::GetCrosswalkRequest& request,
                                          v1::Crosswalk* reply) const {
  Violations bad;
  const PartName parsed = CheckPartName(request.name(), "crosswalks", bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  const auto version = catalogue->GetVersion(parsed.version);
  if (!version.ok()) return version.status();
  for (const auto& crosswalk : catalogue->crosswalks()) {
    if (crosswalk->name() != request.name()) continue;
    *reply = *crosswalk;
    return absl::OkStatus();
  }
  return errors::NotFound(ResourceType::kCrosswalk, request.name());
}

absl::Status CatalogueReads::ListCrosswalks(const v1::ListCrosswalksRequest& request,
                                            v1::ListCrosswalksResponse* reply) const {
  Violations bad;
  CheckVersionName("parent", request.parent(), bad);
  const std::int32_t size = paging::ResolvePageSize(request.page_size(), kPageSizes, bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  const auto version = catalogue->GetVersion(request.parent());
  if (!version.ok()) return version.status();
  std::vector<const v1::Crosswalk*> crosswalks;
  for (const auto& crosswalk : catalogue->crosswalks()) {
    if (crosswalk->target_version() == request.parent()) crosswalks.push_back(crosswalk.get());
  }
  return FillPage(
      "FrameworkService.ListCrosswalks", request, size, crosswalks,
      [](const v1::Crosswalk& crosswalk) { return crosswalk.name(); },
      [&](const v1::Crosswalk& crosswalk) { *reply->add_crosswalks() = crosswalk; },
      reply->mutable_next_page_token());
}

absl::Status CatalogueReads::SelectVersion(const v1::SelectVersionRequest& request,
                                           v1::SelectVersionResponse* reply) const {
  Violations bad;
  CheckFrameworkName("parent", request.parent(), true, bad);
  CheckSector("sector", request.sector(), bad);
  absl::StatusOr<clock::Day> day = clock::DayFromProto(request.assessment_start());
  if (!day.ok()) bad.AddText("assessment_start", day.status().message());
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  const bool any = request.parent() == "frameworks/-";
  if (!any && catalogue->FindFramework(request.parent()) == nullptr) {
    return errors::NotFound(ResourceType::kFramework, request.parent());
  }
  const std::vector<const CatalogueVersion*> found =
      InForce(*catalogue, request.parent(), request.sector(), *day);
  if (found.empty()) {
    return errors::VersionNotInForce(request.parent(), day->ToString(), request.sector());
  }
  if (request.sector().empty() && AreAmbiguous(found)) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < found.size() && i < kMaxNamedVersions; ++i) {
      names.push_back(found[i]->message().name());
    }
    return errors::VersionAmbiguous(day->ToString(), names);
  }
  reply->set_version(found.front()->message().name());
  for (std::size_t i = 1; i < found.size() && i <= kMaxAlsoInForce; ++i) {
    reply->add_also_in_force(found[i]->message().name());
  }
  return absl::OkStatus();
}

absl::Status CatalogueReads::DiffVersions(const v1::DiffVersionsRequest& request,
                                          v1::DiffVersionsResponse* reply) const {
  Violations bad;
  CheckVersionName("base", request.base(), bad);
  CheckVersionName("target", request.target(), bad);
  if (!bad.empty()) return bad.ToStatus();
  const auto catalogue = holder_->Current();
  const auto base = catalogue->GetVersion(request.base());
  if (!base.ok()) return base.status();
  const auto target = catalogue->GetVersion(request.target());
  if (!target.ok()) return target.status();
  *reply = version::Diff((*base)->message(), (*target)->message());
  return absl::OkStatus();
}

absl::Status CatalogueReads::ListCombinations(const v1::ListCombinationsRequest& request,
                                              v1::ListCombinationsResponse* reply) const {
  return framework::ListCombinations(*holder_->Current(), &compiled_, request, reply);
}

}  // namespace assay::framework
