#include "services/common/model/combinations.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

#include "services/common/errors/violations.h"
#include "services/common/model/prove_rules.h"

namespace assay::model {
namespace {

// Vectors are counted in 64 bits: levels to the power of items stays below this.
constexpr double kMostVectors = 4e18;

// A stage that computes a group from its items.
struct GroupStage {
  const LadderProgram* ladder = nullptr;
  const StageProgram* stage = nullptr;
  std::size_t index = 0;  // of the group among the stage's positions
};

// The stage of a ladder that computes the group from its items, if it has one.
GroupStage StageIn(const CompiledModel& model, const LadderProgram& ladder, int group) {
  for (const StageProgram& stage : ladder.stages) {
    if (stage.closed != ClosedAxis::kGroup || stage.method == Method::kJudged) continue;
    const std::int32_t index = stage.index_of_position[static_cast<std::size_t>(group)];
    if (index < 0 || stage.entered[static_cast<std::size_t>(index)]) continue;
    const auto at = static_cast<std::size_t>(index);
    const bool from_items = std::all_of(stage.from.begin(), stage.from.end(), [&](int from) {
      return ladder.stages[static_cast<std::size_t>(from)].closed == ClosedAxis::kItem;
    });
    if (from_items && InputSpace(model, ladder, stage, at).kind() == InputSpace::Kind::kCounted) {
      return {&ladder, &stage, at};
    }
  }
  return {};
}

// That of the ladder which rates a location with one service in the sector; where there is none,
// of the first ladder that computes the group at all.
GroupStage FindStage(const CompiledModel& model, int group, int sector) {
  FactState facts;
  facts.sector = sector;
  facts.services = 1;
  GroupStage any;
  for (const LadderProgram& ladder : model.program().ladders) {
    const GroupStage found = StageIn(model, ladder, group);
    if (found.stage == nullptr) continue;
    if (FactsHold(ladder.when, facts, 0)) return found;
    if (any.stage == nullptr) any = found;
  }
  return any;
}

// Items of the group that may be scored in the sector; -1: it is not known.
int ItemsIn(const CompiledModel& model, int group, int sector) {
  const Program& program = model.program();
  FactState facts;
  facts.sector = sector;
  int count = 0;
  for (int item = 0; item < model.version().items_size(); ++item) {
    if (model.GroupOfItem(item) != group) continue;
    const auto& rows = program.applicability_of_item[static_cast<std::size_t>(item)];
    const bool applies =
        rows.empty() || std::any_of(rows.begin(), rows.end(), [&](std::uint16_t row) {
          return std::all_of(
              program.applicability[row].when.all.begin(),
              program.applicability[row].when.all.end(), [&](const CompiledTerm& term) {
                // Facts other than a known sector may hold.
                return term.kind != TermKind::kSector || sector < 0 || FactHolds(term, facts, 0);
              });
        });
    if (applies) ++count;
  }
  return count;
}

// n! / (c1! c2! ...), as a product of binomials.
std::int64_t Orders(const InputCounts& counts, int levels) {
  std::int64_t orders = 1;
  int placed = 0;
  for (int level = 1; level <= levels; ++level) {
    std::int64_t choose = 1;
    for (int i = 1; i <= counts.by_level[level]; ++i) choose = choose * (placed + i) / i;
    orders *= choose;
    placed += counts.by_level[level];
  }
  return orders;
}

// Calls `visit` with every way to spread `items` over the levels, the lowest levels first.
template <typename Visit>
void ForEachMultiset(int items, int levels, Visit visit) {
  std::vector<int> chosen(static_cast<std::size_t>(items), 1);
  for (;;) {
    visit(chosen);
    auto i = chosen.size();
    while (i > 0 && chosen[i - 1] == levels) --i;
    if (i == 0) return;
    const int next = chosen[i - 1] + 1;
    std::fill(chosen.begin() + static_cast<std::ptrdiff_t>(i) - 1, chosen.end(), next);
  }
}

class Search {
 public:
  Search(const CompiledModel& model, const GroupStage& at, int sector, Level level)
      : model_(model),
        stage_(*at.stage),
        space_(model, *at.ladder, *at.stage, at.index),
        rules_(model, *at.stage),
        level_(level) {
    FactState facts;
    facts.sector = sector;
    case_ = rules_.CaseOf(facts, stage_.positions[at.index]);
  }

