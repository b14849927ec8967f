// Commands of `assay framework` about the method itself.
//
// Thread safety: none. Ownership: `session` outlives `group`; the commands own their options.
#pragma once

#include "clients/cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

// assay framework check
void AddFrameworkCheck(CLI::App* group, Session* session);
// assay framework combinations
void AddFrameworkCombinations(CLI::App* group, Session* session);
// assay framework explain
void AddFrameworkExplain(CLI::App* group, Session* session);

}  // namespace assay::cli
