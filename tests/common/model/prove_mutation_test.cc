// Breaks each shipped model in a hundred seeded ways and counts what the prover missed, by the
// judgement of a second reading of the model language (prove_oracle.h).
#include <algorithm>
#include <functional>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/common/model/checks.h"
#include "services/common/model/compile.h"
#include "services/common/model/prove.h"
#include "tests/common/model/model_testing.h"
#include "tests/common/model/prove_oracle.h"

namespace assay::model {
namespace {

namespace fw = framework::v1;

// Of each shipped model. Under ASan, which slows the oracle tenfold, a few of them take every path.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASSAY_FEW_MUTANTS
#endif
#endif
#ifdef ASSAY_FEW_MUTANTS
constexpr int kMutants = 10;
#else
constexpr int kMutants = 100;
#endif

// Parts of a version that mutations choose among.
class Mutator {
 public:
  Mutator(fw::FrameworkVersion& version, unsigned seed) : version_(version), random_(seed) {
    for (fw::Ladder& ladder : *Model().mutable_ladders()) {
      for (fw::Stage& stage : *ladder.mutable_stages()) Note(stage);
    }
    for (fw::CapSet& set : *Model().mutable_cap_sets()) NoteCaps(*set.mutable_caps());
    for (fw::DecisionTable& table : *Model().mutable_tables()) tables_.push_back(&table);
    for (fw::DecisionTable* table : tables_) {
      for (auto& row : *table->mutable_rows()) NoteTerms(row.mutable_when());
    }
  }

  // Changes one thing; says which. Empty where the kind of change fits nothing in this version.
  std::string Mutate() {
    const std::vector<std::function<std::string()>> kinds = {
        [this] { return MoveEdge(); },       [this] { return MoveBothEdges(); },
        [this] { return DeleteRow(); },      [this] { return DuplicateRow(); },
        [this] { return SwapRows(); },       [this] { return ChangeThreshold(); },
        [this] { return ChangeCap(); },      [this] { return DropGroup(); },
        [this] { return SwapLevels(); },     [this] { return ChangeRowLevel(); },
        [this] { return DeleteCap(); },      [this] { return ChangeCapLevels(); },
        [this] { return ChangeRounding(); }, [this] { return DropReason(); },
        [this] { return ChangeCarried(); },  [this] { return ChangeApplicability(); },
        [this] { return DropOtherwise(); },  [this] { return ReuseId(); },
    };
    for (;;) {
      std::string what = Pick(kinds)();
      if (!what.empty()) return what;
    }
  }

 private:
  using Caps = google::protobuf::RepeatedPtrField<fw::Cap>;

  fw::ScoringModel& Model() { return *version_.mutable_scoring_model(); }
  int Below(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  template <typename T>
  T& Pick(std::vector<T>& list) {
    return list[static_cast<std::size_t>(Below(static_cast<int>(list.size())))];
  }
  template <typename T>
  const T& Pick(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(Below(static_cast<int>(list.size())))];
  }
  template <typename T>
  int PickIndex(const T& list) {
    return Below(list.size());
  }

  void Note(fw::Stage& stage) {
    if (stage.has_percent_bands()) bands_.push_back(stage.mutable_percent_bands());
    if (stage.has_decision_table()) tables_.push_back(stage.mutable_decision_table());
    if (stage.caps_size() > 0) NoteCaps(*stage.mutable_caps());
    for (auto& fallback : *stage.mutable_missing()->mutable_fallbacks()) {
      if (fallback.has_previous()) carried_.push_back(fallback.mutable_previous());
    }
  }
  void NoteCaps(Caps& caps) {
    capped_.push_back(&caps);
    for (fw::Cap& cap : caps) NoteTerms(cap.mutable_when());
  }
  void NoteTerms(fw::Condition* when) {
    for (fw::Term& term : *when->mutable_all()) {
      if (term.has_count()) counts_.push_back(&term);
    }
  }
  const fw::Scale& Scale(const std::string& level) const {
    for (const fw::Scale& scale : version_.scoring_model().scales()) {
      for (const fw::Level& one : scale.levels()) {
        if (one.id() == level) return scale;
      }
    }
    return version_.scoring_model().scales(0);
  }
  std::string OtherLevel(const std::string& level) {
    const fw::Scale& scale = Scale(level);
    std::string other = level;
    while (other == level) other = scale.levels(PickIndex(scale.levels())).id();
    return other;
  }

