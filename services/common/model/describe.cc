#include "services/common/model/describe.h"

#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace assay::model {
namespace {

constexpr int kNoBound = std::numeric_limits<int>::max();

std::string LevelNames(const CompiledModel& model, int scale, Bits bits) {
  std::vector<absl::string_view> names;
  for (int level = 1; level <= model.LevelCount(scale); ++level) {
    if ((bits & Bit(level)) != 0) {
      names.push_back(model.LevelLabel(scale, static_cast<Level>(level)));
    }
  }
  return absl::StrJoin(names, " or ");
}

std::string CountWords(int low, int high) {
  if (low == high) return low == 0 ? "no" : absl::StrCat(low);
  if (high == kNoBound) return absl::StrCat(low, " or more");
  if (low == 0) return absl::StrCat("at most ", high);
  return absl::StrCat(low, " to ", high);
}

absl::string_view ComparisonWords(framework::v1::Comparison comparison) {
  switch (comparison) {
    case framework::v1::COMPARISON_EQUAL:
      return "equal to";
    case framework::v1::COMPARISON_LESS:
      return "below";
    case framework::v1::COMPARISON_AT_MOST:
      return "at most";
    case framework::v1::COMPARISON_GREATER:
      return "above";
    default:
      return "at least";
  }
}

std::string DayRange(Day from, Day before) {
  if (before == kNoDay) return absl::StrCat("from ", from.ToString());
  if (from == kNoDay) return absl::StrCat("before ", before.ToString());
  return absl::StrCat("from ", from.ToString(), " and before ", before.ToString());
}

std::string DescribeTerm(const CompiledModel& model, const StageProgram& stage,
                         const CompiledTerm& term, const framework::v1::Term& source) {
  switch (term.kind) {
    case TermKind::kCount:
      return absl::StrCat(CountWords(term.low, term.high), " of ",
                          LevelNames(model, stage.input_scale, term.bits));
    case TermKind::kRated:
      return absl::StrCat(CountWords(term.low, term.high), " rated");
    case TermKind::kLowest:
      return absl::StrCat("the lowest is ", model.LevelLabel(stage.input_scale, term.level),
                          " or below");
    case TermKind::kOutcome:
      return absl::StrCat("the outcome is ", LevelNames(model, stage.scale, term.bits));
    case TermKind::kNode:
      return absl::StrCat("it is ", absl::StrJoin(source.node().names(), " or "));
    case TermKind::kCompare:
      return absl::StrCat(source.compare().input(), " is ", ComparisonWords(term.comparison), " ",
                          term.right_is_level ? model.LevelLabel(stage.input_scale, term.level)
                                              : absl::string_view(source.compare().other()));
    case TermKind::kAction:
      return absl::StrCat("an open ",
                          term.bits == 0 ? std::string("regulatory action")
                                         : absl::StrJoin(source.open_action().kinds(), " or "),
                          term.linked ? " on a linked regulation" : "");
    case TermKind::kFlag:
      return absl::StrCat("the flag ", source.flag());
    case TermKind::kSector:
      return absl::StrCat("the sector is ", absl::StrJoin(source.sector().names(), " or "));
    case TermKind::kAssessed:
      return absl::StrCat("assessed ", DayRange(term.from, term.before));
    case TermKind::kServices:
      return absl::StrCat(CountWords(term.low, term.high), " services");
  }
  return "";
}

}  // namespace

const LadderProgram& LadderOf(const Evaluation& evaluation) {
  return evaluation.model->program().ladders[static_cast<std::size_t>(evaluation.ladder)];
}

const StageProgram& StageProgramOf(const Evaluation& evaluation, const NodeResult& node) {
  return LadderOf(evaluation).stages[node.stage];
}

std::string DescribeCondition(const CompiledModel& model, const StageProgram& stage,
                              const CompiledCondition& condition) {
  std::vector<std::string> terms;
  for (const CompiledTerm& term : condition.all) {
    terms.push_back(DescribeTerm(model, stage, term, *term.source));
  }
  return absl::StrJoin(terms, ", and ");
}

std::string DescribeNode(const Evaluation& evaluation, const State& state, const NodeResult& node) {
  const StageProgram& stage = StageProgramOf(evaluation, node);
  std::string name = evaluation.model->PositionName(stage.closed, node.position);
  if (name.empty())
    name = stage.source->title().empty() ? stage.source->id() : stage.source->title();
  const Unit& unit = state.history->units()[node.unit];
  if (!unit.service.empty()) name = absl::StrCat(unit.service, ": ", name);
  if (!unit.location.empty()) name = absl::StrCat(unit.location, ": ", name);
  return name;
}

}  // namespace assay::model
