#include "services/common/model/prove_inputs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace assay::model {
namespace {

constexpr int kNoBound = std::numeric_limits<int>::max();
// Stands for the number of inputs over services or locations.
constexpr int kAnyNumber = 65535;
// Longer vectors are written as counts.
constexpr int kMostWritten = 12;

bool IsCount(TermKind kind) {
  return kind == TermKind::kCount || kind == TermKind::kRated || kind == TermKind::kLowest;
}

}  // namespace

void ForEachCondition(const StageProgram& stage,
                      const std::function<void(const CompiledCondition&)>& visit) {
  for (const CompiledRow& row : stage.table.rows) visit(row.when);
  for (const CompiledStep& step : stage.steps) visit(step.when);
  for (const CompiledCap& cap : stage.caps) visit(cap.when);
}

InputSpace::InputSpace(const CompiledModel& model, const LadderProgram& ladder,
                       const StageProgram& stage, std::size_t index)
    : model_(model), ladder_(ladder), stage_(stage) {
  if (stage.method == Method::kJudged || stage.entered[index]) {
    kind_ = Kind::kJudged;
    levels_ = model.LevelCount(stage.scale);
    return;
  }
  levels_ = model.LevelCount(stage.input_scale);
  inputs_ = static_cast<int>(stage.inputs[index].size());
  for (const int from : stage.from) {
    if (ladder.stages[static_cast<std::size_t>(from)].open != stage.open) inputs_ = kAnyNumber;
  }
  UseNames();
  UseCounts();
  if (stage.method == Method::kAdjustments || !names_.empty()) {
    kind_ = Kind::kNamed;
    if (!counts_ && stage.method == Method::kAdjustments) return;
    for (const InputPosition& input : stage.inputs[index]) {
      const StageProgram& from = ladder.stages[input.stage];
      AddName({input.stage, from.positions[input.index]});
    }
  } else if (stage.method == Method::kPercent && inputs_ == kAnyNumber) {
    kind_ = counts_ ? Kind::kEndless : Kind::kPercent;
  }
}

// Rules that name inputs need each of them by itself.
void InputSpace::UseNames() {
  if (stage_.method == Method::kAdjustments) AddName(stage_.start);
  ForEachCondition(stage_, [this](const CompiledCondition& condition) {
    for (const CompiledTerm& term : condition.all) {
      if (term.kind != TermKind::kCompare) continue;
      AddName(term.left);
      if (!term.right_is_level) AddName(term.right);
    }
  });
}

// Counts above the largest threshold are all alike; two more than it, so that an input that is
// raised out of them, or into them, is seen as well.
void InputSpace::UseCounts() {
  int largest = stage_.minimum;
  ForEachCondition(stage_, [&](const CompiledCondition& condition) {
    for (const CompiledTerm& term : condition.all) {
      counts_ = counts_ || IsCount(term.kind);
      if (term.kind != TermKind::kCount && term.kind != TermKind::kRated) continue;
      largest = std::max({largest, term.low, term.high == kNoBound ? 0 : term.high + 1});
    }
  });
  // How many categories of an item there are is the record's to say, and, where items apply to some
  // sectors only, how many items.
  const bool fixed = std::all_of(stage_.from.begin(), stage_.from.end(), [&](int from) {
    const ClosedAxis closed = ladder_.stages[static_cast<std::size_t>(from)].closed;
    return closed < ClosedAxis::kItem ||
           (closed == ClosedAxis::kItem &&
            model_.version().scoring_model().applicability_size() == 0);
  });
  exact_ = stage_.all_required && inputs_ != kAnyNumber && stage_.exclusions.empty() && fixed;
  const bool all = stage_.method == Method::kPercent || exact_;
  most_each_ = all ? inputs_ : std::min(inputs_, largest + 2);
}

void InputSpace::AddName(const NamedInput& name) {
  for (const NamedInput& known : names_) {
    if (known.stage == name.stage && known.position == name.position) return;
  }
  names_.push_back(name);
}

bool InputSpace::SizeAllowed(int rated) const {
  return rated > 0 && rated <= inputs_ && (!exact_ || rated == inputs_);
}

