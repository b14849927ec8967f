#pragma once

// The errors of the evidence record alone; part of the one catalogue (errors.h, whose rules hold
// here).
//
// Thread safety: pure functions. Cost: a few allocations.

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace assay::errors {

// RESOURCE_EXHAUSTED, SERVICES_FULL: the registry has `limit` services of `location`, and takes no
// more of it.
absl::Status ServicesFull(absl::string_view location, int64_t limit);

}  // namespace assay::errors
