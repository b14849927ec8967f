#include "clients/cli/session.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"

#include "CLI/CLI.hpp"
#include "clients/cli/output/failure.h"

namespace assay::cli {

ExitCode Session::Fail(const absl::Status& status, absl::string_view hint) const {
  *console.err << FailureBlock(status, hint, console.err_style) << std::flush;
  return ExitCodeOf(status);
}

void OnRun(CLI::App* command, Session* session, std::function<ExitCode()> run) {
  command->callback([session, run = std::move(run)] { session->action = run; });
}

void AddJsonOption(CLI::App* command, bool* json) {
  command->add_flag("--json", *json,
                    "Answer as protobuf JSON for programs, not as text for people");
}

CLI::Option* AddChoice(CLI::App* command, const std::string& flag, std::string* value,
                       const std::vector<std::string>& choices, const std::string& help) {
  return command->add_option(flag, *value, help)
      ->type_name(absl::StrJoin(choices, "|"))
      ->check(CLI::IsMember(choices).description(""))
      ->capture_default_str();
}

}  // namespace assay::cli
