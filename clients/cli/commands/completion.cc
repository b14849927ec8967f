// assay completion bash|zsh|fish

#include "clients/cli/completion/completion.h"

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "clients/cli/commands/commands.h"

namespace assay::cli {
namespace {

constexpr char kHelpEnd[] = R"(Examples:
  source <(assay completion bash)                                   this shell only
  assay completion bash > /etc/bash_completion.d/assay
  assay completion zsh > "${fpath[1]}/_assay"
  assay completion fish > ~/.config/fish/completions/assay.fish)";

ExitCode Print(const Session& session, const std::string& shell) {
  const std::string program = session.app->get_name();
  const std::vector<CommandNode> tree = CommandTree(*session.app);
  *session.console.out << (shell == "bash"  ? BashCompletion(program, tree)
                           : shell == "zsh" ? ZshCompletion(program, tree)
                                            : FishCompletion(program, tree));
  return ExitCode::kDone;
}

}  // namespace

void AddCompletionCommand(CLI::App* app, Session* session) {
  CLI::App* command =
      app->add_subcommand("completion", "Print a completion script for a shell.")->footer(kHelpEnd);
  const auto shell = std::make_shared<std::string>();
  AddChoice(command, "shell", shell.get(), {"bash", "zsh", "fish"}, "The shell")->required();
  OnRun(command, session, [session, shell] { return Print(*session, *shell); });
}

}  // namespace assay::cli
