#pragma once

// Framework versions in PostgreSQL 15 or later, which several services may share: each sees what
// the others wrote by Generation().
//
// Thread safety: as VersionStore. Ownership: owns its connections. Cost: a write is two round trips
// and one commit; writers go one after another, under the lock of one row.

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "services/common/clock/clock.h"
#include "services/framework/storage/version_store.h"

namespace assay::framework {

struct PostgresqlVersionOptions {
  // `postgresql://...` or libpq's keywords and values. Required.
  std::string target;
  // Connections at the most; default 4; 0 is taken as 1.
  std::size_t connections = 4;
};

// Connects, and makes or migrates the tables. `clock` must outlive the store. Errors:
//   FAILED_PRECONDITION  the server refuses the role or the database, is older than 15, or holds
//                        tables of a newer version of this software
//   INVALID_ARGUMENT     a target that is none
//   UNAVAILABLE          no server
absl::StatusOr<std::unique_ptr<VersionStore>> OpenPostgresqlVersionStore(
    const PostgresqlVersionOptions& options, const clock::Clock& clock);

}  // namespace assay::framework
