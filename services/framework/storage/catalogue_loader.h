#pragma once

// From a store to the catalogue in force: all or nothing.
//
// Thread safety: from any thread; two reloads at once may end in either order.
// Cost: reads the whole store and compiles every version, milliseconds each.

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/framework/core/catalogue.h"
#include "services/framework/core/catalogue_holder.h"
#include "services/framework/storage/version_store.h"

namespace assay::framework {

// The catalogue that `store` holds. INVALID_ARGUMENT with every fault of every file, one a line
// with file, line and column, where there is any.
absl::StatusOr<std::shared_ptr<const Catalogue>> LoadCatalogue(const VersionStore& store);

// Puts what `store` holds into force. On a fault the old catalogue goes on serving, and the fault
// is returned.
absl::Status ReloadCatalogue(const VersionStore& store, CatalogueHolder* holder);

}  // namespace assay::framework
