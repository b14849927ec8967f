#include "services/common/model/explain_method.h"

#include <cstdlib>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include "services/common/clock/day_proto.h"
#include "services/common/model/describe.h"

namespace assay::model {
namespace {

namespace fw = framework::v1;

constexpr std::size_t kWidth = 100;

const char* RoundingWords(fw::Rounding rounding) {
  switch (rounding) {
    case fw::ROUNDING_HALF_EVEN:
      return "a half goes to the even number";
    case fw::ROUNDING_DOWN:
      return "always down";
    case fw::ROUNDING_UP:
      return "always up";
    default:
      return "a half goes up";
  }
}

std::string KindWords(int kind) {
  switch (kind) {
    case fw::SUBJECT_KIND_PROVIDER:
      return "a provider";
    case fw::SUBJECT_KIND_LOCATION:
      return "a location";
    case fw::SUBJECT_KIND_SERVICE:
      return "a service";
    case fw::SUBJECT_KIND_AREA:
      return "an area";
    default: {
      const std::string name = fw::SubjectKind_Name(static_cast<fw::SubjectKind>(kind));
      return absl::StrCat("a ", absl::AsciiStrToLower(absl::StrReplaceAll(
                                    name, {{"SUBJECT_KIND_", ""}, {"_", " "}})));
    }
  }
}

std::string AxisWords(int axis) {
  const std::string name = fw::Axis_Name(static_cast<fw::Axis>(axis));
  const std::string word =
      absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"AXIS_", ""}, {"_", " "}}));
  return axis == fw::AXIS_CATEGORY ? "evidence category" : word;
}

class MethodExplainer {
 public:
  explicit MethodExplainer(const CompiledModel& model) : model_(model), version_(model.version()) {}

  std::string Run() {
    Heading();
    Assessed();
    for (const LadderProgram& ladder : model_.program().ladders) Ladder(ladder);
    Applicability();
    Categories();
    List("Words that may be published where a rating would stand", PublishedWords());
    List("Not confirmed", {version_.notes().begin(), version_.notes().end()});
    return std::move(text_);
  }

 private:
  // Adds one paragraph, wrapped, its first line and the others indented so far.
  void Say(std::size_t first, std::size_t rest, absl::string_view words) {
    std::string line(first, ' ');
    bool empty = true;
    for (const absl::string_view word : absl::StrSplit(words, ' ', absl::SkipEmpty())) {
      if (!empty && line.size() + 1 + word.size() > kWidth) {
        absl::StrAppend(&text_, line, "\n");
        line.assign(rest, ' ');
        empty = true;
      }
      absl::StrAppend(&line, empty ? "" : " ", word);
      empty = false;
    }
    absl::StrAppend(&text_, line, "\n");
  }
  void Title(absl::string_view words) {
    absl::StrAppend(&text_, "\n");
    Say(0, 4, words);
  }
  void List(absl::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    Title(title);
    for (const std::string& line : lines) Say(2, 4, line);
  }

  std::string Label(int scale, Level level) const {
    return std::string(model_.LevelLabel(scale, level));
  }
  std::string LabelOf(int scale, const std::string& id) const {
    return Label(scale, model_.LevelById(scale, id));
  }
  std::string Levels(int scale) const {
    std::vector<std::string> labels;
    for (int level = 1; level <= model_.LevelCount(scale); ++level) {
      labels.push_back(Label(scale, static_cast<Level>(level)));
    }
    return absl::StrJoin(labels, ", ");
  }
  static std::string StageName(const StageProgram& stage) {
    return stage.source->title().empty() ? stage.source->id() : stage.source->title();
  }
  template <typename Ids>
  std::string ItemNames(const Ids& ids) const {
    std::vector<std::string> names;
    for (const std::string& id : ids) {
      const int item = model_.ItemById(id);
      names.push_back(item < 0 ? id : model_.PositionName(ClosedAxis::kItem, item));
    }
    return absl::StrJoin(names, ", ");
  }
  // Conditions outside stages ask about no inputs.
  std::string When(const CompiledCondition& condition) const {
    return DescribeCondition(model_, StageProgram(), condition);
  }

  void Heading() {
    const std::string& name = version_.display_name();
    Say(0, 0, name.empty() ? version_.name() : absl::StrCat(name, " (", version_.name(), ")"));
    std::string line;
    if (!version_.publisher().empty()) {
      absl::StrAppend(&line, "Published by ", version_.publisher(), ". ");
    }
    const auto from = clock::DayFromProto(version_.effective_from());
    const auto before = clock::DayFromProto(version_.effective_before());
    if (version_.has_effective_from() && from.ok()) {
      absl::StrAppend(&line, "For assessments that start on or after ", from->ToString());
      if (version_.has_effective_before() && before.ok()) {
        absl::StrAppend(&line, " and before ", before->ToString());
      }
      absl::StrAppend(&line, ".");
    }
    if (!line.empty()) Say(0, 0, line);
  }

