#include "tests/common/model/prove_oracle.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/common/model/checks.h"

namespace assay::model {
namespace {

namespace fw = framework::v1;
using Counts = std::vector<int>;  // by level - 1

struct Outcome {
  int level = 0;   // 0: none
  int method = 0;  // before caps
  int row = -1;    // of a table
  bool gap = false;
  std::vector<int> bound;
};

class Oracle {
 public:
  explicit Oracle(fw::FrameworkVersion version)
      : version_(std::move(version)), model_(*version_.mutable_scoring_model()) {
    // Caps that stages share stand before their own; each is known by where it was written.
    for (fw::Ladder& ladder : *version_.mutable_scoring_model()->mutable_ladders()) {
      for (fw::Stage& stage : *ladder.mutable_stages()) WriteOut(ladder, stage);
    }
  }

  OracleVerdict Run() {
    for (const fw::Ladder& ladder : model_.ladders()) {
      for (const fw::Stage& stage : ladder.stages()) Visit(ladder, stage);
    }
    for (const auto& [table, rows] : used_) {
      for (int r = 0; r < table->rows_size(); ++r) {
        if (!table->rows(r).otherwise() && rows.count(r) == 0) Broken(check::kRowDead);
      }
    }
    for (const auto& [cap, bound] : bound_) {
      if (!bound) Broken(check::kCapNeverBinds);
    }
    Sectors();
    return std::move(verdict_);
  }

 private:
  void WriteOut(const fw::Ladder& ladder, fw::Stage& stage) {
    std::vector<std::string>& keys = cap_keys_[&stage];
    google::protobuf::RepeatedPtrField<fw::Cap> caps;
    for (const std::string& id : stage.cap_sets()) {
      for (const fw::CapSet& set : model_.cap_sets()) {
        if (set.id() != id) continue;
        for (const fw::Cap& cap : set.caps()) keys.push_back(id + " " + cap.id());
        caps.MergeFrom(set.caps());
      }
    }
    for (const fw::Cap& cap : stage.caps()) {
      keys.push_back(ladder.id() + " " + stage.id() + " " + cap.id());
    }
    caps.MergeFrom(stage.caps());
    *stage.mutable_caps() = caps;
    for (const std::string& key : keys) bound_.emplace(key, false);
  }

  // Which facts hold: none, or just those that one rule asks for.
  struct Facts {
    const fw::Condition* only = nullptr;
  };

  void Broken(const char* check) { verdict_.broken.insert(check); }

  int ScaleSize(const std::string& id) const {
    for (const fw::Scale& scale : model_.scales()) {
      if (scale.id() == id) return scale.levels_size();
    }
    return 0;
  }
  int LevelOf(const std::string& scale_id, const std::string& level) const {
    for (const fw::Scale& scale : model_.scales()) {
      for (int l = 0; scale.id() == scale_id && l < scale.levels_size(); ++l) {
        if (scale.levels(l).id() == level) return l + 1;
      }
    }
    return 0;
  }
  template <typename Ids>
  int CountOf(const Ids& ids, const std::string& scale, const Counts& counts) const {
    int sum = 0;
    for (const std::string& id : ids) {
      sum += counts[static_cast<std::size_t>(LevelOf(scale, id) - 1)];
    }
    return sum;
  }

  static bool Has(const fw::Stage& stage, fw::Axis axis) {
    return std::count(stage.per().begin(), stage.per().end(), axis) != 0;
  }

  bool TermHolds(const fw::Stage& stage, const fw::Term& term, const Counts& counts, int outcome,
                 const std::string& node, bool facts) const {
    const int rated = Rated(counts);
    switch (term.term_case()) {
      case fw::Term::kCount: {
        const int count = CountOf(term.count().levels(), inputs_scale_, counts);
        return (!term.count().has_at_least() || count >= term.count().at_least()) &&
               (!term.count().has_at_most() || count <= term.count().at_most());
      }
      case fw::Term::kRated:
        return (!term.rated().has_at_least() || rated >= term.rated().at_least()) &&
               (!term.rated().has_at_most() || rated <= term.rated().at_most());
      case fw::Term::kLowestAtMost:
        return rated > 0 && Lowest(counts) <= LevelOf(inputs_scale_, term.lowest_at_most());
      case fw::Term::kOutcome: {
        const auto& levels = term.outcome().levels();
        return std::any_of(levels.begin(), levels.end(), [&](const std::string& id) {
          return LevelOf(stage.scale(), id) == outcome;
        });
      }
      case fw::Term::kNode:
        return std::count(term.node().names().begin(), term.node().names().end(), node) != 0;
      default:
        return facts;
    }
  }
  bool Holds(const fw::Stage& stage, const fw::Condition& when, const Counts& counts, int outcome,
             const std::string& node, const Facts& facts) const {
    return std::all_of(when.all().begin(), when.all().end(), [&](const fw::Term& term) {
      return TermHolds(stage, term, counts, outcome, node, facts.only == &when);
    });
  }

