#include "services/common/model/prove_rules.h"

#include <algorithm>

namespace assay::model {

NodeRules::NodeRules(const CompiledModel& model, const StageProgram& stage)
    : model_(model), stage_(stage) {
  // Which caps the method's outcome lets apply.
  caps_by_outcome_.resize(static_cast<std::size_t>(model.LevelCount(stage_.scale)) + 1);
  for (std::size_t level = 0; level < caps_by_outcome_.size(); ++level) {
    for (std::size_t c = 0; c < stage_.caps.size(); ++c) {
      const auto& terms = stage_.caps[c].when.all;
      const bool fits = std::all_of(terms.begin(), terms.end(), [&](const CompiledTerm& term) {
        return term.kind != TermKind::kOutcome || (term.bits & Bit(static_cast<int>(level))) != 0;
      });
      if (fits) caps_by_outcome_[level] |= 1U << c;
    }
  }
}

FactCase NodeRules::CaseOf(const FactState& facts, int position) const {
  FactCase one;
  one.facts = facts;
  for (std::size_t r = 0; r < stage_.table.rows.size(); ++r) {
    if (FactsHold(stage_.table.rows[r].when, facts, position)) {
      one.rows |= Bit(static_cast<int>(r));
    }
  }
  for (std::size_t c = 0; c < stage_.caps.size(); ++c) {
    if (FactsHold(stage_.caps[c].when, facts, position)) one.caps |= 1U << c;
  }
  for (std::size_t s = 0; s < stage_.steps.size(); ++s) {
    if (FactsHold(stage_.steps[s].when, facts, position)) one.steps |= 1U << s;
  }
  return one;
}

Level NodeRules::BestCapped(std::size_t cap) const {
  Level best = 0;
  for (std::size_t level = 1; level < caps_by_outcome_.size(); ++level) {
    if ((caps_by_outcome_[level] & (1U << cap)) != 0) best = static_cast<Level>(level);
  }
  return best;
}

bool NodeRules::InputsHold(const CompiledCondition& condition, const InputSpace& space,
                           const Inputs& inputs) const {
  for (const CompiledTerm& term : condition.all) {
    bool holds = true;
    switch (term.kind) {
      case TermKind::kCount: {
        const int count = inputs.counts.Count(term.bits);
        holds = count >= term.low && count <= term.high;
        break;
      }
      case TermKind::kRated:
        holds = inputs.counts.rated >= term.low && inputs.counts.rated <= term.high;
        break;
      case TermKind::kLowest:
        holds = inputs.counts.lowest != 0 && inputs.counts.lowest <= term.level;
        break;
      case TermKind::kCompare:
        holds = CompareHolds(term.comparison, space.At(inputs, term.left),
                             term.right_is_level ? term.level : space.At(inputs, term.right));
        break;
      default:
        break;
    }
    if (!holds) return false;
  }
  return true;
}

// Through the compiled table where it has one, since ratings go that way.
Bits NodeRules::RowsOf(const InputSpace& space, const Inputs& inputs) const {
  const TableProgram& table = stage_.table;
  const bool closed = !table.rows.empty() && table.rows.back().source->otherwise();
  if (!table.lookup.empty() && closed) return Bit(table.lookup[table.Key(inputs.counts)]);
  Bits rows = 0;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (InputsHold(table.rows[r].when, space, inputs)) rows |= Bit(static_cast<int>(r));
  }
  return rows;
}

Part NodeRules::PartOf(const InputSpace& space, const Inputs& inputs) const {
  Part part;
  part.suffices = space.Suffices(inputs);
  part.lowest = inputs.counts.lowest;
  std::uint32_t folded = 0;
  if (space.kind() == InputSpace::Kind::kJudged) {
    part.method = inputs.judged;
  } else if (stage_.method == Method::kPercent) {
    const PercentProgram& percent = stage_.percent;
    const InputCounts& counts = inputs.counts;
    const PercentEntry* entry = percent.Find(counts.rated, counts.sum, counts.lowest);
    if (entry != nullptr) {
      part.method = entry->method;
      part.caps = entry->applied;
      folded = percent.folded;
    } else if (space.kind() == InputSpace::Kind::kPercent) {
      part.method = percent.by_percent[inputs.percent];
    } else {
      part.method = percent.by_percent[WholePercent(percent.rounding, counts.sum,
                                                    counts.rated * percent.levels)];
    }
  } else if (stage_.method == Method::kTable) {
    part.rows = RowsOf(space, inputs);
  } else {
    part.start = space.At(inputs, stage_.start);
    for (std::size_t s = 0; s < stage_.steps.size(); ++s) {
      if (InputsHold(stage_.steps[s].when, space, inputs)) part.steps |= 1U << s;
    }
  }
  for (std::size_t c = 0; c < stage_.caps.size(); ++c) {
    if ((folded & (1U << c)) != 0) continue;
    if (InputsHold(stage_.caps[c].when, space, inputs)) part.caps |= 1U << c;
  }
  return part;
}

void NodeRules::JudgeMethod(const Part& part, const FactCase& facts, Verdict& verdict) const {
  switch (stage_.method) {
    case Method::kTable: {
      const Bits rows = part.rows & facts.rows;
      if (rows == 0) {
        verdict.why = Verdict::Why::kGap;
        return;
      }
      verdict.row = __builtin_ctzll(rows);
      const CompiledRow& row = stage_.table.rows[static_cast<std::size_t>(verdict.row)];
      if (row.gives == RowGives::kUnrated) {
        verdict.why = Verdict::Why::kUnrated;
        return;
      }
      verdict.method = row.gives == RowGives::kLowest ? part.lowest : row.level;
      break;
    }
    case Method::kAdjustments: {
      if (part.start == 0) return;
      verdict.steps = part.steps & facts.steps;
      const int best = model_.LevelCount(stage_.scale);
      int value = part.start;
      for (std::uint32_t rest = verdict.steps; rest != 0; rest &= rest - 1) {
        const auto step = static_cast<std::size_t>(__builtin_ctz(rest));
        value = std::clamp(value + stage_.steps[step].by, 1, best);
      }
      verdict.method = static_cast<Level>(value);
      break;
    }
    default:
      verdict.method = part.method;
  }
  verdict.why = verdict.method == 0 ? Verdict::Why::kGap : Verdict::Why::kRated;
}

Verdict NodeRules::Judge(const Part& part, const FactCase& facts, InputSpace::Kind kind) const {
  Verdict verdict;
  if (!part.suffices) return verdict;
  if (kind == InputSpace::Kind::kJudged) {
    verdict.method = part.method;
    verdict.why = Verdict::Why::kRated;
  } else {
    JudgeMethod(part, facts, verdict);
  }
  if (verdict.why != Verdict::Why::kRated) return verdict;
  verdict.result = verdict.method;
  const std::uint32_t caps = part.caps & facts.caps & caps_by_outcome_[verdict.method];
  for (std::uint32_t rest = caps; rest != 0; rest &= rest - 1) {
    const auto c = static_cast<std::size_t>(__builtin_ctz(rest));
    verdict.result = std::min(verdict.result, stage_.caps[c].at_most);
  }
  if (verdict.result == verdict.method) return verdict;
  for (std::uint32_t rest = caps; rest != 0; rest &= rest - 1) {
    const int c = __builtin_ctz(rest);
    if (stage_.caps[static_cast<std::size_t>(c)].at_most == verdict.result) {
      verdict.bound |= 1U << c;
    }
  }
  return verdict;
}

}  // namespace assay::model
