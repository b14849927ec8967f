// Frameworks and their versions as people read them.
//
// Thread safety: pure functions. Cost: some pages of text.
#pragma once

#include <string>
#include <vector>

#include "assay/framework/v1/framework.pb.h"
#include "clients/cli/output/style.h"

namespace assay::cli {

// Versions as a table, a line each.
std::string VersionTable(const std::vector<framework::v1::FrameworkVersion>& versions,
                         const Style& style);

// One version: groups with their items as a tree, scales, ladders with their stages, rules and
// caps, applicability, notes.
std::string VersionPage(const framework::v1::FrameworkVersion& version, const Style& style);

// A condition in words: `at least 2 of inadequate and at most 0 of good`; `always` for an empty
// one.
std::string ConditionText(const framework::v1::Condition& condition);

}  // namespace assay::cli