  static int Rated(const Counts& counts) {
    int rated = 0;
    for (const int count : counts) rated += count;
    return rated;
  }
  static int Lowest(const Counts& counts) {
    for (std::size_t l = 0; l < counts.size(); ++l) {
      if (counts[l] != 0) return static_cast<int>(l) + 1;
    }
    return 0;
  }

  // The whole percentage, rounded by the rule.
  static int Percent(fw::Rounding rounding, int sum, int most) {
    const int down = 100 * sum / most;
    const int rest = 100 * sum - down * most;
    if (rest == 0 || rounding == fw::ROUNDING_DOWN) return down;
    if (rounding == fw::ROUNDING_UP) return down + 1;
    if (2 * rest != most) return down + (2 * rest > most ? 1 : 0);
    return rounding == fw::ROUNDING_HALF_UP ? down + 1 : down + down % 2;
  }

  const fw::DecisionTable* TableOf(const fw::Stage& stage) const {
    if (stage.has_decision_table()) return &stage.decision_table();
    for (const fw::DecisionTable& table : model_.tables()) {
      if (stage.method_case() == fw::Stage::kTable && table.id() == stage.table()) return &table;
    }
    return nullptr;
  }

  void ByPercent(const fw::Stage& stage, const Counts& counts, Outcome& out) {
    int sum = 0;
    for (std::size_t l = 0; l < counts.size(); ++l) sum += counts[l] * (static_cast<int>(l) + 1);
    const int most = Rated(counts) * static_cast<int>(counts.size());
    const int percent = Percent(stage.percent_bands().rounding(), sum, most);
    int found = 0;
    for (const fw::Band& band : stage.percent_bands().bands()) {
      if (percent < band.from_percent() || percent > band.to_percent()) continue;
      ++found;
      out.method = LevelOf(stage.scale(), band.level());
    }
    if (found == 0) Broken(check::kBandHole);
    if (found > 1) Broken(check::kBandOverlap);
  }

  void ByTable(const fw::Stage& stage, const Counts& counts, const std::string& node,
               const Facts& facts, Outcome& out) {
    const fw::DecisionTable& table = *TableOf(stage);
    for (int r = 0; r < table.rows_size() && out.row < 0; ++r) {
      const fw::DecisionTable::Row& row = table.rows(r);
      if (row.otherwise() || Holds(stage, row.when(), counts, 0, node, facts)) out.row = r;
    }
    if (out.row < 0) {
      Broken(check::kTableGap);
      return;
    }
    used_[&table].insert(out.row);
    const fw::DecisionTable::Row& row = table.rows(out.row);
    if (row.has_level()) out.method = LevelOf(stage.scale(), row.level());
    if (row.has_lowest()) out.method = Lowest(counts);
  }

  Outcome Rate(const fw::Stage& stage, const Counts& counts, int judged, const std::string& node,
               const Facts& facts) {
    Outcome out;
    out.method = judged;
    if (judged == 0 && stage.has_percent_bands()) ByPercent(stage, counts, out);
    if (judged == 0 && TableOf(stage) != nullptr) ByTable(stage, counts, node, facts, out);
    out.level = out.method;
    if (out.method == 0) return out;
    std::vector<int> limits;
    for (const fw::Cap& cap : stage.caps()) {
      const bool holds = Holds(stage, cap.when(), counts, out.method, node, facts);
      limits.push_back(holds ? LevelOf(stage.scale(), cap.at_most()) : 99);
      out.level = std::min(out.level, limits.back());
    }
    for (std::size_t c = 0; c < limits.size(); ++c) {
      if (limits[c] < out.method && limits[c] == out.level)
        out.bound.push_back(static_cast<int>(c));
    }
    return out;
  }

  // Ids of the stage's nodes on its closed axis.
  std::vector<std::string> NodesOf(const fw::Stage& stage) const {
    std::vector<std::string> nodes;
    if (Has(stage, fw::AXIS_CATEGORY)) {
      for (const fw::Item& item : version_.items()) {
        for (const fw::EvidenceCategory& category : version_.categories()) {
          nodes.push_back(item.id() + "/" + category.id());
        }
      }
    } else if (Has(stage, fw::AXIS_ITEM)) {
      for (const fw::Item& item : version_.items()) nodes.push_back(item.id());
    } else if (Has(stage, fw::AXIS_GROUP)) {
      for (const fw::Group& group : version_.groups()) nodes.push_back(group.id());
    } else {
      return {""};
    }
    if (stage.only().empty()) return nodes;
    nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                               [&](const std::string& node) {
                                 return std::count(stage.only().begin(), stage.only().end(),
                                                   node) == 0;
                               }),
                nodes.end());
    return nodes;
  }

