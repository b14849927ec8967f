#pragma once

// The tables of the PostgreSQL engine: one list of them, from which come the migration that the
// service runs, and the two files of deploy/postgresql, for one machine and for Citus.
//
// Thread safety: pure, but for what is given a connection. Cost: some milliseconds when a store is
// opened, about a second when its tables are made.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/common/digest/random.h"
#include "services/common/postgresql/connection.h"

namespace assay::evidence::pg {

// Where the tables lie.
enum class Layout {
  // The large ones split by a hash of the partition into kPieces tables of the same machine.
  kOneMachine,
  // All distributed by the partition and co-located, by Citus.
  kCitus,
};

inline constexpr int kPieces = 16;

// The statements that make the tables, in the form in which deploy/postgresql holds them.
std::string SchemaSql(Layout layout);

// Brings the tables up to date, on one machine where there are none. Errors as
// postgresql::Migrate.
absl::Status Migrate(postgresql::Connection& connection);

// Refuses a server whose commits are not durable where they are acknowledged. FAILED_PRECONDITION
// names the setting.
absl::Status CheckSettings(postgresql::Connection& connection);

// The store's epoch; made from `random` where there is none.
absl::StatusOr<uint64_t> ReadEpoch(postgresql::Connection& connection,
                                   digest::RandomSource& random);

// The newest counter of each partition. DATA_LOSS where one differs from its log.
absl::StatusOr<std::vector<int64_t>> CheckCounters(postgresql::Connection& connection);

}  // namespace assay::evidence::pg
