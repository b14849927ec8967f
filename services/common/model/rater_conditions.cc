// How the rater answers conditions.
#include <algorithm>

#include "services/common/model/rater.h"

namespace assay::model {

bool CompareHolds(framework::v1::Comparison comparison, Level left, Level right) {
  if (left == 0 || right == 0) return false;
  switch (comparison) {
    case framework::v1::COMPARISON_EQUAL:
      return left == right;
    case framework::v1::COMPARISON_LESS:
      return left < right;
    case framework::v1::COMPARISON_AT_MOST:
      return left <= right;
    case framework::v1::COMPARISON_GREATER:
      return left > right;
    case framework::v1::COMPARISON_AT_LEAST:
      return left >= right;
    default:
      return false;
  }
}

Truth Rater::Judge(const CompiledCondition& condition, const Where& where) const {
  Truth all = Truth::kTrue;
  for (const CompiledTerm& term : condition.all) {
    const Truth truth = JudgeTerm(term, where);
    if (truth == Truth::kFalse) return Truth::kFalse;
    if (truth == Truth::kUnknown) all = Truth::kUnknown;
  }
  return all;
}

// The compiler lets a term stand only where what it asks about is there; the analyzer cannot see
// that. NOLINTBEGIN(clang-analyzer-core.CallAndMessage,clang-analyzer-core.NullDereference)
Truth Rater::JudgeTerm(const CompiledTerm& term, const Where& where) const {
  const auto within = [&term](int value) { return value >= term.low && value <= term.high; };
  bool holds = false;
  switch (term.kind) {
    case TermKind::kCount:
      holds = within(where.inputs->Count(term.bits));
      break;
    case TermKind::kRated:
      holds = within(where.inputs->rated);
      break;
    case TermKind::kLowest:
      holds = where.inputs->lowest != 0 && where.inputs->lowest <= term.level;
      break;
    case TermKind::kOutcome:
      holds = (term.bits & Bit(where.outcome)) != 0;
      break;
    case TermKind::kNode:
      holds = term.nodes[static_cast<std::size_t>(where.position)];
      break;
    case TermKind::kCompare:
      holds = JudgeCompare(term, where);
      break;
    case TermKind::kAction:
      holds = JudgeAction(term, where);
      break;
    case TermKind::kFlag:
      holds = (flags_ & Bit(term.flag)) != 0;
      break;
    case TermKind::kSector: {
      const int sector = SectorOf(where.unit);
      if (sector < 0) return Truth::kUnknown;
      holds = (term.bits & Bit(sector)) != 0;
      break;
    }
    case TermKind::kAssessed: {
      const Day day = out_.facts.assessed;
      holds = day != kNoDay && (term.from == kNoDay || term.from <= day) &&
              (term.before == kNoDay || day < term.before);
      break;
    }
    case TermKind::kServices:
      holds = within(out_.facts.services);
      break;
  }
  return holds ? Truth::kTrue : Truth::kFalse;
}

bool Rater::JudgeCompare(const CompiledTerm& term, const Where& where) const {
  const auto level_of = [&](const NamedInput& input) -> Level {
    const std::int32_t index = ladder_->stages[input.stage].index_of_position[input.position];
    const NodeResult& node = NodeAt(input.stage, static_cast<std::size_t>(index), where.ordinal);
    const bool left_out =
        !node.counted || (where.stage != nullptr &&
                          Excluded(*where.stage, where.unit, static_cast<int>(input.stage), node));
    return left_out ? Level{0} : node.level;
  };
  const Level left = level_of(term.left);
  const Level right = term.right_is_level ? term.level : level_of(term.right);
  return CompareHolds(term.comparison, left, right);
}

// A direct link ties the regulation to the node: to its item, or to any item of its group or the
// whole.
bool Rater::Linked(const std::string& regulation, const Where& where) const {
  if (regulation.empty()) return false;
  const ClosedAxis closed = where.stage->closed;
  for (std::size_t item = 0; item < program_.direct_links.size(); ++item) {
    const std::vector<std::string>& links = program_.direct_links[item];
    if (links.empty()) continue;
    const int index = static_cast<int>(item);
    const bool under = closed >= ClosedAxis::kItem
                           ? model_.Project(closed, where.position, ClosedAxis::kItem) == index
                           : model_.Project(ClosedAxis::kItem, index, closed) == where.position;
    if (under && std::count(links.begin(), links.end(), regulation) != 0) return true;
  }
  return false;
}

// An action on one service does not touch the others, but does touch the whole; one on the whole
// touches every service.
bool Rater::JudgeAction(const CompiledTerm& term, const Where& where) const {
  for (const ActionEntry& action : state_.actions) {
    if (term.bits != 0 && (term.bits & Bit(action.kind)) == 0) continue;
    const std::uint16_t service = ProjectUnit(where.unit, kService);
    if (action.unit != 0 && service != 0 && action.unit != service) continue;
    if (term.linked && !Linked(state_.history->regulations()[action.regulation], where)) continue;
    return true;
  }
  return false;
}

// An item in no row applies everywhere; in several, where any of them holds.
Truth Rater::Applies(int item, std::uint16_t unit) const {
  const auto& rows = program_.applicability_of_item[static_cast<std::size_t>(item)];
  if (rows.empty()) return Truth::kTrue;
  Where where;
  where.unit = unit;
  Truth any = Truth::kFalse;
  for (const std::uint16_t row : rows) {
    const Truth truth = Judge(program_.applicability[row].when, where);
    if (truth == Truth::kTrue) return truth;
    if (truth == Truth::kUnknown) any = truth;
  }
  return any;
}

const CategoryRow* Rater::RequiredFor(int item, std::uint16_t unit) const {
  Where where;
  where.unit = unit;
  for (const CategoryRow& row : program_.categories) {
    if (!row.items.empty() && !row.items[static_cast<std::size_t>(item)]) continue;
    if (Holds(row.when, where)) return &row;
  }
  return nullptr;
}

// NOLINTEND(clang-analyzer-core.CallAndMessage,clang-analyzer-core.NullDereference)

}  // namespace assay::model
