#pragma once

// Writes what was decided for a group of batches (core/decide.h) and commits it.
//
// Thread safety: none; one group, one thread. Ownership: borrows the connection, which is inside
// the group's transaction, and the plan. Cost: small groups go in one round trip with the COMMIT;
// large ones by binary COPY, two round trips a table.

#include <functional>

#include "absl/status/status.h"

#include "services/common/postgresql/connection.h"
#include "services/evidence/core/decide.h"

namespace assay::evidence::pg {

// Writes the plan and commits. Calls `committing` before the COMMIT is sent: what fails after that
// is in doubt, what fails before was not written. Errors: as postgresql::ErrorOf.
absl::Status WritePlan(postgresql::Connection& connection, const Plan& plan,
                       const std::function<void()>& committing);

}  // namespace assay::evidence::pg
