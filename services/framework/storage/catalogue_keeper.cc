#include "services/framework/storage/catalogue_keeper.h"

#include <utility>

#include "absl/memory/memory.h"

namespace assay::framework {

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
    if (!version.ok()) return version.status();
    held[one.name] = Held{one.revision, *std::move(version)};
  }
  return held;
}

absl::StatusOr<std::shared_ptr<const Catalogue>> CatalogueKeeper::Merge(
    const HeldByName& held) const {
  std::vector<VersionPtr> versions;
  for (const auto& [name, one] : held) versions.push_back(one.version);
  return MergeCatalogue(shipped_.versions, versions, shipped_.crosswalks);
}

absl::Status CatalogueKeeper::Put(const HeldVersion& written) {
  absl::StatusOr<VersionPtr> version = Serve(written);
  if (!version.ok()) return version.status();
  const std::lock_guard<std::mutex> lock(mutex_);
  // What cannot be merged is not held either, or every later write would fail with it.
  HeldByName next = held_;
  Held& held = next[written.name];
  if (held.revision >= written.revision) return absl::OkStatus();
  held = Held{written.revision, *std::move(version)};
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
  for (const auto& [name, known] : held_) {
    Held& held = (*read)[name];
    if (held.revision < known.revision) held = known;  // written since
  }
  absl::StatusOr<std::shared_ptr<const Catalogue>> merged = Merge(*read);
  if (!merged.ok()) return merged.status();
  holder_->Replace(*std::move(merged));
  held_ = *std::move(read);
  generation_ = *generation;
  return absl::OkStatus();
}

}  // namespace assay::framework
