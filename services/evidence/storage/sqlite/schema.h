#pragma once

// The tables of the SQLite engine, their versions, and what is checked before a file is used.
//
// Thread safety: none; called while a store is opened.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/common/digest/random.h"
#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

// `user_version` of files that this software writes.
inline constexpr int kSchemaVersion = 1;

// `application_id` of evidence stores: "Assy" in ASCII.
inline constexpr int64_t kApplicationId = 0x41737379;

// Refuses, before SQLite touches it, a file that is not SQLite's. A missing or empty file is fine.
// FAILED_PRECONDITION or UNAVAILABLE.
absl::Status CheckHeader(const std::string& path);

// Refuses, before anything is written, another application's database and a newer version's. An
// empty one is fine. FAILED_PRECONDITION.
absl::Status CheckOwner(Database& database, const std::string& path);

// Makes the tables in an empty file, or brings an older version's up to date, each step in its own
// transaction. The file has passed CheckOwner.
absl::Status Migrate(Database& database, digest::RandomSource& random);

// SQLite's own check of every page. DATA_LOSS where it finds something.
absl::Status CheckIntegrity(Database& database);

// The store's epoch.
absl::StatusOr<uint64_t> ReadEpoch(Database& database);

}  // namespace assay::evidence::sqlite
