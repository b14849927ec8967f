#pragma once

// The score combinations behind a rating: every multiset of a group's item scores that gives a
// level, and in how many orders, with and without caps. By enumeration through the compiled tables.
//
// No regulatory action is open and no flag is set: caps that wait for them do not apply.
//
// Thread safety: pure. Cost: one look at each multiset, at most kMaxCombinations of them.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/model/model.h"

namespace assay::model {

// More multisets than this are not visited (9 items on 4 levels make 220).
inline constexpr std::int64_t kMaxCombinations = 100'000;

struct CombinationQuery {
  std::string group;   // id
  std::string level;   // id of a level of the group's scale
  std::string sector;  // id; empty: unknown
  int items = 0;       // scored items; 0: all of the group's that apply to the sector
};

struct Combination {
  std::vector<Level> levels;  // from low to high
  std::int64_t vectors = 0;   // orders of it
  std::string cap;            // id of the first cap that bound; empty: none
};

struct Combinations {
  // Every multiset that gives the level, the lowest scores first.
  std::vector<Combination> all;
  int items = 0;  // scored items
  std::int64_t multisets = 0;
  std::int64_t vectors = 0;
  std::int64_t multisets_without_caps = 0;
  std::int64_t vectors_without_caps = 0;
};

// INVALID_ARGUMENT with every violation, each at a field of the request as the query names it:
// a group, level or sector that is not there; a group that no ladder computes from its items; more
// items than the group has, or than kMaxCombinations allows.
absl::StatusOr<Combinations> FindCombinations(const CompiledModel& model,
                                              const CombinationQuery& query);

}  // namespace assay::model
