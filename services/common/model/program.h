// The compiled scoring model: what the rater runs and the prover visits. Names became numbers,
// bands and decision tables became arrays whose every entry can be enumerated.
//
// Thread safety: plain data, immutable after Compile. Ownership: a CompiledModel owns its Program;
// pointers into the version point into that model's copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/common/model/history.h"
#include "services/common/model/model.h"

namespace assay::model {

// A decision table whose key space is larger than this keeps its rows in order instead.
inline constexpr std::size_t kMaxTableEntries = 65536;
// Percent bands with more entries than this are computed instead of looked up.
inline constexpr std::size_t kMaxPercentEntries = 65536;
// Limits that model.proto states.
inline constexpr int kMaxCaps = 32;
inline constexpr int kMaxSteps = 32;
inline constexpr int kMaxRows = 64;
inline constexpr int kMaxTerms = 16;
inline constexpr int kMaxLevels = 32;
// Most positions of a stage: categories in items.
inline constexpr std::size_t kMaxPositions = std::size_t{512} * 16;
// What a version's stages may take once they are compiled, in bytes: 32 MiB. Those of the largest
// method that is shipped take less than a hundredth of one.
inline constexpr std::size_t kMaxStageBytes = std::size_t{32} << 20;

// A set of levels, sectors or kinds of action: bit i for i.
using Bits = std::uint64_t;
inline constexpr Bits Bit(int i) { return Bits{1} << i; }

enum class TermKind : std::uint8_t {
  kCount,
  kRated,
  kLowest,
  kOutcome,
  kNode,
  kCompare,
  kAction,
  kFlag,
  kSector,
  kAssessed,
  kServices,
};

// Whether `left comparison right` holds; false where one of them is missing (0).
bool CompareHolds(framework::v1::Comparison comparison, Level left, Level right);

// An input of a node by its stage (index in the ladder) and position.
struct NamedInput {
  std::uint8_t stage = 0;
  std::uint16_t position = 0;
};

struct CompiledTerm {
  const framework::v1::Term* source = nullptr;
  TermKind kind = TermKind::kCount;
  bool linked = false;          // kAction: only on a linked regulation
  bool right_is_level = false;  // kCompare
  Level level = 0;              // kLowest; the right side of kCompare
  framework::v1::Comparison comparison = framework::v1::COMPARISON_UNSPECIFIED;
  NamedInput left;  // kCompare
  NamedInput right;
  Bits bits = 0;  // kCount, kOutcome: levels; kSector: sectors; kAction: kinds, 0 any
  int low = 0;    // kCount, kRated, kServices: both included
  int high = std::numeric_limits<int>::max();
  int flag = -1;            // index into Program::flags
  Day from = kNoDay;        // kAssessed
  Day before = kNoDay;      // kAssessed
  std::vector<bool> nodes;  // kNode: by position
};

struct CompiledCondition {
  std::vector<CompiledTerm> all;

  bool Always() const { return all.empty(); }
  bool Uses(TermKind kind) const {
    for (const CompiledTerm& term : all) {
      if (term.kind == kind) return true;
    }
    return false;
  }
};

// What a node's rated inputs come to.
struct InputCounts {
  std::uint16_t by_level[kMaxLevels + 1] = {};
  int rated = 0;
  int total = 0;
  int sum = 0;
  Level lowest = 0;

  void AddRated(Level level) {
    ++by_level[level];
    ++rated;
    sum += level;
    if (lowest == 0 || level < lowest) lowest = level;
  }
  int Count(Bits levels) const {
    int count = 0;
    for (; levels != 0; levels &= levels - 1) count += by_level[__builtin_ctzll(levels)];
    return count;
  }
};

// One entry of compiled percent bands: what (n, sum, lowest) gives, with the caps that depend on no
// more.
struct PercentEntry {
  std::uint8_t percent = 0;
  Level method = 0;
  Level result = 0;
  std::uint32_t applied = 0;  // caps, as bits
  std::uint32_t bound = 0;
};

struct PercentProgram {
  framework::v1::Rounding rounding = framework::v1::ROUNDING_UNSPECIFIED;
  int levels = 0;  // of the inputs' scale
  Level by_percent[101] = {};
  int max_inputs = 0;                 // n of the largest entry; 0: not tabled
  std::vector<std::size_t> begin;     // by n: index of the entry for sum = n, lowest = 1
  std::vector<PercentEntry> entries;  // by (sum - n) * levels + lowest - 1
  std::uint32_t folded = 0;           // caps that are in the entries

