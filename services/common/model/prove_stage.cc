#include "services/common/model/prove_stage.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/model/checks.h"

namespace assay::model {
namespace {

constexpr std::size_t kMostExamples = 3;

std::string RowPath(int row) { return absl::StrCat(".rows[", row, "]"); }

std::string Number(double count) {
  if (count < 1e15) return absl::StrCat(static_cast<std::int64_t>(count));
  return count > 1e300 ? "endlessly many" : absl::StrCat("about ", count);
}

}  // namespace

std::string OverTotal(const ProveLimits& limits) {
  return absl::StrCat("more than ", limits.total,
                      " input vectors with facts in the version up to here, want at most ",
                      limits.total);
}

std::string StagePath(std::size_t ladder, std::size_t stage) {
  return absl::StrCat("scoring_model.ladders[", ladder, "].stages[", stage, "]");
}

int SharedTable(const CompiledModel& model, const StageProgram& stage) {
  if (stage.source->method_case() != framework::v1::Stage::kTable) return -1;
  const auto& tables = model.version().scoring_model().tables();
  for (int i = 0; i < tables.size(); ++i) {
    if (tables[i].id() == stage.source->table()) return i;
  }
  return -1;
}

void ProofLog::Add(absl::string_view check, std::string field, std::string message,
                   std::vector<std::string> examples) {
  framework::v1::Diagnostic& diagnostic = diagnostics.emplace_back();
  diagnostic.set_severity(framework::v1::DIAGNOSTIC_SEVERITY_ERROR);
  for (const CheckInfo& info : kChecks) {
    if (info.id == check && !info.error) {
      diagnostic.set_severity(framework::v1::DIAGNOSTIC_SEVERITY_NOTE);
    }
  }
  diagnostic.set_check(std::string(check));
  diagnostic.set_field(std::move(field));
  diagnostic.set_message(std::move(message));
  for (std::string& example : examples) diagnostic.add_examples(std::move(example));
}

StageProver::StageProver(const CompiledModel& model, const ProveLimits& limits, std::size_t ladder,
                         std::size_t stage, ProofLog& log)
    : model_(model),
      limits_(limits),
      log_(log),
      ladder_index_(ladder),
      ladder_(model.program().ladders[ladder]),
      stage_(ladder_.stages[stage]),
      path_(StagePath(ladder, stage)),
      table_(SharedTable(model, stage_)),
      rules_(model, stage_) {}

void StageProver::Run() {
  std::vector<Seen> seen;
  Seen all;
  all.complete = true;
  for (std::size_t index = 0; index < stage_.positions.size(); ++index) {
    const Seen& node = seen.emplace_back(ProveNode(index));
    all.reached |= node.reached;
    all.rows |= node.rows;
    all.bound |= node.bound;
    all.steps |= node.steps;
    all.complete = all.complete && node.complete;
  }
  for (Gathered& one : gathered_) {
    if (one.count > 1 && one.check == check::kNotMonotone) {
      absl::StrAppend(&one.message, "; ", one.count, " pairs of inputs show it");
    }
    log_.Add(one.check, one.field, one.message, one.examples);
  }
  CheckCarried();
  ReportReached(seen);
  ReportRows(all);
  ReportRules(all);
}

// A regulation that is directly linked to an item at or under the node.
bool StageProver::LinkedAt(std::size_t index) const {
  const int position = stage_.positions[index];
  const auto& links = model_.program().direct_links;
  for (std::size_t item = 0; item < links.size(); ++item) {
    if (links[item].empty()) continue;
    const int i = static_cast<int>(item);
    const bool under = stage_.closed >= ClosedAxis::kItem
                           ? model_.Project(stage_.closed, position, ClosedAxis::kItem) == i
                           : model_.Project(ClosedAxis::kItem, i, stage_.closed) == position;
    if (under) return true;
  }
  return false;
}

// Whether a subject with these facts is rated by this ladder and not by one before it.
bool StageProver::InLadder(const FactState& facts) const {
  if (!FactsHold(ladder_.when, facts, 0)) return false;
  std::uint32_t kinds = ladder_.kinds;
  for (std::size_t i = 0; i < ladder_index_; ++i) {
    const LadderProgram& before = model_.program().ladders[i];
    if (FactsHold(before.when, facts, 0)) kinds &= ~before.kinds;
  }
  return kinds != 0;
}

// The cases at a node; false where there are too many combinations.
bool StageProver::CasesOf(std::size_t index, FactSpace& space, std::vector<FactCase>& cases) {
  ForEachCondition(stage_, [&](const CompiledCondition& condition) { space.Use(condition); });
  for (std::size_t i = 0; i <= ladder_index_; ++i) space.Use(model_.program().ladders[i].when);
  if (space.Size() > static_cast<double>(limits_.facts)) return false;
  if (!log_.Take(space.Size(), limits_)) return false;
  const int position = stage_.positions[index];
  std::set<std::tuple<Bits, std::uint32_t, std::uint32_t>> known;
  for (const FactState& facts : space.All()) {
    if (!InLadder(facts)) continue;
    const FactCase one = rules_.CaseOf(facts, position);
    if (known.emplace(one.rows, one.caps, one.steps).second) cases.push_back(one);
  }
  return true;
}

// Whether the node's enumeration ends within the limits; else says which it would break.
bool StageProver::Fits(std::size_t index, const InputSpace& space, const FactSpace& facts, bool few,
                       double cases) {
  std::string broken;
  if (space.kind() == InputSpace::Kind::kEndless) {
    broken =
        "any number of inputs, while counts decide, want percentages with rules on the "
        "outcome and on facts alone";
  } else if (space.Size() > static_cast<double>(limits_.vectors)) {
    broken = absl::StrCat(Number(space.Size()), " input vectors, want at most ", limits_.vectors);
  } else if (facts.Size() > static_cast<double>(limits_.facts)) {
    broken =
        absl::StrCat(Number(facts.Size()), " combinations of facts, want at most ", limits_.facts);
  } else if (space.Size() * cases > static_cast<double>(limits_.steps)) {
    broken = absl::StrCat(Number(space.Size() * cases), " input vectors with facts, want at most ",
                          limits_.steps);
  } else if (!few || !log_.Take(space.Size() * cases, limits_)) {
    broken = OverTotal(limits_);
  } else {
    return true;
  }
  const std::string node = model_.PositionName(stage_.closed, stage_.positions[index]);
  Gathered& one = Gather(check::kEnumerationTooLarge, broken, path_);
  if (one.count++ == 0) {
    one.message = absl::StrCat("got ", broken, node.empty() ? "" : ", at ", node);
  }
  return false;
}

StageProver::Seen StageProver::ProveNode(std::size_t index) {
  const InputSpace space(model_, ladder_, stage_, index);
  Seen seen;
  if (space.kind() != InputSpace::Kind::kJudged && stage_.inputs[index].empty()) {
    const std::string node = model_.PositionName(stage_.closed, stage_.positions[index]);
    log_.Add(check::kNodeWithoutInputs, path_,
             absl::StrCat(node.empty() ? stage_.source->id() : node,
                          " has no inputs, and so never an outcome; give it some, leave it out "
                          "by `only`, or let it be entered"));
    seen.reached = ~Bits{0};
    return seen;
  }
  FactSpace facts(model_, LinkedAt(index));
  std::vector<FactCase> cases;
  const bool few = CasesOf(index, facts, cases);
  if (few && cases.empty()) {
    // No subject comes here; the ladder is reported.
    seen.reached = ~Bits{0};
    return seen;
  }
  std::string shape = space.Signature();
  if (space.kind() == InputSpace::Kind::kNamed) absl::StrAppend(&shape, " at ", index);
  for (const FactCase& one : cases) {
    absl::StrAppend(&shape, ";", one.rows, ",", one.caps, ",", one.steps);
  }
  if (const auto known = shapes_.find(shape); few && known != shapes_.end()) return known->second;
  if (!Fits(index, space, facts, few, static_cast<double>(cases.size()))) {
    seen.reached = ~Bits{0};
    return seen;
  }
  Visit(space, facts, cases, seen);
  shapes_.emplace(shape, seen);
  return seen;
}

void StageProver::Visit(const InputSpace& space, const FactSpace& facts,
                        const std::vector<FactCase>& cases, Seen& seen) {
  std::vector<Verdict> verdicts(cases.size());
  const auto last_row = static_cast<int>(stage_.table.rows.size()) - 1;
  space.ForEach([&](const Inputs& inputs) {
    // To ask takes longer than to look at a vector.
    if (log_.cancelled || (log_.vectors % 1024 == 0 && log_.Cancelled(limits_))) return;
    ++log_.vectors;
    const Part part = rules_.PartOf(space, inputs);
    bool told = false;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      Verdict& verdict = verdicts[i] = rules_.Judge(part, cases[i], space.kind());
      if (verdict.row >= 0) seen.rows |= Bit(verdict.row);
      seen.bound |= verdict.bound;
      seen.steps |= verdict.steps;
      if (verdict.result != 0) seen.reached |= Bit(verdict.result);
      const bool gap = verdict.why == Verdict::Why::kGap && stage_.method == Method::kTable;
      const bool caught = verdict.row == last_row && verdict.row >= 0 && i == 0 &&
                          stage_.table.rows.back().source->otherwise();
      if ((gap && !told) || caught) {
        told = true;
        Gathered& one =
            Gather(gap ? check::kTableGap : check::kOtherwiseCatches, "",
                   absl::StrCat(TablePath(), gap ? std::string(".rows") : RowPath(last_row)));
        ++one.count;
        one.message = absl::StrCat(gap ? "no row holds for " : "only this row catches ", one.count,
                                   one.count == 1 ? " input vector" : " input vectors");
        if (one.examples.size() < kMostExamples) {
          one.examples.push_back(Example(space, facts, cases[i].facts, inputs, verdict));
        }
      }
      if (i == 0) NoteOutside(space, inputs, verdict);
      NoteScored(space, facts, cases[i], inputs, verdict);
    }
    space.ForEachRaised(inputs, [&](const Inputs& raised) {
      const Part higher = rules_.PartOf(space, raised);
      for (std::size_t i = 0; i < cases.size(); ++i) {
        Compare(space, facts, cases[i], inputs, verdicts[i], raised,
                rules_.Judge(higher, cases[i], space.kind()));
      }
    });
  });
  seen.complete = true;
}