  void Assessed() {
    Title("What is assessed");
    for (int g = 0; g < version_.groups_size(); ++g) {
      const fw::Group& group = version_.groups(g);
      std::vector<std::string> items;
      for (int i = 0; i < version_.items_size(); ++i) {
        if (model_.GroupOfItem(i) == g) items.push_back(model_.PositionName(ClosedAxis::kItem, i));
      }
      std::string line = model_.PositionName(ClosedAxis::kGroup, g);
      if (!group.question().empty() || !items.empty()) absl::StrAppend(&line, ":");
      if (!group.question().empty()) absl::StrAppend(&line, " ", group.question());
      if (!items.empty()) {
        absl::StrAppend(&line, " ", items.size(), " items: ", absl::StrJoin(items, "; "), ".");
      }
      Say(2, 4, line);
    }
    std::vector<std::string> categories;
    for (const fw::EvidenceCategory& category : version_.categories()) {
      categories.push_back(category.display_name().empty() ? category.id()
                                                           : category.display_name());
    }
    if (!categories.empty()) {
      Say(2, 4,
          absl::StrCat("Evidence comes in ", categories.size(),
                       " categories: ", absl::StrJoin(categories, "; "), "."));
    }
  }

  void Ladder(const LadderProgram& ladder) {
    std::vector<std::string> kinds;
    for (const int kind : ladder.source->subject_kinds()) kinds.push_back(KindWords(kind));
    const std::string when = When(ladder.when);
    Title(absl::StrCat("How ", absl::StrJoin(kinds, " or "), " is rated",
                       when.empty() ? "" : absl::StrCat(", where: ", when), " (",
                       ladder.source->id(), ")"));
    int number = 0;
    for (const StageProgram& stage : ladder.stages) Stage(ladder, stage, ++number);
  }

  void Stage(const LadderProgram& ladder, const StageProgram& stage, int number) {
    std::vector<std::string> axes;
    for (const int axis : stage.source->per()) axes.push_back(AxisWords(axis));
    std::vector<std::string> from;
    for (const int input : stage.from) {
      from.push_back(StageName(ladder.stages[static_cast<std::size_t>(input)]));
    }
    Say(2, 5,
        absl::StrCat(number, ". ", StageName(stage),
                     axes.empty() ? "" : absl::StrCat(", for each ", absl::StrJoin(axes, " and ")),
                     from.empty() ? "" : absl::StrCat(", from: ", absl::StrJoin(from, ", ")), "."));
    if (!stage.source->only().empty()) {
      Say(5, 7, absl::StrCat("Only for ", absl::StrJoin(stage.source->only(), ", "), "."));
    }
    Method(stage);
    if (!stage.source->entered().empty()) {
      Say(5, 7,
          absl::StrCat("Judged all the same, not computed: ",
                       absl::StrJoin(stage.source->entered(), ", "), "."));
    }
    Exclusions(stage);
    Missing(stage);
    Caps(stage);
  }

  void Method(const StageProgram& stage) {
    switch (stage.method) {
      case model::Method::kJudged:
        Say(5, 7, absl::StrCat("An assessor enters it: ", Levels(stage.scale), "."));
        return;
      case model::Method::kPercent:
        Percent(stage);
        return;
      case model::Method::kTable:
        Say(5, 7, "The first of these rules that holds decides:");
        for (const CompiledRow& row : stage.table.rows) Row(stage, row);
        return;
      case model::Method::kAdjustments:
        Adjustments(stage);
        return;
    }
  }

  void Percent(const StageProgram& stage) {
    const int levels = model_.LevelCount(stage.input_scale);
    Say(5, 7,
        absl::StrCat("Each outcome counts points, from 1 for ", Label(stage.input_scale, 1), " to ",
                     levels, " for ", Label(stage.input_scale, static_cast<Level>(levels)),
                     ". Their sum is taken as a percentage of the most that those with an outcome "
                     "could reach, rounded to a whole number (",
                     RoundingWords(stage.percent.rounding), "):"));
    for (const fw::Band& band : stage.source->percent_bands().bands()) {
      Say(7, 9,
          absl::StrCat(band.from_percent(), " to ", band.to_percent(), " % is ",
                       LabelOf(stage.scale, band.level()), "."));
    }
  }

  void Row(const StageProgram& stage, const CompiledRow& row) {
    std::string gives;
    if (row.gives == RowGives::kLevel) gives = Label(stage.scale, row.level);
    if (row.gives == RowGives::kLowest) gives = "the lowest outcome among the inputs";
    if (row.gives == RowGives::kUnrated) {
      gives = absl::StrCat("not rated (", row.source->unrated().reason(), ")");
    }
    const std::string when = DescribeCondition(model_, stage, row.when);
    Say(7, 9,
        absl::StrCat(row.source->id(), ": ",
                     row.source->otherwise() ? "otherwise" : absl::StrCat("with ", when),
                     ", it is ", gives, "."));
  }

