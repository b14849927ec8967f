#pragma once

// Databases of a test's PostgreSQL that have the tables of the evidence service.
//
// Thread safety: none. Cost: the tables are made once a server; each database is a copy.

#include <string>

#include "absl/status/statusor.h"

#include "tests/common/testing/postgres_server.h"

namespace assay::evidence {

// The name of a new database, with tables by deploy/postgresql's own statements and no record.
absl::StatusOr<std::string> MakeStoreDatabase(testing::PostgresServer& server);

}  // namespace assay::evidence