  // The entry for n inputs of that sum and lowest level; nullptr where it is not tabled.
  const PercentEntry* Find(int n, int sum, Level lowest) const {
    if (n < 1 || n > max_inputs) return nullptr;
    return &entries[begin[static_cast<std::size_t>(n)] +
                    static_cast<std::size_t>((sum - n) * levels + lowest - 1)];
  }
};

// 100 * sum / most as a whole percentage, exactly.
int WholePercent(framework::v1::Rounding rounding, int sum, int most);

// One number that a decision table's key is made of, clipped at the largest threshold used.
struct Feature {
  TermKind kind = TermKind::kCount;  // kCount, kRated or kLowest
  Bits bits = 0;
  Level level = 0;
  int clip = 0;
  std::size_t stride = 0;

  int Value(const InputCounts& inputs) const;
};

enum class RowGives : std::uint8_t { kLevel, kLowest, kUnrated };

struct CompiledRow {
  CompiledCondition when;
  RowGives gives = RowGives::kLevel;
  Level level = 0;
  const framework::v1::DecisionTable::Row* source = nullptr;
};

struct TableProgram {
  std::vector<CompiledRow> rows;
  std::vector<Feature> features;
  // Row by key; empty where the rows are tried in order (facts in conditions, or too many keys).
  std::vector<std::uint8_t> lookup;

  std::size_t Key(const InputCounts& inputs) const;
};

struct CompiledStep {
  CompiledCondition when;
  int by = 0;
};

struct CompiledCap {
  const framework::v1::Cap* source = nullptr;
  CompiledCondition when;
  Level at_most = 0;
  bool strict = false;
};

struct CompiledExclusion {
  CompiledCondition when;
  std::vector<std::vector<bool>> nodes;  // by index in `from`, then by position
  std::vector<std::string> services;
};

struct CompiledFallback {
  bool held = false;
  // Otherwise from the previous rating: this stage's level by rating, 0 where it carries nothing.
  Level by_rating[5] = {};
};

enum class Method : std::uint8_t { kJudged, kPercent, kTable, kAdjustments };

// Inputs of one position: a range of positions of an earlier stage, by index in that stage's
// positions.
struct InputPosition {
  std::uint8_t stage = 0;
  std::uint16_t index = 0;
};

struct StageProgram {
  const framework::v1::Stage* source = nullptr;
  Method method = Method::kJudged;
  ClosedAxis closed = ClosedAxis::kWhole;
  OpenAxes open = 0;
  int scale = 0;
  int input_scale = -1;
  bool collapses_open = false;  // inputs are told apart by services or locations, outcomes are not
  std::uint16_t slot = 0;
  std::vector<int> from;                           // stages, by index in the ladder
  std::vector<std::uint16_t> positions;            // those that exist, ascending
  std::vector<std::int32_t> index_of_position;     // -1: it does not exist
  std::vector<bool> entered;                       // by index in positions
  std::vector<std::vector<InputPosition>> inputs;  // by index in positions
  PercentProgram percent;
  TableProgram table;
  NamedInput start;
  std::vector<CompiledStep> steps;
  bool held = false;  // a fallback is `held`
  std::vector<CompiledFallback> fallbacks;
  int minimum = 1;
  bool all_required = false;
  std::vector<CompiledCap> caps;  // those of its cap sets, then its own
  std::vector<CompiledExclusion> exclusions;
};

struct LadderProgram {
  const framework::v1::Ladder* source = nullptr;
  std::uint32_t kinds = 0;  // bits of SubjectKind
  CompiledCondition when;
  std::vector<StageProgram> stages;
  bool carries_forward = false;  // some stage falls back to a previous rating
  bool groups_rated = false;     // some stage keeps the group on a scale that maps to ratings
};

struct ApplicabilityRow {
  CompiledCondition when;
};

struct CategoryRow {
  CompiledCondition when;
  std::vector<bool> items;  // empty: every item
  Bits categories = 0;
};

struct Program {
  std::vector<LadderProgram> ladders;
  std::vector<ApplicabilityRow> applicability;
  std::vector<std::vector<std::uint16_t>> applicability_of_item;  // rows; none: applies everywhere
  std::vector<CategoryRow> categories;
  std::vector<std::string> flags;                      // that conditions name
  std::vector<std::vector<std::string>> direct_links;  // regulations by item
  bool carries_forward = false;                        // some ladder does
};

}  // namespace assay::model
