#include "clients/cli/commands/write_run.h"

#include "CLI/CLI.hpp"
#include "clients/cli/commands/finding_options.h"

namespace assay::cli {

CLI::App* AddCreateCommand(CLI::App* app, const CreateHelp& help, WriteOptions* options) {
  CLI::App* group = app->add_subcommand(help.word, help.group);
  group->require_subcommand(1);
  CLI::App* create = group->add_subcommand("create", help.create);
  create->footer(help.end);
  create->add_option("location", options->location, "The location: 1-102 or locations/1-102")
      ->type_name("LOCATION")
      ->required();
  return create;
}

void AddWriteOptions(CLI::App* command, WriteOptions* options) {
  AddRequestIdOption(command, &options->request_id);
  AddJsonOption(command, &options->json);
  AddServiceOptions(command, &options->service);
}

}  // namespace assay::cli
