#pragma once

// Brings a database's tables to the version that this software knows.
//
// Thread safety: several processes may do it at once: one goes first, under an advisory lock that
// ends with its transaction (a session's lock would not pass a pooler). Cost: some statements where
// nothing is to be done.

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "services/common/postgresql/connection.h"

namespace assay::postgresql {

struct Migrations {
  // Whose tables they are ("evidence"): its versions are counted apart. Trusted text.
  std::string component;
  // steps[n] leads from version n to n + 1; each may be several statements.
  std::vector<std::string> steps;
};

// All steps that are missing, in one transaction. FAILED_PRECONDITION where the database is newer
// than `migrations`; else as ErrorOf, and nothing was changed.
absl::Status Migrate(Connection& connection, const Migrations& migrations);

}  // namespace assay::postgresql
