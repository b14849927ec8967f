// What the commands of one run share.
//
// Thread safety: none; one session a run. Ownership: lives as long as the tree of commands.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "clients/cli/exit_code.h"
#include "clients/cli/output/console.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace assay::cli {

struct Session {
  Console console;
  // The whole tree, for commands about commands. Set before any command is added.
  const CLI::App* app = nullptr;
  // What the command that was named will do; set while arguments are parsed.
  std::function<ExitCode()> action;

  // Tells an error on stderr and gives its exit code.
  ExitCode Fail(const absl::Status& status, absl::string_view hint = "") const;
};

// Makes `run` the action of a command. `run` owns or outlives what it uses.
void OnRun(CLI::App* command, Session* session, std::function<ExitCode()> run);

// The switch --json, with the same words everywhere.
void AddJsonOption(CLI::App* command, bool* json);

// An option that takes one of some words.
CLI::Option* AddChoice(CLI::App* command, const std::string& flag, std::string* value,
                       const std::vector<std::string>& choices, const std::string& help);

}  // namespace assay::cli
