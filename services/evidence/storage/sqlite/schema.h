#pragma once

// The tables of the SQLite engine and their versions.
//
// Thread safety: none; called while a store is opened.

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/common/digest/random.h"
#include "services/common/sqlite/store_file.h"
#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

// `user_version` of files that this software writes.
inline constexpr int kSchemaVersion = 2;

// `application_id` of evidence stores: "Assy" in ASCII.
inline constexpr int64_t kApplicationId = 0x41737379;

// What services/common/sqlite/store_file.h checks a file against.
inline constexpr assay::sqlite::StoreFormat kFormat = {kStoreWords, kApplicationId, kSchemaVersion};

// Makes the tables in an empty file, or brings an older version's up to date, each step in its own
// transaction. The file has passed CheckOwner.
absl::Status Migrate(Database& database, digest::RandomSource& random);

// The store's epoch.
absl::StatusOr<uint64_t> ReadEpoch(Database& database);

}  // namespace assay::evidence::sqlite
