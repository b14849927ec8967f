// assay sample

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "clients/cli/catalogue/offline_catalogue.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/record_run.h"
#include "clients/cli/geography/geography.h"
#include "clients/cli/nation/sample_nation.h"
#include "services/common/errors/errors.h"

namespace assay::cli {
namespace {

constexpr char kHelpEnd[] =
    R"(Makes a nation up: providers and locations across the real regions and boards, with two or three
assessments each in the six years before --until, some with several services, notices, late records
and corrections. Overall ratings follow the published shares. No real place or person is meant.

The same options make the same records. A run that was cut off is run again: records that are
written already are not written twice.

Examples:
  assay sample --locations 57000 --seed 1     into the evidence service on this machine
  assay sample --locations 1000 --out nation  into files; assay import records nation sends them)";

struct SampleOptions {
  std::int64_t locations = nation::NationOptions().locations;
  std::int64_t seed = static_cast<std::int64_t>(nation::NationOptions().seed);
  std::string until = nation::NationOptions().until.ToString();
  std::string catalogue;
  RecordRunOptions run;
};

absl::StatusOr<std::unique_ptr<nation::SampleNation>> MakeNation(const SampleOptions& options) {
  if (options.seed < 0) return errors::InvalidArgument("--seed", options.seed, "0 or more");
  const absl::StatusOr<clock::Day> until = clock::Day::Parse(options.until);
  if (!until.ok()) {
    return errors::InvalidArgument("--until", options.until, "a calendar date YYYY-MM-DD");
  }
  const absl::StatusOr<std::vector<VersionPtr>> catalogue = LoadCatalogue(options.catalogue);
  if (!catalogue.ok()) return catalogue.status();
  std::vector<const framework::v1::FrameworkVersion*> versions;
  for (const VersionPtr& version : *catalogue) versions.push_back(version.get());
  absl::StatusOr<nation::Methods> methods = nation::Methods::From(versions);
  if (!methods.ok()) return absl::InvalidArgumentError(methods.status().message());
  absl::StatusOr<geography::Geography> england = geography::Geography::Load();
  if (!england.ok()) return england.status();
  nation::NationOptions nation;
  nation.locations = options.locations;
  nation.seed = static_cast<std::uint64_t>(options.seed);
  nation.until = *until;
  return nation::SampleNation::Create(
      nation, *std::move(methods),
      std::make_shared<const geography::Geography>(*std::move(england)));
}

ExitCode Sample(const Session& session, const SampleOptions& options) {
  const absl::StatusOr<std::unique_ptr<nation::SampleNation>> source = MakeNation(options);
  if (!source.ok()) return session.Fail(source.status());
  const RecordRunReport report = RunRecords(session, source->get(), "sampling", options.run);
  if (!report.status.ok()) return session.Fail(report.status, report.hint);
  if (!options.run.quiet) *session.console.err << SummaryOf(report, options.run);
  if (options.run.json) *session.console.out << SummaryJsonOf(report, "");
  return ExitCode::kDone;
}

}  // namespace

void AddSampleCommand(CLI::App* app, Session* session) {
  CLI::App* command =
      app->add_subcommand("sample", "Make a synthetic nation, for demonstrations and load.");
  command->footer(kHelpEnd);
  const auto options = std::make_shared<SampleOptions>();
  command->add_option("--locations", options->locations, "How many locations, 1 to 1000000")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "What all chance follows from, 0 or more")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--until", options->until, "Last day of the six years")
      ->type_name("DATE")
      ->capture_default_str();
  command
      ->add_option(
          "--out", options->run.out,
          "Write files into this folder, which must hold no *.ndjson, in place of the service")
      ->type_name("DIR");
  command
      ->add_option("--catalogue", options->catalogue,
                   "Folder of framework files; default those shipped with this program")
      ->type_name("DIR")
      ->envname("ASSAY_CATALOGUE");
  AddRecordRunOptions(command, &options->run);
  OnRun(command, session, [session, options] { return Sample(*session, *options); });
}

}  // namespace assay::cli