  std::string GroupOf(const std::string& node) const {
    const std::string item = node.substr(0, node.find('/'));
    for (const fw::Item& one : version_.items()) {
      if (one.id() == item) return one.group();
    }
    return node;
  }

  int InputsOf(const fw::Ladder& ladder, const fw::Stage& stage, const std::string& node) {
    int inputs = 0;
    for (const fw::Stage& from : ladder.stages()) {
      if (std::count(stage.from().begin(), stage.from().end(), from.id()) == 0) continue;
      inputs_scale_ = from.scale();
      for (const fw::Axis open : {fw::AXIS_SERVICE, fw::AXIS_LOCATION}) {
        if (Has(from, open) && !Has(stage, open)) return Largest(stage) + 2;
      }
      for (const std::string& input : NodesOf(from)) {
        const bool under = node.empty() || input == node || GroupOf(input) == node ||
                           input.substr(0, input.find('/')) == node;
        inputs += under ? 1 : 0;
      }
    }
    return inputs;
  }

  // The largest number that a rule of the stage asks for.
  int Largest(const fw::Stage& stage) const {
    int largest = 1;
    const auto look = [&](const fw::Condition& when) {
      for (const fw::Term& term : when.all()) {
        largest = std::max({largest, term.count().at_least(), term.count().at_most() + 1,
                            term.rated().at_least(), term.rated().at_most() + 1});
      }
    };
    for (const fw::Cap& cap : stage.caps()) look(cap.when());
    const fw::DecisionTable* table = TableOf(stage);
    for (int r = 0; table != nullptr && r < table->rows_size(); ++r) look(table->rows(r).when());
    return largest;
  }

  template <typename See>
  static void Spread(Counts& counts, std::size_t level, int left, const See& see) {
    if (level == counts.size()) {
      if (Rated(counts) > 0) see(counts);
      return;
    }
    for (int count = 0; count <= left; ++count) {
      counts[level] = count;
      Spread(counts, level + 1, left - count, see);
    }
    counts[level] = 0;
  }

  // Whether a rule asks about facts that can hold at the node.
  bool Possible(const fw::Condition& when, const std::string& node) const {
    const bool asks = std::any_of(when.all().begin(), when.all().end(), [](const fw::Term& term) {
      return term.has_open_action() || term.has_sector() || term.has_assessed() ||
             term.term_case() == fw::Term::kFlag;
    });
    if (!asks) return false;
    std::set<std::string> sectors;
    for (const fw::Sector& sector : version_.sectors()) sectors.insert(sector.id());
    for (const fw::Term& term : when.all()) {
      if (term.has_sector()) {
        std::set<std::string> both;
        for (const std::string& name : term.sector().names()) {
          if (sectors.count(name) != 0) both.insert(name);
        }
        sectors = both;
      }
      if (term.open_action().on_linked_regulation() && !Linked(node)) return false;
      const auto& nodes = term.node().names();
      if (term.has_node() && std::count(nodes.begin(), nodes.end(), node) == 0) return false;
    }
    return !sectors.empty();
  }
  bool Linked(const std::string& node) const {
    return std::any_of(
        version_.regulation_links().begin(), version_.regulation_links().end(),
        [&](const fw::RegulationLink& link) {
          return link.relation() == fw::REGULATION_RELATION_DIRECT &&
                 (node.empty() || GroupOf(link.item()) == node || link.item() == node);
        });
  }

  std::vector<Facts> FactsOf(const fw::Stage& stage, const std::string& node) const {
    std::vector<Facts> all(1);
    for (const fw::Cap& cap : stage.caps()) {
      if (Possible(cap.when(), node)) all.push_back({&cap.when()});
    }
    const fw::DecisionTable* table = TableOf(stage);
    for (int r = 0; table != nullptr && r < table->rows_size(); ++r) {
      if (Possible(table->rows(r).when(), node)) all.push_back({&table->rows(r).when()});
    }
    return all;
  }

  void Visit(const fw::Ladder& ladder, const fw::Stage& stage) {
    if (stage.has_adjustments()) return;
    std::set<int> bound;
    for (const std::string& node : NodesOf(stage)) {
      const bool judged = stage.has_judged() ||
                          std::count(stage.entered().begin(), stage.entered().end(), node) != 0;
      const int inputs = InputsOf(ladder, stage, node);
      if (!judged && inputs == 0) {
        Broken(check::kNodeWithoutInputs);
        continue;
      }
      std::set<int> reached;
      verdict_.behaviour += "\n" + ladder.id() + " " + stage.id() + " " + node + ":";
      for (const Facts& facts : FactsOf(stage, node)) {
        if (judged) {
          VisitJudged(stage, node, facts, reached, bound);
        } else {
          VisitCounts(stage, node, inputs, facts, reached, bound);
        }
      }
      for (int level = 1; level <= ScaleSize(stage.scale()); ++level) {
        if (reached.count(level) == 0) Broken(check::kOutcomeUnreachable);
      }
    }
    for (int c = 0; c < stage.caps_size(); ++c) {
      if (bound.count(c) != 0) bound_[cap_keys_[&stage][static_cast<std::size_t>(c)]] = true;
      const fw::Cap& cap = stage.caps(c);
      if (cap.strength() == fw::CAP_STRENGTH_NORMALLY && cap.reason().empty()) {
        Broken(check::kOverrideWithoutReason);
      }
    }
    Carried(stage);
  }

