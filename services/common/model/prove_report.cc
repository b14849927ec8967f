// What the prover says of a stage once all its nodes were visited, and how it words it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/model/checks.h"
#include "services/common/model/prove_stage.h"

namespace assay::model {

std::string StageProver::Label(Level level) const {
  return level == 0 ? "none" : std::string(model_.LevelLabel(stage_.scale, level));
}

std::string StageProver::TablePath() const {
  return table_ >= 0 ? absl::StrCat("scoring_model.tables[", table_, "]")
                     : path_ + ".decision_table";
}

// Caps of sets stand before the stage's own.
std::string StageProver::CapPath(std::size_t cap) const {
  const framework::v1::ScoringModel& model = model_.version().scoring_model();
  const auto ladder = static_cast<int>(ladder_index_);
  const auto stage = static_cast<int>(&stage_ - ladder_.stages.data());
  auto left = static_cast<int>(cap);
  for (const std::string& id : model.ladders(ladder).stages(stage).cap_sets()) {
    for (int s = 0; s < model.cap_sets_size(); ++s) {
      if (model.cap_sets(s).id() != id) continue;
      if (left < model.cap_sets(s).caps_size()) {
        return absl::StrCat("scoring_model.cap_sets[", s, "].caps[", left, "]");
      }
      left -= model.cap_sets(s).caps_size();
    }
  }
  return absl::StrCat(path_, ".caps[", left, "]");
}

// What decided: the caps that bound, else the row, the steps, or the band's level.
std::vector<std::string> StageProver::RuleIds(const Verdict& verdict) const {
  std::vector<std::string> ids;
  for (std::uint32_t rest = verdict.bound; rest != 0; rest &= rest - 1) {
    ids.push_back(stage_.caps[static_cast<std::size_t>(__builtin_ctz(rest))].source->id());
  }
  if (!ids.empty()) return ids;
  if (verdict.row >= 0) {
    return {stage_.table.rows[static_cast<std::size_t>(verdict.row)].source->id()};
  }
  for (std::uint32_t rest = verdict.steps; rest != 0; rest &= rest - 1) {
    ids.push_back(stage_.source->adjustments().steps(__builtin_ctz(rest)).id());
  }
  if (stage_.method == Method::kPercent && verdict.method != 0) {
    const auto& levels = model_.version().scoring_model().scales(stage_.scale).levels();
    ids.push_back(levels[verdict.method - 1].id());
  }
  return ids;
}

std::string StageProver::RuleField(const Verdict& verdict) const {
  if (verdict.bound != 0) {
    return CapPath(static_cast<std::size_t>(__builtin_ctz(verdict.bound)));
  }
  if (verdict.row >= 0) return absl::StrCat(TablePath(), ".rows[", verdict.row, "]");
  if (verdict.steps != 0) {
    return absl::StrCat(path_, ".adjustments.steps[", __builtin_ctz(verdict.steps), "]");
  }
  const auto& bands = stage_.source->percent_bands().bands();
  for (int b = 0; b < bands.size() && verdict.method != 0; ++b) {
    if (model_.LevelById(stage_.scale, bands[b].level()) == verdict.method) {
      return absl::StrCat(path_, ".percent_bands.bands[", b, "]");
    }
  }
  return path_;
}

std::string StageProver::Example(const InputSpace& space, const FactSpace& facts,
                                 const FactState& state, const Inputs& inputs,
                                 const Verdict& verdict) const {
  const std::string words = facts.Words(state);
  const std::string rules = absl::StrJoin(RuleIds(verdict), ", ");
  return absl::StrCat(space.Words(inputs), words.empty() ? "" : ", with ", words, ": ",
                      verdict.why == Verdict::Why::kRated ? Label(verdict.result) : "none",
                      rules.empty() ? "" : absl::StrCat(" (", rules, ")"));
}

// Levels that no inputs give, with the nodes where that is so.
void StageProver::ReportReached(const std::vector<Seen>& seen) {
  for (int level = 1; level <= model_.LevelCount(stage_.scale); ++level) {
    std::vector<std::string> nodes;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if ((seen[i].reached & Bit(level)) != 0) continue;
      nodes.push_back(model_.PositionName(stage_.closed, stage_.positions[i]));
    }
    if (nodes.empty()) continue;
    const bool some = nodes.size() < seen.size();
    log_.Add(check::kOutcomeUnreachable, path_,
             absl::StrCat("no inputs give ", Label(static_cast<Level>(level)),
                          some ? absl::StrCat(" at ", absl::StrJoin(nodes, ", ")) : ""));
  }
}

