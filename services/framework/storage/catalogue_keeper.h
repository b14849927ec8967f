#pragma once

// Keeps the catalogue in force: what was shipped, and over it what a store holds.
//
// Thread safety: all methods from any thread. Ownership: owns the holder that readers borrow;
// borrows the store. Cost: Open and Refresh parse and digest every stored version, milliseconds
// each; Put makes the look-ups of all versions anew, microseconds each.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/framework/core/catalogue_holder.h"
#include "services/framework/core/held_version.h"
#include "services/framework/core/merge.h"
#include "services/framework/storage/catalogue_files.h"
#include "services/framework/storage/version_store.h"

namespace assay::framework {

class CatalogueKeeper {
 public:
  // `store` may be null. A stored version that is damaged is set aside: it is listed nowhere, its
  // readers are told so, and the rest serves. One that was shipped serves as it was shipped, its
  // withdrawal, if there was one, being lost. Errors: those of the store; FAILED_PRECONDITION where
  // the store and the shipped files contradict.
  static absl::StatusOr<std::unique_ptr<CatalogueKeeper>> Open(Shipped shipped,
                                                               VersionStore* store);
  CatalogueKeeper(const CatalogueKeeper&) = delete;
  CatalogueKeeper& operator=(const CatalogueKeeper&) = delete;

  const CatalogueHolder& holder() const { return *holder_; }
  // Null: there is none.
  VersionStore* store() const { return store_; }
  // The shipped version of this name, null where there is none.
  VersionPtr FindShipped(absl::string_view name) const;

  // Puts a version in force that has just been written. One that is older than what is known is
  // passed over.
  absl::Status Put(const HeldVersion& written);

  // Takes over what other processes have written, if anything. On an error the old catalogue goes
  // on serving. DATA_LOSS where something of it is damaged and was not before: the rest is in
  // force, and of a version that was known whole the old one goes on serving.
  absl::Status Refresh();

  // How the store is, for health: what its own Check() says; DATA_LOSS naming the versions that are
  // set aside, with the fault of each in the private detail. OK where there is no store.
  absl::Status Check() const;

 private:
  struct Held {
    std::int64_t revision = 0;
    VersionPtr version;   // the last that was whole; null: none
    absl::Status damage;  // of the row as it is now
  };
  using HeldByName = std::map<std::string, Held, std::less<>>;

  CatalogueKeeper(Shipped shipped, VersionStore* store)
      : shipped_(std::move(shipped)), store_(store) {}

  absl::StatusOr<HeldByName> ReadStore() const;
  absl::StatusOr<std::shared_ptr<const Catalogue>> Merge(const HeldByName& held) const;
  // DATA_LOSS naming those that are damaged; OK where none is.
  static absl::Status DamageIn(const HeldByName& held);

  const Shipped shipped_;
  VersionStore* const store_;
  std::unique_ptr<CatalogueHolder> holder_;
  mutable std::mutex mutex_;
  HeldByName held_;              // guarded by mutex_
  std::int64_t generation_ = 0;  // guarded by mutex_; of the last ReadStore
};

}  // namespace assay::framework