double InputSpace::Size() const {
  switch (kind_) {
    case Kind::kJudged:
      return levels_;
    case Kind::kPercent:
      return 100;
    case Kind::kNamed:
      return std::pow(levels_ + 1, static_cast<double>(names_.size())) - 1;
    case Kind::kEndless:
      return std::numeric_limits<double>::infinity();
    case Kind::kCounted:
      break;
  }
  // Ways to spread so many inputs over the levels, by how many inputs.
  const int most = std::min(inputs_, most_each_ * levels_);
  std::vector<double> ways(static_cast<std::size_t>(most) + 1);
  ways[0] = 1;
  for (int level = 0; level < levels_; ++level) {
    std::vector<double> next(ways.size());
    double window = 0;
    for (std::size_t n = 0; n < ways.size(); ++n) {
      window += ways[n];
      const auto out = static_cast<std::ptrdiff_t>(n) - most_each_ - 1;
      if (out >= 0) window -= ways[static_cast<std::size_t>(out)];
      next[n] = window;
    }
    ways = std::move(next);
  }
  double size = 0;
  for (int n = 1; n <= most; ++n) {
    if (SizeAllowed(n)) size += ways[static_cast<std::size_t>(n)];
  }
  return size;
}

// Sets what follows from the counts by level, or from the named inputs.
void InputSpace::Fill(Inputs& inputs) const {
  InputCounts& counts = inputs.counts;
  if (kind_ == Kind::kNamed) {
    counts = InputCounts();
    for (const Level level : inputs.named) {
      if (level != 0) counts.AddRated(level);
    }
    return;
  }
  counts.rated = counts.sum = 0;
  counts.lowest = 0;
  for (int level = 1; level <= levels_; ++level) {
    const int count = counts.by_level[level];
    counts.rated += count;
    counts.sum += count * level;
    if (count != 0 && counts.lowest == 0) counts.lowest = static_cast<Level>(level);
  }
}

void InputSpace::ForEach(const std::function<void(const Inputs&)>& visit) const {
  Inputs inputs;
  if (kind_ == Kind::kJudged) {
    for (int level = 1; level <= levels_; ++level) {
      inputs.judged = static_cast<Level>(level);
      visit(inputs);
    }
    return;
  }
  if (kind_ == Kind::kPercent) {
    const int least = WholePercent(stage_.percent.rounding, 1, levels_);
    for (inputs.percent = least; inputs.percent <= 100; ++inputs.percent) visit(inputs);
    return;
  }
  if (kind_ == Kind::kEndless) return;
  // An odometer: over the levels of the named inputs, or over the counts of the levels. The best
  // levels turn fastest.
  if (kind_ == Kind::kNamed) {
    inputs.named.assign(names_.size(), 0);
    for (;;) {
      std::size_t i = inputs.named.size();
      while (i > 0 && inputs.named[i - 1] == levels_) inputs.named[--i] = 0;
      if (i == 0) return;
      ++inputs.named[i - 1];
      Fill(inputs);
      visit(inputs);
    }
  }
  const int most = std::min(inputs_, most_each_ * levels_);
  int total = 0;
  for (;;) {
    int level = levels_;
    while (level > 0 && (inputs.counts.by_level[level] == most_each_ || total == most)) {
      total -= inputs.counts.by_level[level];
      inputs.counts.by_level[level--] = 0;
    }
    if (level == 0) return;
    ++inputs.counts.by_level[level];
    ++total;
    if (!SizeAllowed(total)) continue;
    Fill(inputs);
    visit(inputs);
  }
}

void InputSpace::ForEachRaised(const Inputs& from,
                               const std::function<void(const Inputs&)>& visit) const {
  Inputs raised = from;
  switch (kind_) {
    case Kind::kJudged:
      if (from.judged == levels_) return;
      ++raised.judged;
      visit(raised);
      return;
    case Kind::kPercent:
      if (from.percent == 100) return;
      ++raised.percent;
      visit(raised);
      return;
    case Kind::kNamed:
      for (std::size_t i = 0; i < from.named.size(); ++i) {
        if (from.named[i] == 0 || from.named[i] == levels_) continue;
        ++raised.named[i];
        Fill(raised);
        visit(raised);
        --raised.named[i];
      }
      return;
    default:
      break;
  }
  for (int level = 1; level < levels_; ++level) {
    if (from.counts.by_level[level] == 0) continue;
    raised.counts = from.counts;
    --raised.counts.by_level[level];
    ++raised.counts.by_level[level + 1];
    Fill(raised);
    visit(raised);
  }
}

