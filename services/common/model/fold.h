#pragma once

// The one fold: what is true of a subject at (effective day, knowledge). docs: contract, "State".
//
// Thread safety: pure. Ownership: a State borrows the names of the history it was made from.
// Cost: one pass over the subject's entries; no allocation where a State is used again.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/clock/day.h"
#include "services/common/model/history.h"

namespace assay::model {

// Knowledge of everything recorded.
inline constexpr std::int64_t kEverything = std::numeric_limits<std::int64_t>::max();

// A flag that is set on the day, and the record that says so.
struct OpenFlag {
  absl::string_view id;
  std::int64_t counter = 0;
};

// The sector as the registry had it, of the subject (unit 0) or of a service.
struct KnownSector {
  std::uint16_t unit = 0;
  absl::string_view sector;  // empty: unknown
  std::int64_t counter = 0;
};

struct State {
  const SubjectHistory* history = nullptr;
  Day effective;
  std::int64_t known = kEverything;

  // The days for which this very state holds, as far as it is known: from <= day < before. Not set:
  // since ever; open.
  std::optional<Day> from;
  std::optional<Day> before;

  // For each version, place and unit the judgement that counts, sorted in that order.
  std::vector<Entry> entries;
  // For each version, place and unit the override that counts, sorted.
  std::vector<Entry> overrides;
  // Actions that are open on the day.
  std::vector<ActionEntry> actions;
  std::vector<OpenFlag> flags;
  // At most one a unit; the subject's own first.
  std::vector<KnownSector> sectors;
  // The newest change known of the subject, whether it counts on this day or not.
  std::int64_t newest_counter = 0;

  // The sector of a unit: its own, else the subject's. Empty: unknown.
  absl::string_view SectorOf(std::uint16_t unit) const;
};

// Of the records with counter <= known, not superseded by one with counter <= known, effective <=
// day: for each version, place and unit the one greatest in (effective day, assessed or given over
// carried forward, counter). An action is open when opened <= day < closed; a flag likewise. The
// registry's newest known state counts on every day.
State Fold(const SubjectHistory& history, Day effective, std::int64_t known = kEverything);

// The same into a State that is used again.
void FoldInto(const SubjectHistory& history, Day effective, std::int64_t known, State& state);

}  // namespace assay::model