StageProver::Gathered& StageProver::Gather(absl::string_view check, const std::string& key,
                                           const std::string& field) {
  const std::string full = absl::StrCat(check, " ", field, " ", key);
  const auto [known, fresh] = gathered_index_.emplace(full, gathered_.size());
  if (fresh) gathered_.push_back({std::string(check), field, "", {}, 0});
  return gathered_[known->second];
}

// Raising an input must not lower the outcome, nor take it away.
void StageProver::Compare(const InputSpace& space, const FactSpace& facts,
                          const FactCase& fact_case, const Inputs& low, const Verdict& from,
                          const Inputs& high, const Verdict& to) {
  if (from.why != Verdict::Why::kRated) return;
  const bool lost = to.why == Verdict::Why::kUnrated;
  if (!lost && (to.why != Verdict::Why::kRated || to.result >= from.result)) return;
  if (Excused(from, to)) return;
  const std::string from_rule = absl::StrJoin(RuleIds(from), ", ");
  const std::string to_rule = absl::StrJoin(RuleIds(to), ", ");
  Gathered& one =
      Gather(check::kNotMonotone, absl::StrCat(from_rule, " > ", to_rule), RuleField(to));
  if (one.count++ != 0) return;
  one.message = absl::StrCat("the outcome falls from ", Label(from.result), " to ",
                             lost ? "none" : Label(to.result), " although an input rises");
  one.examples = {Example(space, facts, fact_case.facts, low, from),
                  Example(space, facts, fact_case.facts, high, to)};
}