  void Adjustments(const StageProgram& stage) {
    const fw::Adjustments& source = stage.source->adjustments();
    Say(5, 7,
        absl::StrCat("It starts from ", source.start(),
                     " and is moved step by step, always by the original inputs, and held "
                     "to the scale after each step:"));
    for (std::size_t i = 0; i < stage.steps.size(); ++i) {
      const int by = stage.steps[i].by;
      Say(7, 9,
          absl::StrCat(source.steps(static_cast<int>(i)).id(), ": where ",
                       DescribeCondition(model_, stage, stage.steps[i].when), ", ", std::abs(by),
                       std::abs(by) == 1 ? " level " : " levels ", by > 0 ? "up" : "down", "."));
    }
  }

  void Exclusions(const StageProgram& stage) {
    for (std::size_t i = 0; i < stage.exclusions.size(); ++i) {
      const fw::Exclusion& source = stage.source->exclusions(static_cast<int>(i));
      const std::string when = When(stage.exclusions[i].when);
      Say(5, 7,
          absl::StrCat("Left out", when.empty() ? "" : absl::StrCat(" where ", when), ": ",
                       absl::StrJoin(source.nodes(), ", "), ". ", source.reason()));
    }
  }

  void Missing(const StageProgram& stage) {
    for (int i = 0; i < stage.source->missing().fallbacks_size(); ++i) {
      const fw::Missing::Fallback& fallback = stage.source->missing().fallbacks(i);
      if (fallback.has_held()) {
        Say(5, 7, "Where there is nothing to compute from, an outcome held for it is taken.");
        continue;
      }
      std::vector<std::string> entries;
      for (const auto& entry : fallback.previous().entries()) {
        const std::string name = type::v1::Rating_Name(entry.rating());
        entries.push_back(absl::StrCat(
            absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"RATING_", ""}, {"_", " "}})),
            " gives ", LabelOf(stage.scale, entry.level())));
      }
      Say(5, 7,
          absl::StrCat("Where there is none, the previous rating of its group carries one: ",
                       absl::StrJoin(entries, ", "), "."));
    }
    if (stage.all_required) {
      Say(5, 7, "Where any input is missing, it is not rated.");
    } else if (stage.minimum > 1) {
      Say(5, 7, absl::StrCat("With fewer than ", stage.minimum, " inputs it is not rated."));
    } else if (stage.method != model::Method::kJudged) {
      Say(5, 7, "Missing inputs are left out; with none at all it is not rated.");
    }
    const auto& unrated = stage.source->missing().unrated();
    if (!unrated.reason().empty()) {
      Say(5, 7, absl::StrCat("Not rated is then told as ", unrated.reason(), ". ", unrated.text()));
    }
  }

  void Caps(const StageProgram& stage) {
    for (std::size_t c = 0; c < stage.caps.size(); ++c) {
      const fw::Cap& cap = *stage.caps[c].source;
      const std::string when = DescribeCondition(model_, stage, stage.caps[c].when);
      Say(5, 7,
          absl::StrCat("At most ", Label(stage.scale, stage.caps[c].at_most),
                       when.empty() ? " always" : absl::StrCat(" where ", when), " (", cap.id(),
                       stage.caps[c].strict ? "). " : "; normally, an override may lift it). ",
                       cap.reason()));
    }
  }

  void Applicability() {
    const auto& rows = version_.scoring_model().applicability();
    std::vector<std::string> lines;
    for (int i = 0; i < rows.size(); ++i) {
      const std::string when =
          When(model_.program().applicability[static_cast<std::size_t>(i)].when);
      lines.push_back(absl::StrCat(ItemNames(rows[i].items()), ": ",
                                   when.empty() ? "everywhere" : absl::StrCat("where ", when), ". ",
                                   rows[i].reason()));
    }
    List("Items that do not apply everywhere", lines);
  }

  void Categories() {
    const auto& rows = version_.scoring_model().required_categories();
    std::vector<std::string> lines;
    for (int i = 0; i < rows.size(); ++i) {
      const std::string when = When(model_.program().categories[static_cast<std::size_t>(i)].when);
      lines.push_back(
          absl::StrCat(rows[i].items().empty() ? "Every item" : ItemNames(rows[i].items()),
                       when.empty() ? "" : absl::StrCat(", where ", when), ": ",
                       absl::StrJoin(rows[i].categories(), ", "), "."));
    }
    if (!lines.empty()) lines.push_back("In every other case, all categories that are scored.");
    List("Evidence categories that count", lines);
  }

  std::vector<std::string> PublishedWords() const {
    std::vector<std::string> lines;
    for (const fw::PublishedWord& word : version_.scoring_model().published_words()) {
      lines.push_back(absl::StrCat(word.word(), " (", word.reason(), ")"));
    }
    return lines;
  }

  const CompiledModel& model_;
  const fw::FrameworkVersion& version_;
  std::string text_;
};

}  // namespace

std::string ExplainMethod(const CompiledModel& model) { return MethodExplainer(model).Run(); }

}  // namespace assay::model
