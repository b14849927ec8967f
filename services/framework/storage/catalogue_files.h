#pragma once

// What was shipped: a directory of text files, a version each, and their crosswalks; read only.
//
// Thread safety: from any thread. Cost: reads, checks and compiles every file, milliseconds each;
// proving takes up to 50 ms for one like those shipped, and two seconds at the most.

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "services/framework/core/merge.h"

namespace assay::framework {

struct Shipped {
  std::vector<VersionPtr> versions;
  std::vector<CrosswalkPtr> crosswalks;  // by name
};

// All of `directory`; empty: of the one that comes with the program, whose files the build has
// proven. Those of any other are proven here, since they are served as published. INVALID_ARGUMENT
// with every fault of every file, one a line with file, line and column, where there is any.
absl::StatusOr<Shipped> ReadShipped(const std::string& directory);

}  // namespace assay::framework
