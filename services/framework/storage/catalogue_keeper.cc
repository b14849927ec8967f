#include "services/framework/storage/catalogue_keeper.h"

#include <cstddef>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/errors/errors.h"

namespace assay::framework {
namespace {

// So many damaged versions are named to a caller; the log names all.
constexpr std::size_t kMostNamed = 3;

}  // namespace

absl::StatusOr<std::unique_ptr<CatalogueKeeper>> CatalogueKeeper::Open(Shipped shipped,
                                                                       VersionStore* store) {
  auto keeper = absl::WrapUnique(new CatalogueKeeper(std::move(shipped), store));
  if (store != nullptr) {
    const absl::StatusOr<std::int64_t> generation = store->Generation();
    if (!generation.ok()) return generation.status();
    keeper->generation_ = *generation;
    absl::StatusOr<HeldByName> held = keeper->ReadStore();
    if (!held.ok()) return held.status();
    keeper->held_ = *std::move(held);
  }
  absl::StatusOr<std::shared_ptr<const Catalogue>> merged = keeper->Merge(keeper->held_);
  if (!merged.ok()) return merged.status();
  keeper->holder_ = std::make_unique<CatalogueHolder>(*std::move(merged));
  return keeper;
}

VersionPtr CatalogueKeeper::FindShipped(absl::string_view name) const {
  for (const VersionPtr& version : shipped_.versions) {
    if (version->name() == name) return version;
  }
  return nullptr;
}

absl::StatusOr<CatalogueKeeper::HeldByName> CatalogueKeeper::ReadStore() const {
  const absl::StatusOr<std::vector<HeldVersion>> all = store_->ReadAll();
  if (!all.ok()) return all.status();
  HeldByName held;
  for (const HeldVersion& one : *all) {
    absl::StatusOr<VersionPtr> version = Serve(one);
    // The revision of a damaged row may be anything.
    held[one.name] = version.ok() ? Held{one.revision, *std::move(version), absl::OkStatus()}
                                  : Held{0, nullptr, version.status()};
  }
  return held;
}

absl::StatusOr<std::shared_ptr<const Catalogue>> CatalogueKeeper::Merge(
    const HeldByName& held) const {
  std::vector<VersionPtr> versions;
  DamagedVersions damaged;
  for (const auto& [name, one] : held) {
    if (one.version != nullptr) {
      versions.push_back(one.version);
    } else {
      damaged.emplace(name, one.damage);
    }
  }
  return MergeCatalogue(shipped_.versions, versions, shipped_.crosswalks, std::move(damaged));
}

absl::Status CatalogueKeeper::DamageIn(const HeldByName& held) {
  std::vector<std::string> names;
  std::vector<std::string> details;
  for (const auto& [name, one] : held) {
    if (one.damage.ok()) continue;
    if (names.size() < kMostNamed) names.push_back(name);
    details.push_back(absl::StrCat(name, ": ", errors::PrivateDetail(one.damage)));
  }
  if (details.empty()) return absl::OkStatus();
  if (details.size() > names.size()) {
    names.push_back(absl::StrCat(details.size() - names.size(), " more"));
  }
  return errors::Corrupt(absl::StrCat("the framework store, in ", absl::StrJoin(names, ", "), ","),
                         absl::StrJoin(details, "; "));
}

absl::Status CatalogueKeeper::Check() const {
  if (store_ == nullptr) return absl::OkStatus();
  const absl::Status store = store_->Check();
  if (!store.ok()) return store;
  const std::lock_guard<std::mutex> lock(mutex_);
  return DamageIn(held_);
}

absl::Status CatalogueKeeper::Put(const HeldVersion& written) {
  absl::StatusOr<VersionPtr> version = Serve(written);
  if (!version.ok()) return version.status();
  const std::lock_guard<std::mutex> lock(mutex_);
  // What cannot be merged is not held either, or every later write would fail with it.
  HeldByName next = held_;
  Held& held = next[written.name];
  if (held.revision >= written.revision) return absl::OkStatus();
  held = Held{written.revision, *std::move(version), absl::OkStatus()};
  absl::StatusOr<std::shared_ptr<const Catalogue>> merged = Merge(next);
  if (!merged.ok()) return merged.status();
  held_ = std::move(next);
  holder_->Replace(*std::move(merged));
  return absl::OkStatus();
}

absl::Status CatalogueKeeper::Refresh() {
  if (store_ == nullptr) return absl::OkStatus();
  // Before the reading, so that a write between the two is seen next time.
  const absl::StatusOr<std::int64_t> generation = store_->Generation();
  if (!generation.ok()) return generation.status();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (*generation == generation_) return absl::OkStatus();
  }
  absl::StatusOr<HeldByName> read = ReadStore();
  if (!read.ok()) return read.status();
  const std::lock_guard<std::mutex> lock(mutex_);
  HeldByName fresh;
  for (const auto& [name, one] : *read) {
    const auto known = held_.find(name);
    if (!one.damage.ok() && (known == held_.end() || known->second.damage.ok())) {
      fresh.emplace(name, one);
    }
  }
  for (const auto& [name, known] : held_) {
    Held& held = (*read)[name];
    const absl::Status damage = held.damage;
    if (held.revision < known.revision) held = known;  // written since, or damaged
    if (!damage.ok()) held.damage = damage;
  }
  absl::StatusOr<std::shared_ptr<const Catalogue>> merged = Merge(*read);
  if (!merged.ok()) return merged.status();
  holder_->Replace(*std::move(merged));
  held_ = *std::move(read);
  generation_ = *generation;
  return DamageIn(fresh);
}

}  // namespace assay::framework
