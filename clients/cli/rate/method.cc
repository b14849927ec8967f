#include "clients/cli/rate/method.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "services/common/model/program.h"
#include "services/common/names/names.h"

namespace assay::cli {
namespace {

using framework::v1::SubjectKind;

std::string ColumnOf(absl::string_view id) { return absl::StrReplaceAll(id, {{"-", "_"}}); }

bool Rates(const model::LadderProgram& ladder, SubjectKind kind) {
  return (ladder.kinds & (1U << kind)) != 0;
}

// Fills in the inputs of a method, whose model and kind are known.
class InputFinder {
 public:
  explicit InputFinder(Method* method) : method_(*method), model_(*method->model) {}

  void Run() {
    const framework::v1::FrameworkVersion& version = model_.version();
    for (const framework::v1::Item& item : version.items()) {
      for (const framework::v1::EvidenceCategory& category : version.categories()) {
        type::v1::Node node;
        node.set_item(item.id());
        node.set_category(category.id());
        Add(InputKind::kCategory, absl::StrCat(item.id(), "/", category.id()), node);
      }
    }
    for (const framework::v1::Item& item : version.items()) {
      type::v1::Node node;
      node.set_item(item.id());
      Add(InputKind::kItem, item.id(), node);
    }
    for (const framework::v1::Group& group : version.groups()) {
      type::v1::Node node;
      node.set_group(group.id());
      Add(InputKind::kGroup, ColumnOf(group.id()), node);
    }
    for (const model::LadderProgram& ladder : model_.program().ladders) {
      if (Rates(ladder, method_.kind)) AddWholes(ladder);
    }
    Add(InputKind::kWhole, "overall", type::v1::Node());
  }

 private:
  // Stages of the subject itself beside the overall one, which records tell apart by name.
  void AddWholes(const model::LadderProgram& ladder) {
    for (const model::StageProgram& stage : ladder.stages) {
      const bool whole = stage.closed == model::ClosedAxis::kWhole && stage.open == 0;
      if (!whole || model_.slots()[stage.slot].stage.empty()) continue;
      type::v1::Node node;
      node.set_stage(stage.source->id());
      Add(InputKind::kWhole, ColumnOf(stage.source->id()), node);
    }
  }

  // Nodes that no ladder of the kind has are no inputs.
  void Add(InputKind kind, std::string column, const type::v1::Node& node) {
    const absl::StatusOr<model::Place> place = model_.ResolveNode(node);
    if (!place.ok()) return;
    Input input;
    input.kind = kind;
    input.column = std::move(column);
    input.place = *place;
    input.scale = model_.ScaleOf(*place);
    bool found = false;
    for (const model::LadderProgram& ladder : model_.program().ladders) {
      if (!Rates(ladder, method_.kind)) continue;
      for (const model::StageProgram& stage : ladder.stages) {
        if (stage.slot != place->slot || stage.index_of_position[place->position] < 0) continue;
        const auto at = static_cast<std::size_t>(stage.index_of_position[place->position]);
        found = true;
        input.computed |= stage.method != model::Method::kJudged && !stage.entered[at];
      }
    }
    if (found) method_.inputs.push_back(std::move(input));
  }

