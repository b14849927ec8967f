// assay import cqc-api, records

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "clients/cli/catalogue/offline_catalogue.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/record_run.h"
#include "clients/cli/geography/geography.h"
#include "clients/cli/import/cqc_directory.h"
#include "clients/cli/ingest/record_files.h"
#include "clients/cli/output/style.h"
#include "clients/cli/progress/progress.h"
#include "services/common/model/model.h"

namespace assay::cli {
namespace {

constexpr char kCqcHelpEnd[] =
    R"(Reads DIR/providers/*.json and DIR/locations/*.json, one document of the public interface a file, of
at most 8 MiB. Locations keep their board of each day, their ratings before the single assessment
framework as published, their statement scores since.

Every bad file is told, with the byte or the fields that are wrong, and the exit code is then 2; the
good ones are imported all the same, unless --strict is given. A second import of the same documents
writes nothing.

Examples:
  assay import cqc-api ../cqc_api
  assay import cqc-api ../cqc_api --dry-run --json | head    the records that would be written)";

constexpr char kRecordsHelpEnd[] =
    R"(Reads DIR/*.ndjson in the order of their names, as assay sample --out writes them.

Examples:
  assay sample --locations 1000 --out nation
  assay import records nation)";

struct ImportOptions {
  std::string directory;
  std::string catalogue;
  bool strict = false;
  RecordRunOptions run;
};

// The shipped models and areas that documents are read with.
struct Reading {
  model::ModelSet models;
  std::unique_ptr<const geography::Geography> geography;
  importer::CqcContext context;
};

absl::StatusOr<std::unique_ptr<Reading>> PrepareReading(const std::string& catalogue) {
  const absl::StatusOr<std::vector<VersionPtr>> versions = LoadCatalogue(catalogue);
  if (!versions.ok()) return versions.status();
  auto reading = std::make_unique<Reading>();
  for (const VersionPtr& version : *versions) {
    absl::StatusOr<std::shared_ptr<const model::CompiledModel>> model =
        model::CompiledModel::Compile(version);
    if (!model.ok()) return model.status();
    absl::StatusOr<model::ModelSet> with = reading->models.With(*std::move(model));
    if (!with.ok()) return with.status();
    reading->models = *std::move(with);
  }
  absl::StatusOr<geography::Geography> england = geography::Geography::Load();
  if (!england.ok()) return england.status();
  reading->geography = std::make_unique<const geography::Geography>(*std::move(england));
  absl::StatusOr<importer::CqcContext> context =
      importer::MakeCqcContext(*reading->geography, reading->models);
  if (!context.ok()) return absl::InvalidArgumentError(context.status().message());
  reading->context = *context;
  return reading;
}

void TellFaults(const Session& session, const importer::ImportReport& report) {
  std::ostream& err = *session.console.err;
  for (const std::string& fault : report.faults) err << "assay: " << Shown(fault) << "\n";
  const std::int64_t more = report.fault_count - static_cast<std::int64_t>(report.faults.size());
  if (more > 0) err << "assay: and " << Grouped(more) << " more faults\n";
}

// What was left out of good files: a few lines, the rest as a number.
void TellNotes(const Session& session, const importer::ImportReport& report) {
  constexpr std::size_t kShown = 5;
  std::ostream& err = *session.console.err;
  for (std::size_t at = 0; at < report.note_lines.size() && at < kShown; ++at) {
    err << "assay: note: " << Shown(report.note_lines[at]) << "\n";
  }
  const std::int64_t more = report.notes - static_cast<std::int64_t>(kShown);
  if (more > 0) err << "assay: note: and " << Grouped(more) << " more like these\n";
}

// Whether every file can be read; where not, all faults are told.
absl::StatusOr<bool> AllGood(const Session& session, const ImportOptions& options,
                             const importer::CqcContext& context) {
  absl::StatusOr<std::unique_ptr<importer::CqcDirectory>> source =
      importer::CqcDirectory::Open(options.directory, context);
  if (!source.ok()) return source.status();
  RecordRunOptions check;
  check.dry_run = true;
  check.quiet = options.run.quiet;
  const RecordRunReport report = RunRecords(session, source->get(), "checking", check);
  if (!report.status.ok()) return report.status;
  TellFaults(session, (*source)->report());
  return (*source)->report().bad_files == 0;
}