// Whether the model declares one of the two rules an exception.
bool StageProver::Excused(const Verdict& from, const Verdict& to) {
  const auto& exceptions = model_.version().scoring_model().monotone_exceptions();
  if (exceptions.empty()) return false;
  std::vector<std::string> rules = RuleIds(from);
  const std::vector<std::string> more = RuleIds(to);
  rules.insert(rules.end(), more.begin(), more.end());
  bool excused = false;
  for (int i = 0; i < exceptions.size(); ++i) {
    const framework::v1::MonotoneException& exception = exceptions[i];
    const bool here = exception.stage() == stage_.source->id() &&
                      (exception.ladder().empty() || exception.ladder() == ladder_.source->id());
    if (!here || std::count(rules.begin(), rules.end(), exception.rule()) == 0) continue;
    log_.exceptions_used[static_cast<std::size_t>(i)] = true;
    excused = true;
  }
  return excused;
}

// Before caps: that a cap lowers below every input is its purpose.
void StageProver::NoteOutside(const InputSpace& space, const Inputs& inputs,
                              const Verdict& verdict) {
  const bool comparable =
      stage_.scale == stage_.input_scale &&
      (space.kind() == InputSpace::Kind::kCounted || space.kind() == InputSpace::Kind::kNamed);
  if (!comparable || verdict.why != Verdict::Why::kRated) return;
  int highest = 0;
  for (int level = kMaxLevels; level > 0 && highest == 0; --level) {
    if (inputs.counts.by_level[level] != 0) highest = level;
  }
  const bool better = verdict.method > highest;
  if (!better && verdict.method >= inputs.counts.lowest) return;
  Verdict method = verdict;
  method.bound = 0;
  method.result = method.method;
  Gathered& one =
      Gather(check::kOutcomeOutsideInputs, better ? "better" : "worse", RuleField(method));
  ++one.count;
  one.message =
      absl::StrCat("the outcome is ", better ? "better" : "worse", " than every input, in ",
                   one.count, one.count == 1 ? " input vector" : " input vectors");
  if (one.examples.size() < kMostExamples) {
    one.examples.push_back(absl::StrCat(space.Words(inputs), ": ", Label(method.method)));
  }
}