  Method& method_;
  const model::CompiledModel& model_;
};

// A cap on inputs alone.
bool NeedsNoFacts(const model::CompiledCap& cap) {
  return !cap.when.Uses(model::TermKind::kAction) && !cap.when.Uses(model::TermKind::kFlag);
}

void FindResults(Method* method) {
  for (const model::LadderProgram& ladder : method->model->program().ladders) {
    if (!Rates(ladder, method->kind)) continue;
    for (const model::StageProgram& stage : ladder.stages) {
      method->computes_groups |= stage.closed == model::ClosedAxis::kGroup && stage.open == 0 &&
                                 stage.method != model::Method::kJudged;
    }
    const model::StageProgram& overall = ladder.stages.back();
    method->overall_percent |= overall.method == model::Method::kPercent;
    method->overall_limiter |= std::any_of(overall.caps.begin(), overall.caps.end(), NeedsNoFacts);
  }
}

// The kind that is asked for, else the location, else the first that is rated.
absl::StatusOr<SubjectKind> FindKind(const model::CompiledModel& model, const std::string& name,
                                     absl::optional<SubjectKind> asked) {
  const std::vector<model::LadderProgram>& ladders = model.program().ladders;
  const auto rates = [&](SubjectKind kind) {
    return std::any_of(ladders.begin(), ladders.end(),
                       [kind](const model::LadderProgram& each) { return Rates(each, kind); });
  };
  if (asked.has_value() && rates(*asked)) return *asked;
  if (asked.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--kind: ", name, " does not rate subjects of this kind"));
  }
  if (rates(framework::v1::SUBJECT_KIND_LOCATION)) return framework::v1::SUBJECT_KIND_LOCATION;
  return static_cast<SubjectKind>(ladders.front().source->subject_kinds(0));
}

}  // namespace

std::vector<std::string> Method::Columns(InputKind of) const {
  std::vector<std::string> columns;
  for (const Input& input : inputs) {
    if (input.kind == of) columns.push_back(input.column);
  }
  return columns;
}

std::vector<std::string> Method::GroupColumns() const {
  std::vector<std::string> columns;
  for (const framework::v1::Group& group : model->version().groups()) {
    columns.push_back(ColumnOf(group.id()));
  }
  return columns;
}

absl::optional<std::size_t> Method::FindInput(absl::string_view text) const {
  const auto with_column = [this](absl::string_view column) -> absl::optional<std::size_t> {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].column == column) return i;
    }
    return absl::nullopt;
  };
  text = absl::StripAsciiWhitespace(text);
  if (const auto exact = with_column(text); exact.has_value()) return exact;
  const framework::v1::FrameworkVersion& version = model->version();
  const std::size_t slash = text.find('/');
  const int item = model->ItemByAny(text.substr(0, slash));
  if (item >= 0) {
    const absl::string_view rest = slash == absl::string_view::npos ? "" : text.substr(slash);
    return with_column(absl::StrCat(version.items(item).id(), rest));
  }
  const int group = model->GroupByAny(text);
  if (group >= 0) return with_column(ColumnOf(version.groups(group).id()));
  return with_column(ColumnOf(text));
}

absl::optional<int> Method::ParseSector(absl::string_view cell) const {
  cell = absl::StripAsciiWhitespace(cell);
  if (cell.empty()) return -1;
  const int sector = model->SectorByAny(cell);
  if (sector < 0) return absl::nullopt;
  return sector;
}

std::string Method::WantedSectors() const {
  return absl::StrCat(absl::StrJoin(model->version().sectors(), ", ",
                                    [](std::string* out, const framework::v1::Sector& sector) {
                                      absl::StrAppend(out, sector.id());
                                    }),
                      " or blank");
}

absl::StatusOr<Method> MakeMethod(std::shared_ptr<const model::CompiledModel> compiled,
                                  absl::optional<SubjectKind> kind) {
  Method method;
  const absl::string_view full_name = compiled->name();
  const absl::StatusOr<names::FrameworkVersionName> name =
      names::FrameworkVersionName::Parse(full_name);
  method.name = name.ok() ? name->short_name() : std::string(full_name);
  const absl::StatusOr<SubjectKind> found = FindKind(*compiled, method.name, kind);
  if (!found.ok()) return found.status();
  method.model = std::move(compiled);
  method.kind = *found;
  const framework::v1::ScoringModel& scoring = method.model->version().scoring_model();
  for (const framework::v1::Scale& scale : scoring.scales()) {
    method.words.emplace_back(scale, scoring);
  }
  InputFinder(&method).Run();
  FindResults(&method);
  const absl::optional<std::size_t> overall = method.FindInput("overall");
  if (!overall.has_value() || method.inputs.size() == 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(method.name, ": nothing is judged of the subject as a whole"));
  }
  method.overall_scale = method.inputs[*overall].scale;
  return method;
}

}  // namespace assay::cli
