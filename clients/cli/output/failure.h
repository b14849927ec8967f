// How a command that failed says so: one block on stderr, and an exit code.
//
//   assay: location 1-102 is not in the registry
//     as_of.effective_date: got 2031-01-01, want a day at most 366 days ahead
//   try: assay rating get LOCATION --help
//
// Thread safety: pure functions. Cost: a string; errors are not the hot path.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "clients/cli/exit_code.h"
#include "clients/cli/output/style.h"

namespace assay::cli {

// The exit code for an error, by its status code: NOT_FOUND is the answer no, a refused request or
// a bad file is bad input, everything that a service did not do is unavailable.
ExitCode ExitCodeOf(const absl::Status& status);

// The block for an error: its message, every violation on its own line, how long to wait where the
// service says so, and `hint` (what to do next; left out where empty). Never empty, ends in a line
// break. The message does not repeat violations that have lines of their own.
std::string FailureBlock(const absl::Status& status, absl::string_view hint, const Style& style);

}  // namespace assay::cli
