// The derivation in plain English, from the model's own words.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/model/derive.h"
#include "services/common/model/describe.h"

namespace assay::model {
namespace {

class Explainer {
 public:
  Explainer(const Evaluation& evaluation, const State& state)
      : evaluation_(evaluation), state_(state), model_(*evaluation.model) {}

  std::vector<std::string> Run() {
    for (std::size_t i = 0; i < evaluation_.nodes.size(); ++i) ExplainNode(i);
    return std::move(lines_);
  }

 private:
  std::string Label(const StageProgram& stage, Level level) const {
    return std::string(model_.LevelLabel(stage.scale, level));
  }

  // `1 Outstanding, 3 Good`, best first, with how many have none.
  std::string CountsOf(std::size_t i) const {
    const NodeResult& node = evaluation_.nodes[i];
    const StageProgram& stage = StageProgramOf(evaluation_, node);
    std::vector<int> counts(kMaxLevels + 1);
    for (const int from : stage.from) {
      const auto begin = evaluation_.stage_begin[static_cast<std::size_t>(from)];
      const auto end = evaluation_.stage_begin[static_cast<std::size_t>(from) + 1];
      const StageProgram& inputs = LadderOf(evaluation_).stages[static_cast<std::size_t>(from)];
      for (auto n = begin; n < end; ++n) {
        const NodeResult& input = evaluation_.nodes[static_cast<std::size_t>(n)];
        const bool here =
            model_.Project(inputs.closed, input.position, stage.closed) == node.position &&
            (stage.open == 0 || input.unit == node.unit);
        if (here && input.counted) ++counts[input.level];
      }
    }
    std::vector<std::string> parts;
    for (int level = model_.LevelCount(stage.input_scale); level > 0; --level) {
      const int count = counts[static_cast<std::size_t>(level)];
      if (count == 0) continue;
      parts.push_back(absl::StrCat(
          count, " ", model_.LevelLabel(stage.input_scale, static_cast<Level>(level))));
    }
    if (counts[0] != 0) parts.push_back(absl::StrCat(counts[0], " not rated"));
    return absl::StrJoin(parts, ", ");
  }

  std::string BandOf(const StageProgram& stage, int percent) const {
    for (const framework::v1::Band& band : stage.source->percent_bands().bands()) {
      if (percent < band.from_percent() || percent > band.to_percent()) continue;
      return absl::StrCat(band.from_percent(), " to ", band.to_percent(), " %");
    }
    return "";
  }

  std::string MethodOf(std::size_t i) const {
    const NodeResult& node = evaluation_.nodes[i];
    const StageProgram& stage = StageProgramOf(evaluation_, node);
    const auto at = static_cast<std::size_t>(stage.index_of_position[node.position]);
    switch (stage.entered[at] ? Method::kJudged : stage.method) {
      case Method::kPercent:
        return absl::StrCat(node.numerator, " of ", node.denominator, " points from ", node.rated,
                            " of ", node.total, " scored, ", node.percent, " %; ",
                            BandOf(stage, node.percent), " is ", Label(stage, node.method_level));
      case Method::kTable: {
        const CompiledRow& row = stage.table.rows[static_cast<std::size_t>(node.rule)];
        const std::string when = DescribeCondition(model_, stage, row.when);
        return absl::StrCat(Label(stage, node.method_level), " by rule ", row.source->id(), " (",
                            when.empty() ? "no rule before holds" : when, "), from ", CountsOf(i));
      }
      case Method::kAdjustments:
        return absl::StrCat(Label(stage, node.method_level), ", starting from ",
                            stage.source->adjustments().start(),
                            node.steps == 0 ? ", with no step" : ", by ",
                            RuleOf(evaluation_, node));
      case Method::kJudged:
        return absl::StrCat(Label(stage, node.method_level), " as judged");
    }
    return "";
  }

