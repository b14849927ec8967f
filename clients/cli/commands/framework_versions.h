// Commands of `assay framework` about versions and their lives.
//
// Thread safety: none. Ownership: `session` outlives `group`; the commands own their options.
#pragma once

#include "clients/cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

// assay framework diff
void AddFrameworkDiff(CLI::App* group, Session* session);
// assay framework select
void AddFrameworkSelect(CLI::App* group, Session* session);
// assay framework create, update, publish, withdraw
void AddFrameworkWrites(CLI::App* group, Session* session);

}  // namespace assay::cli
