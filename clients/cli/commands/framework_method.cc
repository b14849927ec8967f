// assay framework explain|combinations

#include "clients/cli/commands/framework_method.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/wrappers.pb.h"

#include "CLI/CLI.hpp"
#include "assay/framework/v1/framework_service.pb.h"
#include "clients/cli/commands/framework_source.h"
#include "clients/cli/output/json.h"
#include "clients/cli/output/style.h"
#include "clients/cli/output/table.h"
#include "services/common/model/combinations.h"
#include "services/common/model/explain_method.h"
#include "services/common/model/model.h"
#include "services/common/model/program.h"

namespace assay::cli {
namespace {

namespace fw = framework::v1;
using ModelPtr = std::shared_ptr<const model::CompiledModel>;

constexpr char kExplainHelpEnd[] = R"(Examples:
  assay framework explain cqc-saf@2024-12
  assay framework explain cqc-saf@2024-12 --offline
  assay framework explain my-method@2026 --catalogue DIR)";

constexpr char kCombinationsHelpEnd[] =
    R"(No regulatory action is open and no flag is set. A multiset is a choice of scores whatever item has
which; ordered scores tell the items apart.

Examples:
  assay framework combinations --framework cqc-saf@2024-12 --question safe --rating good
  assay framework combinations --framework cqc-saf@2024-12 --question caring --rating outstanding \
                               --list --offline
  assay framework combinations --framework cqc-saf@2024-12 --question well-led --rating good \
                               --sector nhs-trust --items 8)";

// Fetches and compiles the version; nullptr, and `code` set, where it cannot be had.
ModelPtr FetchModel(const Session& session, const FrameworkOptions& options, ExitCode* code) {
  fw::FrameworkVersion version;
  *code = FetchVersion(session, options, &version);
  if (*code != ExitCode::kDone) return nullptr;
  absl::StatusOr<ModelPtr> model = model::CompiledModel::Compile(version);
  if (model.ok()) return *std::move(model);
  *code = session.Fail(model.status());
  return nullptr;
}

ExitCode ExplainVersion(const Session& session, const FrameworkOptions& options) {
  ExitCode code = ExitCode::kDone;
  const ModelPtr model = FetchModel(session, options, &code);
  if (model == nullptr) return code;
  const std::string text = model::ExplainMethod(*model);
  if (options.json) {
    google::protobuf::StringValue value;
    value.set_value(text);
    *session.console.out << ToJson(value, JsonLayout::kLine);
  } else {
    for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
      *session.console.out << Shown(line) << "\n";
    }
  }
  return ExitCode::kDone;
}

struct CombinationOptions {
  FrameworkOptions source;
  std::string question;
  std::string rating;
  std::string sector;
  int items = 0;
  bool list = false;
};

// Words as people write them become the model's ids; what is not known stays, to be refused.
model::CombinationQuery QueryOf(const model::CompiledModel& model,
                                const CombinationOptions& options) {
  model::CombinationQuery query;
  const fw::FrameworkVersion& version = model.version();
  const int group = model.GroupByAny(options.question);
  query.group = group < 0 ? options.question : version.groups(group).id();
  const int sector = options.sector.empty() ? -1 : model.SectorByAny(options.sector);
  query.sector = sector < 0 ? options.sector : version.sectors(sector).id();
  query.level = options.rating;
  query.items = options.items;
  for (int s = 0; s < version.scoring_model().scales_size(); ++s) {
    if (model.LevelById(s, query.level) != 0) return query;
  }
  for (int s = 0; s < version.scoring_model().scales_size(); ++s) {
    const model::Level level = model.LevelByAny(s, options.rating);
    if (level == 0) continue;
    query.level = version.scoring_model().scales(s).levels(level - 1).id();
    break;
  }
  return query;
}