  void ExplainCaps(std::size_t i, const std::string& name) {
    const NodeResult& node = evaluation_.nodes[i];
    const StageProgram& stage = StageProgramOf(evaluation_, node);
    for (std::size_t c = 0; c < stage.caps.size(); ++c) {
      if ((node.caps_bound & (1U << c)) == 0) continue;
      const framework::v1::Cap& cap = *stage.caps[c].source;
      const std::string why = cap.reason().empty()
                                  ? DescribeCondition(model_, stage, stage.caps[c].when)
                                  : cap.reason();
      lines_.push_back(absl::StrCat(name, ": limited to ", Label(stage, stage.caps[c].at_most),
                                    " by ", cap.id(), stage.caps[c].strict ? "" : " (normally)",
                                    ". ", why,
                                    " Without any limit: ", Label(stage, node.method_level), "."));
    }
  }

  void ExplainRecord(const NodeResult& node, const std::string& name) {
    const StageProgram& stage = StageProgramOf(evaluation_, node);
    if (node.origin == Origin::kOverridden) {
      lines_.push_back(absl::StrCat(
          name, ": ", Label(stage, node.level), " by override; computed: ",
          node.computed_level == 0 ? std::string("not rated") : Label(stage, node.computed_level),
          "."));
      return;
    }
    std::string line = absl::StrCat(name, ": ", Label(stage, node.level));
    if (node.previous >= 0) {
      const PreviousRating& previous =
          evaluation_.previous[static_cast<std::size_t>(node.previous)];
      absl::StrAppend(&line, ", carried forward from the rating of ", previous.effective.ToString(),
                      " under ", previous.version_name);
    } else {
      absl::StrAppend(&line,
                      node.origin == Origin::kCarriedForward ? ", carried forward" : ", given",
                      " on ", node.newest.ToString());
    }
    if (node.given && node.computed_level != 0) {
      absl::StrAppend(&line, "; computed: ", Label(stage, node.computed_level));
    }
    lines_.push_back(absl::StrCat(line, "."));
  }

  void ExplainNode(std::size_t i) {
    const NodeResult& node = evaluation_.nodes[i];
    const StageProgram& stage = StageProgramOf(evaluation_, node);
    const bool last = i + 1 == evaluation_.nodes.size();
    const std::string name = DescribeNode(evaluation_, state_, node);
    if (!node.counted) return;
    if (node.level == 0) {
      if (stage.closed > ClosedAxis::kGroup && !last) return;
      const type::v1::Unrated unrated = UnratedOf(evaluation_, state_, node);
      lines_.push_back(
          absl::StrCat(name, ": not rated (", unrated.reason(), "). ", unrated.text()));
      return;
    }
    const bool judged = stage.method == Method::kJudged;
    if (node.given || node.previous >= 0 || node.origin == Origin::kOverridden) {
      ExplainRecord(node, name);
    } else if ((!judged && node.method_level != 0) || stage.closed <= ClosedAxis::kGroup) {
      lines_.push_back(absl::StrCat(name, ": ", MethodOf(i), "."));
    }
    if (!node.given && node.origin != Origin::kOverridden) ExplainCaps(i, name);
  }

  const Evaluation& evaluation_;
  const State& state_;
  const CompiledModel& model_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> Explain(const Evaluation& evaluation, const State& state) {
  if (evaluation.ladder < 0) {
    return {absl::StrCat("Not rated: ", UnratedOf(evaluation, state).text())};
  }
  std::vector<std::string> lines = Explainer(evaluation, state).Run();
  // Not by its display name: that is no part of the model, and these lines must follow from the
  // model.
  lines.insert(lines.begin(), absl::StrCat("Rated by ", evaluation.model->name(), "."));
  const NodeResult& overall = *evaluation.overall();
  const Level without = OverallWithoutCaps(evaluation, state);
  if (without != overall.level && without != 0) {
    const int scale = StageProgramOf(evaluation, overall).scale;
    lines.push_back(absl::StrCat("Without any limit the overall would be ",
                                 evaluation.model->LevelLabel(scale, without), "."));
  }
  return lines;
}

}  // namespace assay::model