  std::string MoveEdge() {
    if (bands_.empty()) return "";
    fw::PercentBands& bands = *Pick(bands_);
    fw::Band& band = *bands.mutable_bands(PickIndex(bands.bands()));
    const int by = Below(2) == 0 ? -1 - Below(5) : 1 + Below(5);
    if (Below(2) == 0) {
      band.set_from_percent(std::max(0, band.from_percent() + by));
    } else {
      band.set_to_percent(std::min(100, band.to_percent() + by));
    }
    return absl::StrCat("edge of band ", band.level(), " moved by ", by);
  }
  std::string MoveBothEdges() {
    if (bands_.empty()) return "";
    fw::PercentBands& bands = *Pick(bands_);
    if (bands.bands_size() < 2) return "";
    const int b = Below(bands.bands_size() - 1);
    const int by = Below(2) == 0 ? -1 - Below(20) : 1 + Below(20);
    bands.mutable_bands(b)->set_to_percent(bands.bands(b).to_percent() + by);
    bands.mutable_bands(b + 1)->set_from_percent(bands.bands(b + 1).from_percent() + by);
    return absl::StrCat("edge between bands ", b, " and ", b + 1, " moved by ", by);
  }
  std::string DeleteRow() {
    if (tables_.empty()) return "";
    auto& rows = *Pick(tables_)->mutable_rows();
    const int r = PickIndex(rows);
    const std::string id = rows[r].id();
    rows.DeleteSubrange(r, 1);
    return absl::StrCat("row ", id, " deleted");
  }
  std::string DuplicateRow() {
    if (tables_.empty()) return "";
    auto& rows = *Pick(tables_)->mutable_rows();
    const int r = PickIndex(rows);
    const bool renamed = Below(3) != 0;
    *rows.Add() = rows[r];
    fw::DecisionTable::Row& last = rows[rows.size() - 1];
    const std::string id = last.id();
    if (renamed) last.set_id(id + "-again");
    const int to = Below(rows.size());
    for (int i = rows.size() - 1; i > to; --i) rows.SwapElements(i, i - 1);
    return absl::StrCat("row ", id, " again at ", to, renamed ? "" : " by the same id");
  }
  std::string SwapRows() {
    if (tables_.empty()) return "";
    auto& rows = *Pick(tables_)->mutable_rows();
    if (rows.size() < 2) return "";
    const int a = Below(rows.size());
    const int b = (a + 1 + Below(rows.size() - 1)) % rows.size();
    rows.SwapElements(a, b);
    return absl::StrCat("rows ", a, " and ", b, " swapped");
  }
  std::string ChangeThreshold() {
    if (counts_.empty()) return "";
    fw::Term::Count& count = *Pick(counts_)->mutable_count();
    const int by = Below(2) == 0 ? -1 : 1 + Below(3);
    if (count.has_at_least()) {
      count.set_at_least(count.at_least() + by);
    } else {
      count.set_at_most(count.at_most() + by);
    }
    return absl::StrCat("threshold changed by ", by);
  }
  std::string ChangeCap() {
    if (capped_.empty()) return "";
    Caps& caps = *Pick(capped_);
    fw::Cap& cap = caps[PickIndex(caps)];
    cap.set_at_most(OtherLevel(cap.at_most()));
    return absl::StrCat("cap ", cap.id(), " at ", cap.at_most());
  }
  std::string DropGroup() {
    if (version_.items_size() == 0) return "";
    fw::Item& item = *version_.mutable_items(Below(version_.items_size()));
    item.clear_group();
    return absl::StrCat("item ", item.id(), " without its group");
  }
  std::string SwapLevels() {
    if (bands_.empty()) return "";
    fw::PercentBands& bands = *Pick(bands_);
    if (bands.bands_size() < 2) return "";
    const int a = Below(bands.bands_size() - 1);
    std::swap(*bands.mutable_bands(a)->mutable_level(),
              *bands.mutable_bands(a + 1)->mutable_level());
    return absl::StrCat("levels of bands ", a, " and ", a + 1, " swapped");
  }
  std::string ChangeRowLevel() {
    if (tables_.empty()) return "";
    auto& rows = *Pick(tables_)->mutable_rows();
    fw::DecisionTable::Row& row = rows[PickIndex(rows)];
    if (!row.has_level()) return "";
    row.set_level(OtherLevel(row.level()));
    return absl::StrCat("row ", row.id(), " gives ", row.level());
  }
  std::string DeleteCap() {
    if (capped_.empty()) return "";
    Caps& caps = *Pick(capped_);
    const int c = PickIndex(caps);
    const std::string id = caps[c].id();
    caps.DeleteSubrange(c, 1);
    return absl::StrCat("cap ", id, " deleted");
  }
  std::string ChangeCapLevels() {
    std::vector<fw::Term*> terms;
    for (Caps* caps : capped_) {
      for (fw::Cap& cap : *caps) {
        for (fw::Term& term : *cap.mutable_when()->mutable_all()) {
          if (term.has_outcome()) terms.push_back(&term);
        }
      }
    }
    if (terms.empty()) return "";
    fw::Term::Levels& levels = *Pick(terms)->mutable_outcome();
    levels.set_levels(0, OtherLevel(levels.levels(0)));
    return absl::StrCat("a cap asks for ", levels.levels(0));
  }
  std::string ChangeRounding() {
    if (bands_.empty()) return "";
    fw::PercentBands& bands = *Pick(bands_);
    bands.set_rounding(static_cast<fw::Rounding>(Below(5)));
    return absl::StrCat("rounding ", bands.rounding());
  }
  std::string DropReason() {
    if (capped_.empty()) return "";
    Caps& caps = *Pick(capped_);
    fw::Cap& cap = caps[PickIndex(caps)];
    cap.clear_reason();
    return absl::StrCat("cap ", cap.id(), " without its reason");
  }
  std::string ChangeCarried() {
    if (carried_.empty()) return "";
    auto& entries = *Pick(carried_)->mutable_entries();
    auto& entry = entries[PickIndex(entries)];
    entry.set_level(OtherLevel(entry.level()));
    return absl::StrCat("a previous rating carries ", entry.level());
  }
  std::string ChangeApplicability() {
    if (Model().applicability_size() == 0) return "";
    fw::Applicability& row = *Model().mutable_applicability(PickIndex(Model().applicability()));
    const std::string group = row.items(0).substr(0, row.items(0).find('.'));
    const bool all = Below(2) == 0;
    for (const fw::Item& item : version_.items()) {
      const bool listed = std::count(row.items().begin(), row.items().end(), item.id()) != 0;
      if (item.group() == group && !listed && (all || Below(2) == 0)) row.add_items(item.id());
    }
    return absl::StrCat(all ? "all" : "more", " items of ", group, " for some sectors only");
  }
  std::string DropOtherwise() {
    if (tables_.empty()) return "";
    auto& rows = *Pick(tables_)->mutable_rows();
    fw::DecisionTable::Row& last = rows[rows.size() - 1];
    last.clear_otherwise();
    fw::Term* term = last.mutable_when()->add_all();
    term->mutable_rated()->set_at_least(1 + Below(3));
    return absl::StrCat("row ", last.id(), " no longer catches the rest");
  }
  std::string ReuseId() {
    if (version_.items_size() < 2) return "";
    const int a = Below(version_.items_size());
    const int b = (a + 1) % version_.items_size();
    version_.mutable_items(a)->set_id(version_.items(b).id());
    return absl::StrCat("id ", version_.items(b).id(), " twice");
  }

