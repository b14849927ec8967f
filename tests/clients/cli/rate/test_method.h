// The shipped framework versions for tests of the offline rater.
//
// Thread safety: pure but for the disk. Cost: a few milliseconds a call.
#pragma once

#include <string>

#include "clients/cli/rate/method.h"

namespace assay::cli {

// The method of a shipped version (`cqc-saf@2024-12`), read from the source tree. Ends the process
// where it cannot be loaded, since nothing can be tested then.
Method ShippedMethod(const std::string& short_name);

}  // namespace assay::cli
