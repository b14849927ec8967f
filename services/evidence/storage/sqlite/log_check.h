#pragma once

// Whether all that a store holds is what was recorded: the whole of its logs, from the file alone.
//
// Thread safety: none; one connection, one thread. Cost: one pass over records and texts; memory
// for the subjects of one partition.

#include <cstdint>
#include <functional>

#include "absl/status/status.h"

#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence {

// Told now and then how many records of how many are checked. May be empty.
using CheckProgress = std::function<void(int64_t done, int64_t total)>;

namespace sqlite {

// DATA_LOSS names the first places that are damaged: records and texts that are not what was
// recorded, counters that are missing, logs and heads that are not what their records add up to.
// Rows of a version before the log are not looked at.
absl::Status CheckLogs(Database& database, const CheckProgress& progress);

}  // namespace sqlite
}  // namespace assay::evidence
