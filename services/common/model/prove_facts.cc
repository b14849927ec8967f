#include "services/common/model/prove_facts.h"

#include <algorithm>
#include <limits>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/model/describe.h"

namespace assay::model {
namespace {

constexpr int kNoBound = std::numeric_limits<int>::max();

template <typename T>
void AddOnce(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

}  // namespace

bool FactHolds(const CompiledTerm& term, const FactState& state, int position) {
  switch (term.kind) {
    case TermKind::kNode:
      return term.nodes[static_cast<std::size_t>(position)];
    case TermKind::kAction: {
      const Bits open = term.linked ? state.linked_kinds : state.kinds;
      return term.bits == 0 ? open != 0 : (open & term.bits) != 0;
    }
    case TermKind::kFlag:
      return (state.flags & Bit(term.flag)) != 0;
    case TermKind::kSector:
      return state.sector >= 0 && (term.bits & Bit(state.sector)) != 0;
    case TermKind::kAssessed:
      return state.assessed != kNoDay && (term.from == kNoDay || term.from <= state.assessed) &&
             (term.before == kNoDay || state.assessed < term.before);
    case TermKind::kServices:
      return state.services >= term.low && state.services <= term.high;
    default:
      return true;
  }
}

bool FactsHold(const CompiledCondition& condition, const FactState& state, int position) {
  return std::all_of(condition.all.begin(), condition.all.end(),
                     [&](const CompiledTerm& term) { return FactHolds(term, state, position); });
}

void FactSpace::Use(const CompiledCondition& condition) {
  for (const CompiledTerm& term : condition.all) {
    switch (term.kind) {
      case TermKind::kFlag:
        flags_ |= Bit(term.flag);
        break;
      case TermKind::kSector:
        AddOnce(sector_terms_, term.bits);
        break;
      case TermKind::kAction:
        AddOnce(action_terms_, term.bits);
        linked_asked_ = linked_asked_ || term.linked;
        break;
      case TermKind::kAssessed:
        if (term.from != kNoDay) AddOnce(days_, term.from);
        if (term.before != kNoDay) AddOnce(days_, term.before);
        break;
      case TermKind::kServices:
        services_ = std::max({services_, term.low, term.high == kNoBound ? 0 : term.high + 1});
        break;
      default:
        break;
    }
  }
}

std::vector<Bits> FactSpace::FlagSets() const {
  std::vector<Bits> sets = {0};
  for (Bits rest = flags_; rest != 0; rest &= rest - 1) {
    const std::size_t count = sets.size();
    for (std::size_t i = 0; i < count; ++i) sets.push_back(sets[i] | (rest & -rest));
  }
  return sets;
}

// Unknown, and one sector of each class that the terms can tell apart.
std::vector<int> FactSpace::Sectors() const {
  std::vector<int> sectors = {-1};
  if (sector_terms_.empty()) return sectors;
  std::map<std::vector<bool>, int> seen;
  for (int s = 0; s < model_.version().sectors_size(); ++s) {
    std::vector<bool> in;
    for (const Bits term : sector_terms_) in.push_back((term & Bit(s)) != 0);
    if (seen.emplace(in, s).second) sectors.push_back(s);
  }
  return sectors;
}

// Unknown, each day on which something changes, and one before them all.
std::vector<Day> FactSpace::Days() const {
  std::vector<Day> days = {kNoDay};
  if (days_.empty()) return days;
  std::vector<Day> sorted = days_;
  std::sort(sorted.begin(), sorted.end());
  days.push_back(sorted.front().Plus(-1));
  days.insert(days.end(), sorted.begin(), sorted.end());
  return days;
}

// One kind of action of each class that the terms can tell apart.
std::vector<Bits> FactSpace::KindsApart() const {
  std::vector<Bits> kinds;
  std::map<std::vector<bool>, int> seen;
  for (int kind = 1; kind < evidence::v1::RegulatoryActionKind_ARRAYSIZE; ++kind) {
    std::vector<bool> in;
    for (const Bits term : action_terms_) in.push_back(term == 0 || (term & Bit(kind)) != 0);
    if (std::count(in.begin(), in.end(), true) == 0) continue;
    if (seen.emplace(in, kind).second) kinds.push_back(Bit(kind));
  }
  return kinds;
}

// Each kind: not open, open, or open on a linked regulation.
std::vector<FactState> FactSpace::Actions() const {
  std::vector<FactState> all(1);
  for (const Bits kind : KindsApart()) {
    const std::size_t count = all.size();
    for (std::size_t i = 0; i < count; ++i) {
      FactState open = all[i];
      open.kinds |= kind;
      all.push_back(open);
      if (!linked_ || !linked_asked_) continue;
      open.linked_kinds |= kind;
      all.push_back(open);
    }
  }
  return all;
}

std::vector<int> FactSpace::Services() const {
  std::vector<int> counts = {0};
  for (int i = 1; i <= services_; ++i) counts.push_back(i);
  return counts;
}

double FactSpace::Size() const {
  double size = 1;
  for (Bits rest = flags_; rest != 0; rest &= rest - 1) size *= 2;
  for (std::size_t i = 0; i < KindsApart().size(); ++i) size *= linked_ && linked_asked_ ? 3 : 2;
  return size * static_cast<double>(Sectors().size()) * static_cast<double>(Days().size()) *
         (services_ + 2);
}

std::vector<FactState> FactSpace::All() const {
  std::vector<FactState> all = Actions();
  const auto times = [&all](const auto& values, auto set) {
    std::vector<FactState> next;
    for (const auto& value : values) {
      for (FactState state : all) {
        set(state, value);
        next.push_back(state);
      }
    }
    all = std::move(next);
  };
  times(FlagSets(), [](FactState& state, Bits flags) { state.flags = flags; });
  times(Sectors(), [](FactState& state, int sector) { state.sector = sector; });
  times(Days(), [](FactState& state, Day day) { state.assessed = day; });
  times(Services(), [](FactState& state, int count) { state.services = count; });
  return all;
}

std::string FactSpace::Words(const FactState& state, bool with_services) const {
  std::vector<std::string> words;
  for (int kind = 1; kind < evidence::v1::RegulatoryActionKind_ARRAYSIZE; ++kind) {
    if ((state.kinds & Bit(kind)) == 0) continue;
    words.push_back(
        absl::StrCat("an open ", ActionKindWord(kind),
                     (state.linked_kinds & Bit(kind)) != 0 ? " on a linked regulation" : ""));
  }
  for (std::size_t i = 0; i < model_.program().flags.size(); ++i) {
    if ((state.flags & Bit(static_cast<int>(i))) == 0) continue;
    words.push_back(absl::StrCat("flag ", model_.program().flags[i]));
  }
  if (state.sector >= 0) {
    words.push_back(absl::StrCat("sector ", model_.version().sectors(state.sector).id()));
  }
  if (state.assessed != kNoDay) {
    words.push_back(absl::StrCat("assessed ", state.assessed.ToString()));
  }
  if (with_services && services_ >= 0) {
    words.push_back(absl::StrCat(state.services, state.services == 1 ? " service" : " services"));
  }
  return absl::StrJoin(words, ", ");
}

}  // namespace assay::model
