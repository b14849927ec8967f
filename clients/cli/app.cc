#include "clients/cli/app.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "CLI/CLI.hpp"
#include "clients/cli/commands/commands.h"
#include "services/common/errors/violations.h"
#include "services/common/text/utf8.h"

namespace assay::cli {
namespace {

constexpr char kPurpose[] =
    "Rates care services by an assessment framework, and shows what the Assay services know.";

constexpr char kHelpEnd[] = R"(Examples:
  assay rate --framework cqc-saf@2024-12 --in scores.csv --out ratings.csv
                                    rate a file; needs no server
  assay rating get 1-102            the rating of a location today
  assay rating explain 1-102        why it is what it is
  assay area summary icb.QHL        counts by rating in an integrated care board
  assay judgement create 1-102 --framework cqc-saf@2024-12 --item safe.learning-culture \
                         --level 3 --effective 2025-03-01
                                    record a score; the next rating has it
  assay framework show cqc-saf@2024-12
  assay import cqc-api DIR          the regulator's documents, into the record
  assay sample --locations 1000     a made-up nation, to try things with

Each command explains itself: assay rate --help, assay rating get --help.

Exit codes: 0 done, 1 the answer is no (not found), 2 bad input, 3 a service is unavailable.
Colours: only on a terminal; NO_COLOR=1 turns them off.)";

// The command that the arguments named, as far as they were understood, and its name: `assay rating
// get`.
const CLI::App* NamedCommand(const CLI::App& app, std::string* parents) {
  const CLI::App* named = &app;
  while (!named->get_subcommands().empty()) {
    absl::StrAppend(parents, parents->empty() ? "" : " ", named->get_name());
    named = named->get_subcommands().back();
  }
  return named;
}

// What is wrong, in our words where the parser's would not help.
std::string Complaint(const CLI::App& named, const CLI::ParseError& error) {
  const bool incomplete = named.get_require_subcommand_min() > 0 && named.get_subcommands().empty();
  if (!incomplete) return error.what();
  std::vector<std::string> commands;
  for (const CLI::App* each : named.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(each->get_name());
  }
  const std::vector<std::string> unknown = named.remaining();
  return absl::StrCat("command: got ", unknown.empty() ? "nothing" : Shown(unknown.front()),
                      ", want one of ", absl::StrJoin(commands, ", "));
}

// Values of options that are no text. Of paths any bytes are good.
errors::Violations NotText(const CLI::App& named) {
  errors::Violations bad;
  for (const CLI::Option* option : named.get_options()) {
    const std::string type = option->get_type_name();
    if (type == "FILE" || type == "DIR") continue;
    for (const std::string& value : option->results()) {
      if (!text::IsValidUtf8(value)) bad.Add(option->get_name(), value, "UTF-8 text");
    }
  }
  return bad;
}

int Explain(const CLI::App& app, const CLI::ParseError& error, const Session& session) {
  std::string parents;
  const CLI::App* named = NamedCommand(app, &parents);
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {  // --help, --version
    const bool version = dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr;
    *session.console.out << (version ? absl::StrCat(error.what(), "\n") : named->help(parents))
                         << std::flush;
    return static_cast<int>(ExitCode::kDone);
  }
  return static_cast<int>(session.Fail(
      absl::InvalidArgumentError(Complaint(*named, error)),
      absl::StrCat(parents, parents.empty() ? "" : " ", named->get_name(), " --help")));
}

}  // namespace

std::unique_ptr<CLI::App> MakeApp(Session* session) {
  auto app = std::make_unique<CLI::App>(kPurpose, "assay");
  session->app = app.get();
  app->set_version_flag("--version", absl::StrCat("assay ", ASSAY_VERSION),
                        "Print the version and leave");
  app->set_help_flag("-h,--help", "Print this help and leave");
  app->require_subcommand(1);
  app->get_formatter()->column_width(36);
  app->footer(kHelpEnd);
  // One line a group of commands; their order is that of --help.
  AddRateCommand(app.get(), session);
  AddRatingCommands(app.get(), session);
  AddAreaCommands(app.get(), session);
  AddJudgementCommands(app.get(), session);
  AddOverrideCommands(app.get(), session);
  AddPublicationCommands(app.get(), session);
  AddFrameworkCommands(app.get(), session);
  AddImportCommands(app.get(), session);
  AddSampleCommand(app.get(), session);
  AddEvidenceCommands(app.get(), session);
  AddVerifyCommands(app.get(), session);
  AddCompletionCommand(app.get(), session);
  return app;
}

int RunAssay(int argc, const char* const* argv, const Console& console) {
  Session session;
  session.console = console;
  const std::unique_ptr<CLI::App> app = MakeApp(&session);
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Explain(*app, error, session);
  }
  std::string parents;
  const errors::Violations bad = NotText(*NamedCommand(*app, &parents));
  if (!bad.empty()) return static_cast<int>(session.Fail(bad.ToStatus()));
  const int code = static_cast<int>(session.action());
  console.out->flush();
  if (!console.out->good() && code == static_cast<int>(ExitCode::kDone)) {
    return static_cast<int>(session.Fail(absl::AbortedError("the answer could not be written")));
  }
  return code;
}

}  // namespace assay::cli