  Combinations Run(int items) {
    Combinations found;
    found.items = items;
    const int levels = model_.LevelCount(stage_.input_scale);
    ForEachMultiset(items, levels, [&](const std::vector<int>& chosen) {
      Inputs inputs;
      for (const int one : chosen) inputs.counts.AddRated(static_cast<Level>(one));
      const Verdict verdict = rules_.Judge(rules_.PartOf(space_, inputs), case_, space_.kind());
      if (verdict.why != Verdict::Why::kRated) return;
      const std::int64_t orders = Orders(inputs.counts, levels);
      if (verdict.method == level_) {
        ++found.multisets_without_caps;
        found.vectors_without_caps += orders;
      }
      if (verdict.result != level_) return;
      ++found.multisets;
      found.vectors += orders;
      Combination& one = found.all.emplace_back();
      one.levels.assign(chosen.begin(), chosen.end());
      one.vectors = orders;
      if (verdict.bound != 0) {
        const auto first = static_cast<std::size_t>(__builtin_ctz(verdict.bound));
        one.cap = stage_.caps[first].source->id();
      }
    });
    return found;
  }

 private:
  const CompiledModel& model_;
  const StageProgram& stage_;
  const InputSpace space_;
  const NodeRules rules_;
  const Level level_;
  FactCase case_;
};

double Multisets(int items, int levels) {
  double count = 1;
  for (int i = 1; i < levels; ++i) count = count * (items + i) / i;
  return count;
}

}  // namespace

absl::StatusOr<Combinations> FindCombinations(const CompiledModel& model,
                                              const CombinationQuery& query) {
  errors::Violations bad;
  const int group = model.GroupById(query.group);
  const int sector = query.sector.empty() ? -1 : model.SectorById(query.sector);
  if (group < 0) bad.Add("group", query.group, "the id of a group of the version");
  if (!query.sector.empty() && sector < 0) {
    bad.Add("sector", query.sector, "the id of a sector of the version, or nothing");
  }
  const GroupStage at = group < 0 ? GroupStage() : FindStage(model, group, sector);
  if (group >= 0 && at.stage == nullptr) {
    bad.Add("group", query.group, "a group that the version computes from the scores of its items");
  }
  if (at.stage == nullptr) return bad.ToStatus();
  const Level level = model.LevelById(at.stage->scale, query.level);
  const std::string& scale = model.version().scoring_model().scales(at.stage->scale).id();
  if (level == 0) bad.Add("level", query.level, absl::StrCat("the id of a level of scale ", scale));
  const int most = ItemsIn(model, group, sector);
  const int items = query.items == 0 ? most : query.items;
  const int levels = model.LevelCount(at.stage->input_scale);
  if (items < 1 || items > most) {
    bad.Add("items", query.items, absl::StrCat("0 to ", most, ", the items of the group"));
  } else if (at.stage->all_required && items != most) {
    bad.Add("items", query.items, absl::StrCat("0 or ", most, ", since every item is needed"));
  } else if (Multisets(items, levels) > static_cast<double>(kMaxCombinations)) {
    bad.Add("items", items,
            absl::StrCat("so few that they make at most ", kMaxCombinations, " multisets"));
  } else if (std::pow(levels, items) > kMostVectors) {
    bad.Add("items", items, "so few that their ordered scores can be counted in 64 bits");
  }
  if (!bad.empty()) return bad.ToStatus();
  return Search(model, at, sector, level).Run(items);
}

}  // namespace assay::model