// A blank that gets an outcome which alone would be as good as the node's may still lower it.
void StageProver::NoteScored(const InputSpace& space, const FactSpace& facts,
                             const FactCase& fact_case, const Inputs& inputs,
                             const Verdict& verdict) {
  if (verdict.why != Verdict::Why::kRated) return;
  const bool counted = space.kind() == InputSpace::Kind::kCounted;
  if (!counted &&
      (space.kind() != InputSpace::Kind::kNamed || stage_.scale != stage_.input_scale)) {
    return;
  }
  if (gathered_index_.count(absl::StrCat(check::kBlankLowers, " ", path_, " ")) != 0) return;
  space.ForEachScored(inputs, [&](const Inputs& scored, Level level) {
    const Verdict after = rules_.Judge(rules_.PartOf(space, scored), fact_case, space.kind());
    if (after.why != Verdict::Why::kRated || after.result >= verdict.result) return;
    Level alone = level;
    if (counted) {
      const Inputs single = space.Single(level);
      alone = rules_.Judge(rules_.PartOf(space, single), fact_case, space.kind()).result;
    }
    if (alone < verdict.result) return;
    Gathered& one = Gather(check::kBlankLowers, "", path_);
    if (one.count++ != 0) return;
    one.message =
        "a blank that is scored as well as the rest may lower the outcome, though raising a score "
        "never does";
    one.examples = {Example(space, facts, fact_case.facts, inputs, verdict),
                    Example(space, facts, fact_case.facts, scored, after)};
  });
}

}  // namespace assay::model