ExitCode ImportCqc(const Session& session, const ImportOptions& options) {
  const absl::StatusOr<std::unique_ptr<Reading>> reading = PrepareReading(options.catalogue);
  if (!reading.ok()) return session.Fail(reading.status());
  if (options.strict) {
    const absl::StatusOr<bool> good = AllGood(session, options, (*reading)->context);
    if (!good.ok()) return session.Fail(good.status());
    if (!*good) {
      return session.Fail(absl::InvalidArgumentError("nothing was imported, as --strict asks"));
    }
  }
  const absl::StatusOr<std::unique_ptr<importer::CqcDirectory>> source =
      importer::CqcDirectory::Open(options.directory, (*reading)->context);
  if (!source.ok()) return session.Fail(source.status());
  const RecordRunReport report = RunRecords(session, source->get(), "importing", options.run);
  const importer::ImportReport& files = (*source)->report();
  TellFaults(session, files);
  if (!report.status.ok()) return session.Fail(report.status, report.hint);
  if (!options.run.quiet) {
    TellNotes(session, files);
    *session.console.err << Grouped(files.files) << " files read, " << Grouped(files.bad_files)
                         << " of them bad; " << SummaryOf(report, options.run);
  }
  if (options.run.json && !options.run.dry_run) {
    *session.console.out << SummaryJsonOf(
        report, absl::StrCat(",\"documents\":", files.files, ",\"badDocuments\":", files.bad_files,
                             ",\"notes\":", files.notes));
  }
  const bool all_in = files.bad_files == 0 && report.totals.refused == 0;
  return all_in ? ExitCode::kDone : ExitCode::kBadInput;
}

ExitCode ImportRecords(const Session& session, const ImportOptions& options) {
  const absl::StatusOr<std::unique_ptr<ingest::RecordFiles>> source =
      ingest::RecordFiles::Open(options.directory);
  if (!source.ok()) return session.Fail(source.status());
  const RecordRunReport report = RunRecords(session, source->get(), "importing", options.run);
  if (!report.status.ok()) return session.Fail(report.status, report.hint);
  if (!options.run.quiet) *session.console.err << SummaryOf(report, options.run);
  if (options.run.json && !options.run.dry_run) {
    *session.console.out << SummaryJsonOf(report, "");
  }
  return report.totals.refused == 0 ? ExitCode::kDone : ExitCode::kBadInput;
}

void AddCommon(CLI::App* command, ImportOptions* options) {
  command->add_option("dir", options->directory, "The folder to read")
      ->type_name("DIR")
      ->required();
  command->add_flag("--dry-run", options->run.dry_run,
                    "Write nothing; count what would be written, or show it with --json");
}

void AddCqcApi(CLI::App* import, Session* session) {
  CLI::App* command =
      import->add_subcommand("cqc-api", "Import documents of the regulator's public interface.");
  command->footer(kCqcHelpEnd);
  const auto options = std::make_shared<ImportOptions>();
  options->run.allow_partial = true;
  AddCommon(command, options.get());
  command->add_flag("--strict", options->strict, "Import nothing where any file is bad");
  command
      ->add_option("--catalogue", options->catalogue,
                   "Folder of framework files; default those shipped with this program")
      ->type_name("DIR")
      ->envname("ASSAY_CATALOGUE");
  AddRecordRunOptions(command, &options->run);
  OnRun(command, session, [session, options] { return ImportCqc(*session, *options); });
}

}  // namespace

void AddImportCommands(CLI::App* app, Session* session) {
  CLI::App* import = app->add_subcommand("import", "Bring records into the evidence service.");
  import->require_subcommand(1);
  AddCqcApi(import, session);
  CLI::App* records =
      import->add_subcommand("records", "Import records that were written to files.");
  records->footer(kRecordsHelpEnd);
  const auto options = std::make_shared<ImportOptions>();
  AddCommon(records, options.get());
  AddRecordRunOptions(records, &options->run);
  OnRun(records, session, [session, options] { return ImportRecords(*session, *options); });
}

}  // namespace assay::cli