  fw::FrameworkVersion& version_;
  std::mt19937 random_;
  std::vector<Caps*> capped_;
  std::vector<fw::PercentBands*> bands_;
  std::vector<fw::DecisionTable*> tables_;
  std::vector<fw::Term*> counts_;
  std::vector<fw::Missing::Previous*> carried_;
};

struct Tally {
  int refused = 0;      // by a check of the structure
  int caught = 0;       // the oracle and the prover agree that a property is broken
  int harmless = 0;     // the same behaviour, and nothing reported
  int lawful = 0;       // another behaviour that breaks no property, and nothing reported
  int missed = 0;       // broken, and not reported
  int false_alarm = 0;  // reported, and not broken
};

std::set<std::string> ErrorsOf(const std::vector<fw::Diagnostic>& diagnostics) {
  std::set<std::string> checks;
  for (const fw::Diagnostic& one : diagnostics) {
    if (one.severity() == fw::DIAGNOSTIC_SEVERITY_ERROR) checks.insert(one.check());
  }
  return checks;
}

std::string Join(const std::set<std::string>& list) {
  std::string text;
  for (const std::string& one : list) absl::StrAppend(&text, " ", one);
  return text;
}

// One mutant of a version whose own behaviour is `original`.
void TryMutant(const fw::FrameworkVersion& version, const std::string& original, unsigned seed,
               Tally& tally) {
  fw::FrameworkVersion mutant = version;
  const std::string what = Mutator(mutant, seed).Mutate();
  const CompileResult compiled = CompileWithFaults(mutant);
  if (compiled.model == nullptr) {
    EXPECT_FALSE(compiled.faults.empty());
    ++tally.refused;
    return;
  }
  std::set<std::string> errors = ErrorsOf(Prove(*compiled.model).diagnostics);
  for (const Fault& fault : compiled.faults) errors.insert(fault.check);
  const OracleVerdict oracle = AskOracle(mutant);
  if (!oracle.broken.empty() && !errors.empty()) {
    ++tally.caught;
  } else if (!oracle.broken.empty()) {
    ++tally.missed;
  } else if (!errors.empty() && compiled.faults.empty()) {
    ++tally.false_alarm;
  } else if (!errors.empty()) {
    ++tally.refused;
  } else if (oracle.behaviour == original) {
    ++tally.harmless;
  } else {
    ++tally.lawful;
  }
  // Each property that the oracle finds broken has its own check.
  for (const std::string& broken : oracle.broken) {
    const bool cap = broken == check::kCapNeverBinds && errors.count(check::kCapRaises) != 0;
    EXPECT_TRUE(cap || errors.count(broken) != 0)
        << version.name() << ", " << what << " (seed " << seed << "): missed " << broken
        << ", found" << Join(errors);
  }
  if (oracle.broken.empty() && !errors.empty() && compiled.faults.empty()) {
    ADD_FAILURE() << version.name() << ", " << what << " (seed " << seed << "): false alarm"
                  << Join(errors);
  }
}

TEST(ProveMutationTest, MissesNoBrokenPropertyOfMutantsOfEachShippedModel) {
  Tally all;
  for (const std::string& name : ShippedNames()) {
    const fw::FrameworkVersion version = LoadShipped(name);
    const OracleVerdict original = AskOracle(version);
    EXPECT_EQ(Join(original.broken), "") << name;
    Tally tally;
    for (unsigned seed = 1; seed <= kMutants; ++seed) {
      TryMutant(version, original.behaviour, seed, tally);
    }
    std::cout << name << ": " << tally.caught << " caught, " << tally.refused << " refused, "
              << tally.lawful << " lawful, " << tally.harmless << " harmless, " << tally.missed
              << " missed, " << tally.false_alarm << " false alarms\n";
    all.caught += tally.caught;
    all.missed += tally.missed;
    all.false_alarm += tally.false_alarm;
  }
  EXPECT_EQ(all.missed, 0);
  EXPECT_EQ(all.false_alarm, 0);
  EXPECT_GT(all.caught, 0);
}

}  // namespace
}  // namespace assay::model