void PrintJson(const Session& session, const model::Combinations& found, bool list) {
  fw::ListCombinationsResponse response;
  for (std::size_t i = 0; list && i < found.all.size(); ++i) {
    const model::Combination& one = found.all[i];
    fw::ListCombinationsResponse::Combination& out = *response.add_combinations();
    out.mutable_levels()->Add(one.levels.begin(), one.levels.end());
    out.set_vectors(one.vectors);
    out.set_cap(one.cap);
  }
  response.set_multisets(found.multisets);
  response.set_vectors(found.vectors);
  response.set_multisets_without_caps(found.multisets_without_caps);
  response.set_vectors_without_caps(found.vectors_without_caps);
  *session.console.out << ToJson(response, JsonLayout::kIndented);
}

void PrintText(const Session& session, const model::CombinationQuery& query,
               const model::Combinations& found, bool list) {
  std::ostream& out = *session.console.out;
  out << query.group << " with " << found.items << (found.items == 1 ? " score" : " scores") << ", "
      << query.level << ":\n";
  Table counts({{""}, {"MULTISETS", Table::Align::kRight}, {"ORDERED", Table::Align::kRight}});
  counts.AddRow({"with caps", absl::StrCat(found.multisets), absl::StrCat(found.vectors)});
  counts.AddRow({"without caps", absl::StrCat(found.multisets_without_caps),
                 absl::StrCat(found.vectors_without_caps)});
  out << counts.Render(session.console.out_style, 2);
  if (!list || found.all.empty()) return;
  Table table({{"SCORES"}, {"ORDERED", Table::Align::kRight}, {"LIMITED BY"}});
  for (const model::Combination& one : found.all) {
    std::vector<int> levels(one.levels.begin(), one.levels.end());
    table.AddRow({absl::StrJoin(levels, " "), absl::StrCat(one.vectors), one.cap});
  }
  out << "\n" << table.Render(session.console.out_style, 2);
}

ExitCode Combine(const Session& session, const CombinationOptions& options) {
  ExitCode code = ExitCode::kDone;
  const ModelPtr model = FetchModel(session, options.source, &code);
  if (model == nullptr) return code;
  const model::CombinationQuery query = QueryOf(*model, options);
  const absl::StatusOr<model::Combinations> found = model::FindCombinations(*model, query);
  if (!found.ok()) return session.Fail(found.status());
  if (options.source.json) {
    PrintJson(session, *found, options.list);
  } else {
    PrintText(session, query, *found, options.list);
  }
  return ExitCode::kDone;
}

}  // namespace

void AddFrameworkExplain(CLI::App* group, Session* session) {
  CLI::App* explain = group->add_subcommand(
      "explain", "Explain the method of one version in plain English, from its data alone.");
  explain->footer(kExplainHelpEnd);
  const auto options = std::make_shared<FrameworkOptions>();
  explain->add_option("name", options->name, "The version: cqc-saf@2024-12, or its full name")
      ->type_name("NAME")
      ->required();
  AddSourceOptions(explain, options.get());
  OnRun(explain, session, [session, options] { return ExplainVersion(*session, *options); });
}

void AddFrameworkCombinations(CLI::App* group, Session* session) {
  CLI::App* combinations = group->add_subcommand(
      "combinations", "Count and list the scores that give a group its rating.");
  combinations->footer(kCombinationsHelpEnd);
  const auto options = std::make_shared<CombinationOptions>();
  combinations
      ->add_option("--framework", options->source.name,
                   "The version: cqc-saf@2024-12, or its full name")
      ->type_name("NAME")
      ->required();
  combinations->add_option("--question", options->question, "The group, such as safe")
      ->type_name("GROUP")
      ->required();
  combinations->add_option("--rating", options->rating, "The level, such as good")
      ->type_name("LEVEL")
      ->required();
  combinations
      ->add_option("--items", options->items,
                   "Scored items; 0, the default, means all that apply in the sector")
      ->type_name("N");
  combinations->add_option("--sector", options->sector, "The sector; without it, it is unknown")
      ->type_name("SECTOR");
  combinations->add_flag("--list", options->list, "List every multiset");
  AddSourceOptions(combinations, &options->source);
  OnRun(combinations, session, [session, options] { return Combine(*session, *options); });
}

}  // namespace assay::cli
