#pragma once

// The engine that a service's --store names.
//
// Thread safety: pure but for the disk. Cost: that of opening the store.

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "services/common/clock/clock.h"
#include "services/framework/storage/version_store.h"

namespace assay::framework {

// `where` is the path of an SQLite file, or the `postgresql://` URL of a database; empty: no store,
// and a null pointer. `clock` must outlive the store. What is damaged as a whole opens as a
// DamagedVersionStore, and stays as it is. Errors: those of the engine, but DATA_LOSS.
absl::StatusOr<std::unique_ptr<VersionStore>> OpenVersionStore(const std::string& where,
                                                               const clock::Clock& clock);

}  // namespace assay::framework
