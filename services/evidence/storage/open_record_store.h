#pragma once

// Opens the engine that a `--store` names.
//
// Thread safety: any thread. Cost: that of the engine's opening.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "services/common/clock/clock.h"
#include "services/common/digest/random.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

// `store`: the path of a SQLite file, `sqlite:` and a path, or `postgresql://...`. Both references
// must outlive the store. `on_wipe`: as SqliteOptions; PostgreSQL tells nothing. Errors: as
// OpenSqliteRecordStore and OpenPostgresqlRecordStore.
absl::StatusOr<std::unique_ptr<RecordStore>> OpenRecordStore(
    const std::string& store, const clock::Clock& clock, digest::RandomSource& random,
    std::function<void(bool)> on_wipe = {});

// What files beside the store are named after: the path of a SQLite file, which they lie next to,
// and `assay-evidence` in the working folder for a database.
std::string FileNameOf(const std::string& store);

}  // namespace assay::evidence