  void Note(const Outcome& out, std::set<int>& reached, std::set<int>& bound) {
    verdict_.behaviour += std::to_string(out.level);
    if (out.level != 0) reached.insert(out.level);
    bound.insert(out.bound.begin(), out.bound.end());
  }

  void VisitJudged(const fw::Stage& stage, const std::string& node, const Facts& facts,
                   std::set<int>& reached, std::set<int>& bound) {
    int before = 0;
    for (int level = 1; level <= ScaleSize(stage.scale()); ++level) {
      const Outcome out = Rate(stage, {}, level, node, facts);
      Note(out, reached, bound);
      if (out.level < before) Broken(check::kNotMonotone);
      before = out.level;
    }
  }

  void VisitCounts(const fw::Stage& stage, const std::string& node, int inputs, const Facts& facts,
                   std::set<int>& reached, std::set<int>& bound) {
    Counts counts(static_cast<std::size_t>(ScaleSize(inputs_scale_)));
    const bool exact = stage.missing().all_required() && model_.applicability().empty() &&
                       model_.required_categories().empty() && stage.exclusions().empty();
    const int least = std::max(exact ? inputs : 1, stage.missing().minimum());
    std::map<Counts, Outcome> outcomes;
    Spread(counts, 0, inputs, [&](const Counts& at) {
      if (Rated(at) < least) return;
      const Outcome& out = outcomes[at] = Rate(stage, at, 0, node, facts);
      Note(out, reached, bound);
    });
    for (const auto& [at, out] : outcomes) {
      for (std::size_t l = 0; l + 1 < at.size(); ++l) {
        if (at[l] == 0 || out.level == 0) continue;
        Counts raised = at;
        --raised[l];
        ++raised[l + 1];
        const Outcome& higher = outcomes.at(raised);
        const bool lost = higher.level == 0 && higher.row >= 0;
        if (lost || (higher.level != 0 && higher.level < out.level)) Broken(check::kNotMonotone);
      }
    }
  }

  void Carried(const fw::Stage& stage) {
    for (const fw::Missing::Fallback& fallback : stage.missing().fallbacks()) {
      std::map<int, int> levels;
      for (const auto& entry : fallback.previous().entries()) {
        levels[entry.rating()] = LevelOf(stage.scale(), entry.level());
        verdict_.behaviour += " " + std::to_string(entry.rating()) + ">" + entry.level();
      }
      int before = 0;
      for (const auto& [rating, level] : levels) {
        if (level < before) Broken(check::kCarryNotMonotone);
        before = level;
      }
    }
  }

  void Sectors() {
    for (const fw::Sector& sector : version_.sectors()) {
      std::map<std::string, int> total;
      std::map<std::string, int> applies;
      for (const fw::Item& item : version_.items()) {
        ++total[item.group()];
        bool listed = false;
        bool here = false;
        for (const fw::Applicability& row : model_.applicability()) {
          if (std::count(row.items().begin(), row.items().end(), item.id()) == 0) continue;
          listed = true;
          here =
              here || std::all_of(row.when().all().begin(), row.when().all().end(),
                                  [&](const fw::Term& term) {
                                    const auto& names = term.sector().names();
                                    return !term.has_sector() ||
                                           std::count(names.begin(), names.end(), sector.id()) != 0;
                                  });
        }
        const bool yes = !listed || here;
        applies[item.group()] += yes ? 1 : 0;
        verdict_.behaviour += yes ? "+" : "-";
      }
      for (const auto& [group, count] : total) {
        if (applies[group] == 0) Broken(check::kSectorWithoutItems);
      }
    }
  }

  fw::FrameworkVersion version_;
  const fw::ScoringModel& model_;
  std::map<const fw::Stage*, std::vector<std::string>> cap_keys_;
  std::map<std::string, bool> bound_;
  std::string inputs_scale_;
  std::map<const fw::DecisionTable*, std::set<int>> used_;
  OracleVerdict verdict_;
};

}  // namespace

OracleVerdict AskOracle(const framework::v1::FrameworkVersion& version) {
  return Oracle(version).Run();
}

}  // namespace assay::model
