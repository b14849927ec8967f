// assay rate

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "CLI/CLI.hpp"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/catalogue/offline_catalogue.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/progress/progress.h"
#include "clients/cli/rate/rate_file.h"
#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"
#include "services/common/model/model.h"

namespace assay::cli {
namespace {

constexpr char kHelpEnd[] = R"(Input, a CSV file with a header. Columns are known by their names:
  scores    a column for each item, named by its id, as in safe.learning-culture, or for each
            evidence category of it, as in safe.learning-culture/observation. Cells: levels of the
            framework's scale, as 1 to 4; blank where not scored. A column sector, where there is
            one, decides which items apply.
  ratings   a column for each group, named by its id with _ for -, as in
            safe,effective,caring,responsive,well_led. Cells: Outstanding, Good, Requires improvement,
            Inadequate in any case, or O, G, R, I; blank is unrated.
Ratings of groups, and an overall one that is mapped, are given outcomes: where the scores below are
all there, what these give is preferred, and both are written. Other columns are ignored.

--map says what columns hold that are called otherwise: COLUMN=ITEM,... or a file with one such pair a
line. ITEM is an item, a group, an evidence category of an item (item/category), overall, sector or id,
by id, code, published name or alias.

Limits: a field 1 MiB, a row 16 MiB, 4,096 columns; --map 4,096 pairs, its file 1 MiB.

Output, a row for each row kept, in the same order:
  id, for each group <group>_percent,<group>,<group>_limiter (from scores only), for each given outcome
  <column>_given,<column>_computed (beside scores only), overall_percent (where the overall is one),
  overall, overall_limiter (where a cap on inputs may bind it), rule, warnings (with given outcomes)
  percent is a whole number, limiter the id of the cap that bound, rule the id of what decided; a
  warning names the column whose given outcome differs from the computed one.

Examples:
  assay rate --framework cqc-saf@2024-12 --in scores.csv --out ratings.csv
  assay rate --framework cqc-kloe@2017-11 --in events.csv --out - --where group=Overall \
             --id-column location_id --compare overall
  assay rate --framework cqc-la@2023-04 --map needs=1,healthy=2,equity=3,care=4,partners=5,safe=6,\
safeguarding=7,governance=8,learning=9 --in authorities.csv --out -
  assay rate --framework-file draft.txtpb --in - --out - < scores.csv > ratings.csv

Needs no server. Every wrong cell is told, and then nothing is written (exit code 2). Rows that
disagree with --compare are listed on stderr; the exit code stays 0.)";

struct RateOptions {
  std::string framework;
  std::string framework_file;
  std::string catalogue;
  std::string id_column;
  std::vector<std::string> where;
  std::string compare;
  std::vector<std::string> map;
  std::string kind;
  bool json = false;
  bool quiet = false;
  RateFileOptions file;
};

// The version that the options name. An unknown one is bad input here: the file cannot be rated.
absl::StatusOr<VersionPtr> FindVersion(const RateOptions& options) {
  std::string name;
  if (!options.framework.empty()) {
    absl::StatusOr<std::string> full = VersionNameFrom(options.framework);
    if (!full.ok()) return full.status();
    name = *std::move(full);
  }
  if (!options.framework_file.empty()) return LoadVersionFile(options.framework_file, name);
  if (name.empty()) {
    return errors::InvalidArgument("--framework", "", "a version such as cqc-saf@2024-12");
  }
  absl::StatusOr<VersionPtr> version = LoadVersion(name, options.catalogue);
  if (absl::IsNotFound(version.status())) {
    return absl::InvalidArgumentError(version.status().message());
  }
  return version;
}

// Takes over what is wrong with an option; `option` names it where the status does not.
void AddFault(const absl::Status& status, absl::string_view option, errors::Violations* bad) {
  const std::vector<errors::Violation> faults = errors::FieldViolations(status);
  for (const errors::Violation& fault : faults) bad->AddText(fault.field, fault.description);
  absl::string_view message = status.message();
  absl::ConsumePrefix(&message, absl::StrCat(option, ": "));
  if (faults.empty() && !status.ok()) bad->AddText(option, message);
}

absl::optional<framework::v1::SubjectKind> ReadKind(const std::string& text,
                                                    errors::Violations* bad) {
  using framework::v1::SubjectKind;
  if (text.empty()) return absl::nullopt;
  for (const auto& [word, kind] : {std::make_pair("provider", framework::v1::SUBJECT_KIND_PROVIDER),
                                   std::make_pair("location", framework::v1::SUBJECT_KIND_LOCATION),
                                   std::make_pair("service", framework::v1::SUBJECT_KIND_SERVICE),
                                   std::make_pair("area", framework::v1::SUBJECT_KIND_AREA)}) {
    if (text == word) return kind;
  }
  bad->Add("--kind", text, "provider, location, service or area");
  return absl::nullopt;
}

absl::StatusOr<Method> MethodOf(const VersionPtr& version,
                                absl::optional<framework::v1::SubjectKind> kind) {
  absl::StatusOr<std::shared_ptr<const model::CompiledModel>> compiled =
      model::CompiledModel::Compile(version);
  if (!compiled.ok()) return compiled.status();
  return MakeMethod(*std::move(compiled), kind);
}

void ReadColumnOptions(const RateOptions& options, ColumnOptions* columns,
                       errors::Violations* bad) {
  if (!options.id_column.empty()) columns->id_column = options.id_column;
  if (!options.compare.empty()) columns->compare = options.compare;
  for (const std::string& where : options.where) {
    const std::size_t equals = where.find('=');
    if (equals == std::string::npos || equals == 0) {
      bad->Add("--where", where, "COLUMN=VALUE or COLUMN!=VALUE, as in group=Overall");
      continue;
    }
    const bool equal = where[equals - 1] != '!';
    columns->where.push_back(
        {where.substr(0, equal ? equals : equals - 1), where.substr(equals + 1), equal});
  }
  for (const std::string& map : options.map) {
    absl::StatusOr<std::vector<ColumnMapping>> read = ReadColumnMap(map);
    if (read.ok()) {
      columns->map.insert(columns->map.end(), read->begin(), read->end());
    } else {
      AddFault(read.status(), "--map", bad);
    }
  }
}

std::string OrUnrated(const std::string& words) { return words.empty() ? "unrated" : words; }

std::string DisagreementLine(const Disagreement& each) {
  return absl::StrCat("row ", each.row, " (", Shown(each.id), "): published ",
                      OrUnrated(each.published), ", rated ", OrUnrated(each.rated),
                      each.rule.empty() ? "" : absl::StrCat(" by ", each.rule), "\n");
}

// `99.70`, rounded down, so that 100 means all.
std::string Percent(std::int64_t part, std::int64_t whole) {
  const std::int64_t hundredths = whole == 0 ? 0 : part * 10000 / whole;
  return absl::StrFormat("%d.%02d", hundredths / 100, hundredths % 100);
}

std::string Summary(const RateReport& report, absl::Duration elapsed) {
  std::string text =
      absl::StrCat(Grouped(report.kept), " rows rated in ",
                   absl::FormatDuration(absl::Trunc(elapsed, absl::Milliseconds(1))));
  if (report.kept != report.rows) absl::StrAppend(&text, " of ", Grouped(report.rows), " read");
  if (report.rated != report.kept) {
    absl::StrAppend(&text, "; ", Grouped(report.kept - report.rated), " without an overall rating");
  }
  if (report.differing > 0) {
    absl::StrAppend(&text, "; ", Grouped(report.differing),
                    " with a given outcome that differs from the computed one");
  }
  if (report.compared > 0) {
    absl::StrAppend(&text, "; ", Grouped(report.agreed), " of ", Grouped(report.compared),
                    " agree with the published rating (", Percent(report.agreed, report.compared),
                    " %), ", Grouped(report.compared - report.agreed), " disagree");
  }
  return text + "\n";
}

std::string SummaryJson(const RateReport& report) {
  return absl::StrFormat(
      R"({"rows":%d,"kept":%d,"rated":%d,"unrated":%d,"compared":%d,"agreed":%d,"disagreed":%d,)"
      R"("given_differs":%d})"
      "\n",
      report.rows, report.kept, report.rated, report.kept - report.rated, report.compared,
      report.agreed, report.compared - report.agreed, report.differing);
}

// True where both are names of one file. Its ratings would take the place of what they were rated
// from.
bool SameFile(const std::string& a, const std::string& b) {
  if (a == "-" || b == "-") return false;
  struct stat first {};
  struct stat second {};
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 && S_ISREG(first.st_mode) &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// The size of a file in bytes; 0 where it is none or standard input.
std::int64_t SizeOf(const std::string& path) {
  struct stat info {};
  if (path == "-" || stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  return info.st_size;
}

RateObserver Observe(const Session& session, const RateOptions& options, Progress* progress) {
  const std::int64_t size = SizeOf(options.file.in);
  std::ostream* err = session.console.err;
  RateObserver observer;
  observer.on_layout = [err, &options](const Layout& layout) {
    if (layout.missing_items.empty() || options.quiet) return;
    *err << "assay: note: no column for " << absl::StrJoin(layout.missing_items, ", ")
         << "; counted as blank\n";
  };
  observer.on_disagreement = [err](const Disagreement& each) { *err << DisagreementLine(each); };
  observer.on_progress = [progress, size](std::int64_t rows, std::int64_t bytes) {
    if (size > 0) {
      progress->Update(rows, static_cast<double>(bytes) / static_cast<double>(size));
    } else {
      progress->Update(rows);
    }
  };
  return observer;
}

// The method, once every option is right; else all that is wrong with them. A version that alone is
// wrong is told as it is, with all its faults.
absl::StatusOr<Method> ReadOptions(RateOptions* options, std::string* hint) {
  errors::Violations bad;
  if (options->json && options->file.out == "-") {
    bad.Add("--json", "with --out -", "--out FILE, since both would write to standard output");
  }
  if (SameFile(options->file.in, options->file.out)) {
    bad.Add("--out", options->file.out, "another file than --in, which it would replace");
  }
  ReadColumnOptions(*options, &options->file.columns, &bad);
  const absl::optional<framework::v1::SubjectKind> kind = ReadKind(options->kind, &bad);
  const absl::StatusOr<VersionPtr> version = FindVersion(*options);
  if (bad.empty() || !version.ok()) *hint = "assay framework list --offline";
  if (bad.empty()) return version.ok() ? MethodOf(*version, kind) : version.status();
  AddFault(version.status(), options->framework_file.empty() ? "--framework" : "--framework-file",
           &bad);
  return bad.ToStatus();
}

ExitCode Rate(const Session& session, RateOptions options) {
  std::string hint;
  const absl::StatusOr<Method> method = ReadOptions(&options, &hint);
  if (!method.ok()) return session.Fail(method.status(), hint);

  ProgressOptions shown;
  shown.label = "rating";
  shown.unit = "rows";
  shown.terminal = session.console.err_terminal;
  shown.width = session.console.err_width;
  shown.quiet = options.quiet;
  Progress progress(shown, session.console.err);
  const absl::StatusOr<RateReport> report =
      RateFile(options.file, *method, Observe(session, options, &progress));
  const absl::Duration elapsed = progress.Finish();
  if (!report.ok()) {
    // A file that is missing or a disk that is full is nothing a service did or answered.
    const bool told = absl::IsInvalidArgument(report.status());
    return session.Fail(told ? report.status()
                             : absl::InvalidArgumentError(report.status().message()));
  }
  if (!options.quiet) *session.console.err << Summary(*report, elapsed);
  if (options.json) *session.console.out << SummaryJson(*report);
  return ExitCode::kDone;
}

void AddFileOptions(CLI::App* command, RateOptions* options) {
  command->add_option("--in", options->file.in, "CSV file to read; - is standard input")
      ->type_name("FILE")
      ->required();
  options->file.out = "-";
  command
      ->add_option("--out", options->file.out,
                   "CSV file to write; default -, which is standard output")
      ->type_name("FILE");
  command
      ->add_option("--id-column", options->id_column,
                   "Column of the id; default id where there is one, else the row number")
      ->type_name("COLUMN");
  command
      ->add_option(
          "--where", options->where,
          "Only rows with this value in this column, or with != any other; may be repeated, "
          "all must hold")
      ->type_name("COLUMN=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--map", options->map,
          "What columns hold that are called otherwise; a file has one pair a line; may be "
          "repeated")
      ->type_name("COLUMN=ITEM,...|FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--kind", options->kind,
                   "What the rows are: provider, location, service or area; default location where "
                   "the framework rates them")
      ->type_name("KIND");
  command
      ->add_option("--compare", options->compare,
                   "Column with the published overall rating; disagreements are listed on stderr")
      ->type_name("COLUMN");
}

}  // namespace

void AddRateCommand(CLI::App* app, Session* session) {
  CLI::App* command =
      app->add_subcommand("rate", "Rate a CSV file by a framework version, without any server.");
  command->footer(kHelpEnd);
  const auto options = std::make_shared<RateOptions>();
  command->add_option("--framework", options->framework, "Framework version, as cqc-saf@2024-12")
      ->type_name("NAME");
  command
      ->add_option("--framework-file", options->framework_file,
                   "Framework version in a file of your own; goes before --catalogue")
      ->type_name("FILE");
  command
      ->add_option("--catalogue", options->catalogue,
                   "Folder of framework files; default those shipped with this program")
      ->type_name("DIR")
      ->envname("ASSAY_CATALOGUE");
  AddFileOptions(command, options.get());
  command->add_flag("--json", options->json, "Print the counts as one JSON object on stdout");
  command->add_flag("-q,--quiet", options->quiet,
                    "No progress, notes or summary; errors and disagreements only");
  OnRun(command, session, [session, options] { return Rate(*session, *options); });
}

}  // namespace assay::cli
