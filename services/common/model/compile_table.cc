// Decision tables and percent bands as arrays.
#include <algorithm>
#include <limits>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"

#include "services/common/model/compiler.h"

namespace assay::model {
namespace {

using framework::v1::DecisionTable;

constexpr int kNoBound = std::numeric_limits<int>::max();

bool OnInputs(const CompiledTerm& term) {
  return term.kind == TermKind::kCount || term.kind == TermKind::kRated ||
         term.kind == TermKind::kLowest;
}

// Index of the feature that a term asks about, made where it is new, with its clip raised to what
// the term needs.
std::size_t FeatureOf(const CompiledTerm& term, std::vector<Feature>& features) {
  const int clip = term.kind == TermKind::kLowest ? 1
                   : term.high == kNoBound        ? term.low
                                                  : std::max(term.low, term.high + 1);
  for (std::size_t i = 0; i < features.size(); ++i) {
    Feature& feature = features[i];
    if (feature.kind != term.kind || feature.bits != term.bits || feature.level != term.level) {
      continue;
    }
    feature.clip = std::max(feature.clip, clip);
    return i;
  }
  features.push_back({term.kind, term.bits, term.level, clip, 0});
  return features.size() - 1;
}

bool Holds(const CompiledTerm& term, int value) {
  if (term.kind == TermKind::kLowest) return value == 1;
  return value >= term.low && value <= term.high;
}

// True for {1..k}: a count over it of at least one asks whether the lowest level is at most k.
int PrefixTop(Bits bits) {
  const Bits shifted = bits >> 1;
  if (shifted == 0 || (shifted & (shifted + 1)) != 0 || (bits & 1) != 0) return 0;
  return __builtin_popcountll(bits);
}

// Whether a cap's term depends on (n, lowest, outcome) alone.
bool Foldable(const CompiledTerm& term) {
  switch (term.kind) {
    case TermKind::kOutcome:
    case TermKind::kLowest:
    case TermKind::kRated:
      return true;
    case TermKind::kCount:
      return PrefixTop(term.bits) != 0 &&
             ((term.low == 1 && term.high == kNoBound) || (term.low == 0 && term.high == 0));
    default:
      return false;
  }
}

bool FoldedHolds(const CompiledTerm& term, int n, Level lowest, Level outcome) {
  switch (term.kind) {
    case TermKind::kOutcome:
      return (term.bits & Bit(outcome)) != 0;
    case TermKind::kLowest:
      return lowest <= term.level;
    case TermKind::kRated:
      return n >= term.low && n <= term.high;
    default:
      return (lowest <= PrefixTop(term.bits)) == (term.low == 1);
  }
}

// `62.5`, `33.33`: two decimals at most, cut.
std::string ExactPercent(int sum, int most) {
  const int hundredths = static_cast<int>(10000LL * sum / most);
  std::string text = absl::StrCat(hundredths / 100);
  if (hundredths % 100 == 0) return text;
  absl::StrAppend(&text, ".", hundredths % 100 / 10);
  if (hundredths % 10 != 0) absl::StrAppend(&text, hundredths % 10);
  return text;
}

}  // namespace

int WholePercent(framework::v1::Rounding rounding, int sum, int most) {
  const std::int64_t top = 100LL * sum;
  const std::int64_t down = top / most;
  const std::int64_t twice = 2 * (top % most);
  switch (rounding) {
    case framework::v1::ROUNDING_DOWN:
      return static_cast<int>(down);
    case framework::v1::ROUNDING_UP:
      return static_cast<int>(down + (twice > 0 ? 1 : 0));
    case framework::v1::ROUNDING_HALF_EVEN:
      return static_cast<int>(down + (twice > most || (twice == most && down % 2 == 1) ? 1 : 0));
    default:
      return static_cast<int>(down + (twice >= most ? 1 : 0));
  }
}

int Feature::Value(const InputCounts& inputs) const {
  switch (kind) {
    case TermKind::kCount:
      return inputs.Count(bits);
    case TermKind::kRated:
      return inputs.rated;
    default:
      return inputs.lowest != 0 && inputs.lowest <= level ? 1 : 0;
  }
}

std::size_t TableProgram::Key(const InputCounts& inputs) const {
  std::size_t key = 0;
  for (const Feature& feature : features) {
    key += feature.stride * static_cast<std::size_t>(std::min(feature.Value(inputs), feature.clip));
  }
  return key;
}

void BuildLookup(TableProgram& table) {
  std::vector<std::vector<std::size_t>> feature_of_term;
  for (const CompiledRow& row : table.rows) {
    feature_of_term.emplace_back();
    for (const CompiledTerm& term : row.when.all) {
      if (!OnInputs(term)) {
        table.features.clear();
        return;
      }
      feature_of_term.back().push_back(FeatureOf(term, table.features));
    }
  }
  std::size_t size = 1;
  for (Feature& feature : table.features) {
    feature.stride = size;
    size *= static_cast<std::size_t>(feature.clip) + 1;
    if (size > kMaxTableEntries) {
      table.features.clear();
      return;
    }
  }
  table.lookup.resize(size);
  // The value of each feature: the keys count them up like the wheels of an odometer.
  std::vector<int> values(table.features.size());
  for (std::size_t key = 0; key < size; ++key) {
    std::size_t row = 0;
    for (; row + 1 < table.rows.size(); ++row) {
      const std::vector<CompiledTerm>& terms = table.rows[row].when.all;
      bool holds = true;
      for (std::size_t t = 0; t < terms.size() && holds; ++t) {
        holds = Holds(terms[t], values[feature_of_term[row][t]]);
      }
      if (holds) break;
    }
    table.lookup[key] = static_cast<std::uint8_t>(row);
    for (std::size_t f = 0; f < values.size(); ++f) {
      if (++values[f] <= table.features[f].clip) break;
      values[f] = 0;
    }
  }
}

void Compiler::CheckRows(const Path& path, const DecisionTable& source) {
  CheckCount(path.At("rows"), source.rows_size(), 1, kMaxRows);
  absl::flat_hash_set<absl::string_view> seen;
  for (int i = 0; i < source.rows_size(); ++i) {
    const DecisionTable::Row& row = source.rows(i);
    const Path at = path.At("rows", i);
    CheckId(at.At("id"), row.id(), 64, seen, /*dots=*/true);
    const bool last = i + 1 == source.rows_size();
    if (row.otherwise() && !last) {
      bad_.Add(at.At("otherwise"), "true", "false: only the last row catches all");
    } else if (!row.otherwise() && last) {
      bad_.Add(check::kTableGap, at.At("otherwise"), "false",
               "true: the last row catches the rest");
      ++soft_;
    }
    if (row.otherwise() && row.when().all_size() != 0) {
      bad_.Add(at.At("when"), "a condition beside otherwise", "one of them");
    }
    if (row.gives_case() == DecisionTable::Row::GIVES_NOT_SET) {
      bad_.Add(at, "", "level, lowest or unrated");
    }
    if (row.gives_case() == DecisionTable::Row::kUnrated && row.unrated().reason().empty()) {
      bad_.Add(at.At("unrated.reason"), "", "the reason");
    }
  }
}

std::size_t Compiler::BytesOf(const DecisionTable& table) {
  std::size_t bytes = 0;
  for (const DecisionTable::Row& row : table.rows()) {
    bytes += sizeof(CompiledRow) + BytesOf(row.when());
  }
  return bytes;
}

void Compiler::CompileTable(const Path& path, const DecisionTable& source,
                            const LadderProgram& ladder, StageProgram& stage) {
  stage.method = Method::kTable;
  // More rows than there may be are a fault that is told where the table stands.
  if (source.rows_size() > kMaxRows || !Take(path, BytesOf(source))) return;
  TermScope scope;
  scope.where = "a row";
  scope.inputs = true;
  scope.linked = true;
  scope.ladder = &ladder;
  scope.stage = &stage;
  Faults before;
  std::swap(before, bad_);
  for (int i = 0; i < source.rows_size(); ++i) {
    const DecisionTable::Row& row = source.rows(i);
    const Path at = path.At("rows", i);
    CompiledRow compiled;
    compiled.source = &row;
    compiled.when = CompileCondition(at.At("when"), row.when(), scope);
    if (row.has_level()) {
      compiled.level = RequireLevel(at.At("level"), row.level(), stage.scale);
    } else if (row.has_lowest()) {
      compiled.gives = RowGives::kLowest;
      if (stage.scale != stage.input_scale) {
        bad_.Add(at.At("lowest"), "inputs on another scale", "inputs on the stage's scale");
      }
    } else {
      compiled.gives = RowGives::kUnrated;
    }
    stage.table.rows.push_back(std::move(compiled));
  }
  // A shared table with a fault is reported once, not for every stage that uses it.
  std::swap(before, bad_);
  if (!before.empty() && tables_with_faults_.insert(path.ToString()).second) {
    for (const Fault& fault : before.kept()) bad_.AddText(fault.check, fault.field, fault.message);
  }
  BuildLookup(stage.table);
  if (!Take(path, stage.table.lookup.size())) stage.table = TableProgram();
}

// Each percentage that the inputs can reach must lie in one band.
void Compiler::CheckBands(const Path& path, const StageProgram& stage,
                          const std::vector<int>& bands_of_percent) {
  const PercentProgram& program = stage.percent;
  std::vector<bool> reported(101);
  // `how` tells how the percentage comes about; only a fault asks for it.
  auto check_percent = [&](int percent, absl::FunctionRef<std::string()> how) {
    const auto at = static_cast<std::size_t>(percent);
    if (bands_of_percent[at] == 1 || reported[at]) return;
    reported[at] = true;
    const bool hole = bands_of_percent[at] == 0;
    ++soft_;
    bad_.AddText(hole ? check::kBandHole : check::kBandOverlap, path.At("bands"),
                 absl::StrCat("got ", hole ? "no band" : "several bands", " for ", percent, " % (",
                              how(), "), want one"));
  };
  if (program.max_inputs == 0) {
    const int least = WholePercent(program.rounding, 1, program.levels);
    for (int percent = least; percent <= 100; ++percent) {
      check_percent(percent, [] { return std::string("any number of inputs"); });
    }
    return;
  }
  for (int n = 1; n <= program.max_inputs; ++n) {
    const int most = n * program.levels;
    for (int sum = n; sum <= most; ++sum) {
      check_percent(WholePercent(program.rounding, sum, most), [&] {
        return absl::StrCat(sum, " of ", most, " points, ", ExactPercent(sum, most), " %");
      });
    }
  }
}

void Compiler::CompilePercent(const Path& path, StageProgram& stage) {
  stage.method = Method::kPercent;
  const framework::v1::PercentBands& source = stage.source->percent_bands();
  PercentProgram& program = stage.percent;
  program.rounding = source.rounding();
  program.levels = model_->LevelCount(stage.input_scale);
  if (source.rounding() == framework::v1::ROUNDING_UNSPECIFIED ||
      !framework::v1::Rounding_IsValid(source.rounding())) {
    bad_.Add(path.At("rounding"), source.rounding(), "a way to round");
  }
  CheckCount(path.At("bands"), source.bands_size(), 1, 101);
  std::vector<int> count(101);
  bool good = true;
  for (int i = 0; i < source.bands_size(); ++i) {
    const framework::v1::Band& band = source.bands(i);
    const Path at = path.At("bands", i);
    const Level level = RequireLevel(at.At("level"), band.level(), stage.scale);
    if (band.from_percent() < 0 || band.to_percent() > 100 ||
        band.from_percent() > band.to_percent()) {
      bad_.Add(at, absl::StrCat(band.from_percent(), " to ", band.to_percent()),
               "whole percentages from 0 to 100, the lower first");
      good = false;
      continue;
    }
    for (int p = band.from_percent(); p <= band.to_percent(); ++p) {
      program.by_percent[p] = level;
      ++count[static_cast<std::size_t>(p)];
    }
  }
  for (const auto& inputs : stage.inputs) {
    program.max_inputs = std::max(program.max_inputs, static_cast<int>(inputs.size()));
  }
  std::size_t entries = 0;
  for (int n = 1; n <= program.max_inputs; ++n) {
    entries += static_cast<std::size_t>((n * (program.levels - 1) + 1) * program.levels);
  }
  // Inputs that are collapsed over an open axis: any number of them.
  if (entries > kMaxPercentEntries || stage.collapses_open ||
      !Take(path, entries * sizeof(PercentEntry))) {
    program.max_inputs = 0;
  }
  if (good) CheckBands(path, stage, count);
}

namespace {

// What the folded caps make of an outcome of n inputs whose lowest is at this level.
PercentEntry Capped(const StageProgram& stage, int n, Level lowest, PercentEntry entry) {
  entry.result = entry.method;
  for (std::size_t c = 0; c < stage.caps.size(); ++c) {
    if ((stage.percent.folded & (1U << c)) == 0) continue;
    const CompiledCap& cap = stage.caps[c];
    const bool applies = std::all_of(
        cap.when.all.begin(), cap.when.all.end(),
        [&](const CompiledTerm& term) { return FoldedHolds(term, n, lowest, entry.method); });
    if (!applies) continue;
    entry.applied |= 1U << c;
    entry.result = std::min(entry.result, cap.at_most);
  }
  for (std::size_t c = 0; c < stage.caps.size(); ++c) {
    const bool applied = (entry.applied & (1U << c)) != 0;
    const Level at_most = stage.caps[c].at_most;
    if (applied && at_most < entry.method && at_most == entry.result) entry.bound |= 1U << c;
  }
  return entry;
}

}  // namespace

void FoldCaps(int max_inputs, StageProgram& stage) {
  PercentProgram& program = stage.percent;
  for (std::size_t c = 0; c < stage.caps.size(); ++c) {
    const std::vector<CompiledTerm>& terms = stage.caps[c].when.all;
    if (std::all_of(terms.begin(), terms.end(), Foldable)) program.folded |= 1U << c;
  }
  program.begin.assign(static_cast<std::size_t>(max_inputs) + 1, 0);
  const auto levels = static_cast<std::size_t>(program.levels);
  std::size_t count = 0;
  for (std::size_t n = 1; n < program.begin.size(); ++n) count += (n * (levels - 1) + 1) * levels;
  program.entries.reserve(count);
  for (int n = 1; n <= max_inputs; ++n) {
    program.begin[static_cast<std::size_t>(n)] = program.entries.size();
    for (int sum = n; sum <= n * program.levels; ++sum) {
      PercentEntry entry;
      const int percent = WholePercent(program.rounding, sum, n * program.levels);
      entry.percent = static_cast<std::uint8_t>(percent);
      entry.method = program.by_percent[percent];
      // Neighbours in a band differ in nothing but the percentage.
      const std::size_t size = program.entries.size();
      const bool same = sum > n && program.entries.back().method == entry.method;
      for (std::size_t at = 0; at < levels; ++at) {
        if (same) {
          program.entries.push_back(program.entries[size - levels + at]);
          program.entries.back().percent = entry.percent;
        } else {
          program.entries.push_back(Capped(stage, n, static_cast<Level>(at + 1), entry));
        }
      }
    }
  }
}

}  // namespace assay::model