void InputSpace::ForEachScored(const Inputs& from,
                               const std::function<void(const Inputs&, Level)>& visit) const {
  Inputs scored = from;
  if (kind_ == Kind::kNamed) {
    for (std::size_t i = 0; i < from.named.size(); ++i) {
      if (from.named[i] != 0) continue;
      for (int level = 1; level <= levels_; ++level) {
        scored.named[i] = static_cast<Level>(level);
        Fill(scored);
        visit(scored, static_cast<Level>(level));
      }
      scored.named[i] = 0;
    }
    return;
  }
  if (kind_ != Kind::kCounted || !SizeAllowed(from.counts.rated + 1)) return;
  for (int level = 1; level <= levels_; ++level) {
    scored.counts = from.counts;
    ++scored.counts.by_level[level];
    Fill(scored);
    visit(scored, static_cast<Level>(level));
  }
}

Inputs InputSpace::Single(Level level) const {
  Inputs single;
  single.counts.AddRated(level);
  return single;
}

Level InputSpace::At(const Inputs& inputs, const NamedInput& name) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i].stage == name.stage && names_[i].position == name.position) {
      return inputs.named[i];
    }
  }
  return 0;
}

bool InputSpace::Suffices(const Inputs& inputs) const {
  switch (kind_) {
    case Kind::kJudged:
    case Kind::kPercent:
      return true;
    case Kind::kNamed: {
      // Inputs that no rule names are there or not, as the stage needs.
      const auto missing = std::count(inputs.named.begin(), inputs.named.end(), 0);
      const bool all = names_.size() == static_cast<std::size_t>(inputs_);
      return (!stage_.all_required || missing == 0) &&
             (!all || inputs.counts.rated >= stage_.minimum);
    }
    default:
      return inputs.counts.rated >= stage_.minimum;
  }
}

std::string InputSpace::NameOf(const NamedInput& name) const {
  const StageProgram& from = ladder_.stages[name.stage];
  const framework::v1::FrameworkVersion& version = model_.version();
  switch (from.closed) {
    case ClosedAxis::kGroup:
      return version.groups(name.position).id();
    case ClosedAxis::kItem:
      return version.items(name.position).id();
    case ClosedAxis::kCategory:
      return absl::StrCat(version.items(name.position / version.categories_size()).id(), "/",
                          version.categories(name.position % version.categories_size()).id());
    case ClosedAxis::kWhole:
      break;
  }
  return from.source->id();
}

std::string InputSpace::Words(const Inputs& inputs) const {
  const auto& scales = model_.version().scoring_model().scales();
  std::vector<std::string> words;
  if (kind_ == Kind::kJudged) {
    return absl::StrCat("judged ", scales[stage_.scale].levels(inputs.judged - 1).id());
  }
  if (kind_ == Kind::kPercent) return absl::StrCat(inputs.percent, " %");
  const auto& levels = scales[stage_.input_scale].levels();
  if (kind_ == Kind::kNamed) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const Level level = inputs.named[i];
      words.push_back(
          absl::StrCat(NameOf(names_[i]), " ", level == 0 ? "none" : levels[level - 1].id()));
    }
    return absl::StrJoin(words, ", ");
  }
  for (int level = 1; level <= levels_; ++level) {
    const int count = inputs.counts.by_level[level];
    const std::string& id = levels[level - 1].id();
    if (inputs.counts.rated > kMostWritten) {
      if (count != 0) words.push_back(absl::StrCat(count, " times ", id));
      continue;
    }
    words.insert(words.end(), static_cast<std::size_t>(count), id);
  }
  return absl::StrJoin(words, ", ");
}

std::string InputSpace::Signature() const {
  return absl::StrCat(static_cast<int>(kind_), " ", levels_, " ", inputs_, " ", most_each_);
}

}  // namespace assay::model
