// The whole of `assay` as a function: arguments in, exit code out.
//
// Thread safety: none; one run at a time a session. Ownership: the console's streams are borrowed.
// Cost: under a millisecond before the command itself begins.
#pragma once

#include <memory>

#include "clients/cli/output/console.h"
#include "clients/cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

// The tree of all commands, in the order of --help. `session` outlives it.
std::unique_ptr<CLI::App> MakeApp(Session* session);

// Parses the arguments and runs what they name. Returns an ExitCode.
int RunAssay(int argc, const char* const* argv, const Console& console);

}  // namespace assay::cli
