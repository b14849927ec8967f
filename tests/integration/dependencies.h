#pragma once

// What a service says of those that it depends on.
//
// Thread safety: any thread. Cost: polls the metrics page.

#include "absl/strings/string_view.h"

#include "tests/integration/suite.h"

namespace assay::integration {

// Waits until the metrics of `server` say that it reaches the dependency ("framework"), or that it
// does not. False after kPatience.
bool AwaitDependency(const Server& server, absl::string_view dependency, bool reached);

}  // namespace assay::integration
