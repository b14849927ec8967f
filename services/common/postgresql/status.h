#pragma once

// What PostgreSQL's errors mean here, by their SQLSTATE.
//
// Thread safety: pure functions. Cost: that of an error.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace assay::postgresql {

// SQLSTATEs that a user of this folder asks for.
inline constexpr absl::string_view kUniqueViolation = "23505";
inline constexpr absl::string_view kUndefinedTable = "42P01";

// The status of a failed call. `dependency` is what the caller is told ("evidence store"); `text`,
// the server's own words, and the SQLSTATE go to the private detail.
//   UNAVAILABLE (DEPENDENCY_UNAVAILABLE)  no connection (an empty SQLSTATE, class 08), the server
//                                         starts, stops, is a standby or has no connection left; a
//                                         conflict after which the transaction may be run again
//   RESOURCE_EXHAUSTED (DISK_FULL)        class 53 for the disk
//   DATA_LOSS (DATA_CORRUPT)              damaged pages or indexes
//   FAILED_PRECONDITION                   no such database or role, no right to it
//   INTERNAL                              all others
absl::Status ErrorOf(absl::string_view dependency, absl::string_view sqlstate,
                     absl::string_view text);

// The SQLSTATE that ErrorOf was given; empty where there was none.
std::string SqlState(const absl::Status& status);

// True where the server rolled a transaction back for another's sake (deadlock, serialisation, lock
// timeout): nothing was written, and the same again may succeed.
bool MayRunAgain(const absl::Status& status);

}  // namespace assay::postgresql