void StageProver::ReportRules(const Seen& all) {
  for (std::size_t s = 0; s < stage_.steps.size() && all.complete; ++s) {
    if ((all.steps & (1U << s)) != 0) continue;
    log_.Add(check::kStepDead, absl::StrCat(path_, ".adjustments.steps[", s, "]"),
             absl::StrCat("step ", stage_.source->adjustments().steps(static_cast<int>(s)).id(),
                          " is never taken"));
  }
  for (std::size_t c = 0; c < stage_.caps.size(); ++c) {
    ProofLog::CapUse& use = log_.caps[CapPath(c)];
    use.bound = use.bound || !all.complete || (all.bound & (1U << c)) != 0;
    if (use.bound) continue;
    const framework::v1::Cap& cap = *stage_.caps[c].source;
    const Level at_most = stage_.caps[c].at_most;
    const Level best = rules_.BestCapped(c);
    const bool raises = best != 0 && best < at_most;
    use.check = raises ? check::kCapRaises : check::kCapNeverBinds;
    use.message = raises ? absl::StrCat("cap ", cap.id(), " asks for outcomes up to ", Label(best),
                                        " and limits them to ", Label(at_most),
                                        ", which is better: a cap never raises")
                         : absl::StrCat("cap ", cap.id(), " never changes an outcome");
  }
}

// Rows of a table that stands in the stage; those of shared ones wait for their other uses.
void StageProver::ReportRows(const Seen& all) {
  if (stage_.method != Method::kTable) return;
  if (table_ >= 0) {
    const auto t = static_cast<std::size_t>(table_);
    log_.rows_used[t] |= all.rows;
    ++log_.table_uses[t];
    if (!all.complete) log_.table_unknown[t] = true;
    return;
  }
  if (all.complete) ReportDeadRows(stage_.source->decision_table(), TablePath(), all.rows, log_);
}

void ReportDeadRows(const framework::v1::DecisionTable& table, const std::string& path, Bits used,
                    ProofLog& log) {
  for (int r = 0; r < table.rows_size(); ++r) {
    if ((used & Bit(r)) != 0) continue;
    const std::string at = absl::StrCat(path, ".rows[", r, "]");
    if (table.rows(r).otherwise()) {
      log.Add(check::kOtherwiseUnused, at, "the rows before it catch everything");
    } else {
      log.Add(check::kRowDead, at,
              absl::StrCat("row ", table.rows(r).id(),
                           " decides nothing: wherever it holds, a row before it does"));
    }
  }
}

// A better rating before must not carry a worse outcome.
void StageProver::CheckCarried() {
  for (std::size_t f = 0; f < stage_.fallbacks.size(); ++f) {
    const CompiledFallback& fallback = stage_.fallbacks[f];
    Level before = 0;
    for (int rating = 1; rating <= 4; ++rating) {
      const Level level = fallback.by_rating[rating];
      if (level == 0) continue;
      if (level < before) {
        log_.Add(check::kCarryNotMonotone,
                 absl::StrCat(path_, ".missing.fallbacks[", f, "].previous"),
                 absl::StrCat("a better previous rating carries ", Label(level), ", a worse one ",
                              Label(before)));
      }
      before = std::max(before, level);
    }
  }
}

}  // namespace assay::model
