#include "services/common/model/fold.h"

#include <algorithm>

namespace assay::model {
namespace {

bool SameNode(const Entry& a, const Entry& b) {
  return a.version == b.version && a.place == b.place && a.unit == b.unit;
}

class Folder {
 public:
  Folder(const SubjectHistory& history, State& state) : history_(history), state_(state) {}

  void Run() {
    FoldEntries();
    FoldActions();
    FoldRegistry();
    for (const Supersession& supersession : history_.supersessions()) See(supersession.by);
  }

 private:
  bool Known(std::int64_t counter) const { return counter <= state_.known; }

  void See(std::int64_t counter) {
    if (Known(counter) && counter > state_.newest_counter) state_.newest_counter = counter;
  }

  // A day on which something may change bounds the days for which the state holds.
  void Bound(Day day) {
    if (day <= state_.effective) {
      if (!state_.from || *state_.from < day) state_.from = day;
    } else if (!state_.before || day < *state_.before) {
      state_.before = day;
    }
  }

  bool Holds(Day from, Day before) {
    if (from != kNoDay) Bound(from);
    if (before != kNoDay) Bound(before);
    return (from == kNoDay || from <= state_.effective) &&
           (before == kNoDay || state_.effective < before);
  }

  // Entries lie sorted by node and then by how strongly they count: the last that is eligible wins.
  void FoldEntries() {
    const std::vector<Entry>& entries = history_.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Entry& entry = entries[i];
      if (!Known(entry.counter)) continue;
      See(entry.counter);
      if (entry.superseded && Known(history_.SupersededBy(i))) continue;
      Bound(entry.effective);
      if (state_.effective < entry.effective) continue;
      std::vector<Entry>& out =
          entry.status == Status::kOverride ? state_.overrides : state_.entries;
      if (!out.empty() && SameNode(out.back(), entry)) {
        out.back() = entry;
      } else {
        out.push_back(entry);
      }
    }
  }

  void FoldActions() {
    const std::vector<ActionEntry>& actions = history_.actions();
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const ActionEntry& action = actions[i];
      if (!Known(action.counter)) continue;
      See(action.counter);
      if (action.superseded && Known(history_.ActionSupersededBy(i))) continue;
      if (Holds(action.opened, action.closed)) state_.actions.push_back(action);
    }
    // Records may have come in any order; the state must not tell.
    std::sort(state_.actions.begin(), state_.actions.end(),
              [](const ActionEntry& a, const ActionEntry& b) { return a.counter < b.counter; });
  }

  // The newest known state of each unit, whatever the day.
  void FoldRegistry() {
    const RegistryEntry* subject = nullptr;
    for (const RegistryEntry& entry : history_.registry()) {
      if (!Known(entry.counter)) continue;
      See(entry.counter);
      if (entry.unit == 0 && (subject == nullptr || subject->counter < entry.counter)) {
        subject = &entry;
      }
      auto it = std::find_if(state_.sectors.begin(), state_.sectors.end(),
                             [&](const KnownSector& other) { return other.unit == entry.unit; });
      if (it == state_.sectors.end()) {
        state_.sectors.push_back({entry.unit, entry.sector, entry.counter});
      } else if (it->counter < entry.counter) {
        *it = {entry.unit, entry.sector, entry.counter};
      }
    }
    std::sort(state_.sectors.begin(), state_.sectors.end(),
              [](const KnownSector& a, const KnownSector& b) { return a.unit < b.unit; });
    if (subject == nullptr) return;
    for (const FlagEntry& flag : subject->flags) {
      if (Holds(flag.from, flag.before)) state_.flags.push_back({flag.id, subject->counter});
    }
  }

  const SubjectHistory& history_;
  State& state_;
};

}  // namespace

absl::string_view State::SectorOf(std::uint16_t unit) const {
  absl::string_view subject;
  for (const KnownSector& entry : sectors) {
    if (entry.unit == unit && !entry.sector.empty()) return entry.sector;
    if (entry.unit == 0) subject = entry.sector;
  }
  return subject;
}

void FoldInto(const SubjectHistory& history, Day effective, std::int64_t known, State& state) {
  state.history = &history;
  state.effective = effective;
  state.known = known;
  state.from.reset();
  state.before.reset();
  state.entries.clear();
  state.overrides.clear();
  state.actions.clear();
  state.flags.clear();
  state.sectors.clear();
  state.newest_counter = 0;
  Folder(history, state).Run();
}

State Fold(const SubjectHistory& history, Day effective, std::int64_t known) {
  State state;
  FoldInto(history, effective, known, state);
  return state;
}

}  // namespace assay::model
