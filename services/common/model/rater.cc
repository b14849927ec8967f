#include "services/common/model/rater.h"

#include <algorithm>

namespace assay::model {
namespace {

Origin OriginOf(Status status) {
  switch (status) {
    case Status::kCarriedForward:
      return Origin::kCarriedForward;
    case Status::kGiven:
      return Origin::kGiven;
    default:
      return Origin::kAssessed;
  }
}

bool AtNode(const Entry& entry, int version, std::uint16_t slot, int position, std::uint16_t unit) {
  return entry.version == version && entry.place.slot == slot && entry.place.position == position &&
         entry.unit == unit;
}

}  // namespace

// The version's entries are a range, since the state is sorted by version first.
void Rater::FindRange() {
  const auto before = [](const Entry& entry, int version) { return entry.version < version; };
  const auto begin =
      std::lower_bound(state_.entries.begin(), state_.entries.end(), version_, before);
  const auto end = std::lower_bound(begin, state_.entries.end(), version_ + 1, before);
  begin_ = static_cast<std::size_t>(begin - state_.entries.begin());
  end_ = static_cast<std::size_t>(end - state_.entries.begin());
}

std::uint16_t Rater::ProjectUnit(std::uint16_t unit, OpenAxes to) const {
  const Unit& from = state_.history->units()[unit];
  switch (to) {
    case 0:
      return 0;
    case kService:
      return from.service_unit;
    case kLocation:
      return from.location_unit;
    default:
      return unit;
  }
}

// Services and locations exist where a judgement under this version names them.
void Rater::FindUnits() {
  for (auto& units : scratch_.units) units.clear();
  scratch_.units[0].push_back(0);
  for (std::size_t i = begin_; i < end_; ++i) {
    const std::uint16_t unit = state_.entries[i].unit;
    if (unit == 0) continue;
    const OpenAxes axes = state_.history->units()[unit].axes();
    for (OpenAxes to = 1; to <= 3; ++to) {
      if ((to & ~axes) != 0) continue;
      std::vector<std::uint16_t>& units = scratch_.units[to];
      const std::uint16_t projected = ProjectUnit(unit, to);
      const auto at = std::lower_bound(units.begin(), units.end(), projected);
      if (at == units.end() || *at != projected) units.insert(at, projected);
    }
  }
}

void Rater::FindFacts() {
  SubjectFacts& facts = out_.facts;
  facts = SubjectFacts();
  facts.kind = state_.history->kind();
  facts.day = state_.effective;
  facts.services = static_cast<int>(scratch_.units[kService].size());
  const Entry* newest = nullptr;
  const auto key = [](const Entry& entry) {
    return std::make_tuple(entry.status != Status::kCarriedForward,
                           entry.effective.days_since_1970(), entry.counter);
  };
  for (std::size_t i = begin_; i < end_; ++i) {
    const Entry& entry = state_.entries[i];
    if (newest == nullptr || key(*newest) < key(entry)) newest = &entry;
  }
  if (newest == nullptr) return;
  facts.assessment_start = newest->assessment_start;
  facts.assessed =
      newest->assessment_start == kNoDay ? newest->effective : newest->assessment_start;
  facts.assessed_counter = newest->counter;
}

void Rater::FindFlags() {
  flags_ = 0;
  for (const OpenFlag& flag : state_.flags) {
    for (std::size_t i = 0; i < program_.flags.size(); ++i) {
      if (program_.flags[i] == flag.id) flags_ |= Bit(static_cast<int>(i));
    }
  }
}

bool Rater::FindLadder() {
  for (std::size_t i = 0; i < program_.ladders.size(); ++i) {
    const LadderProgram& ladder = program_.ladders[i];
    if ((ladder.kinds & (1U << out_.facts.kind)) == 0 || !Holds(ladder.when, Where())) continue;
    ladder_ = &ladder;
    out_.ladder = static_cast<int>(i);
    return true;
  }
  return false;
}

int Rater::SectorOf(std::uint16_t unit) const {
  std::vector<std::int16_t>& sectors = scratch_.sectors;
  if (sectors.size() <= unit) sectors.resize(static_cast<std::size_t>(unit) + 1, -2);
  std::int16_t& sector = sectors[unit];
  if (sector == -2) {
    const absl::string_view known = state_.SectorOf(ProjectUnit(unit, kService));
    sector = static_cast<std::int16_t>(known.empty() ? -1 : model_.SectorByAny(known));
  }
  return sector;
}

void Rater::Run() {
  out_.model = &model_;
  out_.version = version_;
  out_.ladder = -1;
  out_.nodes.clear();
  out_.stage_begin.clear();
  scratch_.sectors.clear();
  FindRange();
  FindUnits();
  FindFacts();
  FindFlags();
  if (!FindLadder()) return;
  for (std::size_t s = 0; s < ladder_->stages.size(); ++s) RunStage(s);
  out_.stage_begin.push_back(static_cast<std::int32_t>(out_.nodes.size()));
}

void Rater::RunStage(std::size_t s) {
  const StageProgram& stage = ladder_->stages[s];
  const std::size_t begin = out_.nodes.size();
  out_.stage_begin.push_back(static_cast<std::int32_t>(begin));
  const std::vector<std::uint16_t>& units = scratch_.units[stage.open];
  out_.nodes.resize(begin + stage.positions.size() * units.size());
  // Nodes and entries lie in the same order: one walk finds each node's record.
  const auto slot_before = [](const Entry& entry, int slot) { return entry.place.slot < slot; };
  const auto first = state_.entries.begin() + static_cast<std::ptrdiff_t>(begin_);
  const auto last = state_.entries.begin() + static_cast<std::ptrdiff_t>(end_);
  auto at = std::lower_bound(first, last, static_cast<int>(stage.slot), slot_before);
  std::size_t next = begin;
  for (std::size_t index = 0; index < stage.positions.size(); ++index) {
    const std::uint16_t position = stage.positions[index];
    for (std::size_t ordinal = 0; ordinal < units.size(); ++ordinal) {
      NodeResult& result = out_.nodes[next++];
      result = NodeResult();
      result.stage = static_cast<std::uint8_t>(s);
      result.position = position;
      result.unit = units[ordinal];
      while (at != last && at->place.slot == stage.slot &&
             (at->place.position < position ||
              (at->place.position == position && at->unit < result.unit))) {
        ++at;
      }
      if (at != last && AtNode(*at, version_, stage.slot, position, result.unit)) {
        result.entry = static_cast<std::int32_t>(at - state_.entries.begin());
      }
      for (std::size_t i = 0; i < state_.overrides.size(); ++i) {
        if (AtNode(state_.overrides[i], version_, stage.slot, position, result.unit)) {
          result.override_entry = static_cast<std::int32_t>(i);
        }
      }
      Node node{stage, index, ordinal, result, {}, Truth::kTrue};
      RunNode(node);
    }
  }
}

// Where the item does not apply, or the category does not count.
bool Rater::LeaveOut(Node& node) const {
  NodeResult& result = node.result;
  bool leave = false;
  if (node.stage.closed >= ClosedAxis::kItem) {
    const int item = model_.Project(node.stage.closed, result.position, ClosedAxis::kItem);
    node.applies = Applies(item, result.unit);
    leave = node.applies == Truth::kFalse;
    if (!leave && node.stage.closed == ClosedAxis::kCategory) {
      const CategoryRow* row = RequiredFor(item, result.unit);
      const int category = result.position % model_.version().categories_size();
      if (row != nullptr) leave = (row->categories & Bit(category)) == 0;
      // Without a row every scored category counts, and no other.
      if (row == nullptr && node.applies == Truth::kTrue) node.applies = Truth::kUnknown;
    }
  }
  if (!leave) return false;
  result.counted = false;
  result.why = NoOutcome::kNotApplicable;
  if (result.entry >= 0) result.warnings |= kRecordUnread;
  return true;
}

void Rater::RunNode(Node& node) {
  if (LeaveOut(node)) return;
  if (node.stage.method == Method::kJudged || node.stage.entered[node.index]) {
    RunJudged(node);
  } else {
    RunComputed(node);
  }
  ApplyOverride(node);
  // Where it is not known whether the item applies, it counts if it has an outcome.
  if (node.applies == Truth::kUnknown && node.result.level == 0) node.result.counted = false;
}

void Rater::SetTooFew(Node& node, NoOutcome why) const {
  const bool own_words = !node.stage.source->missing().unrated().reason().empty();
  node.result.why = own_words ? NoOutcome::kModel : why;
}

void Rater::UseEntry(Node& node, const Entry& entry) const {
  NodeResult& result = node.result;
  result.level = entry.level;
  result.why = entry.level == 0 ? NoOutcome::kRecord : NoOutcome::kNone;
  result.reason = entry.level == 0 ? std::int32_t{entry.reason} : -1;
  result.origin = entry.level == 0 ? Origin::kNone : OriginOf(entry.status);
  result.own = true;
  result.newest = result.oldest = entry.effective;
}

// The rating that an earlier version gave the node's group.
void Rater::UsePrevious(Node& node) const {
  if (node.applies == Truth::kUnknown || node.stage.closed == ClosedAxis::kWhole) return;
  NodeResult& result = node.result;
  for (const CompiledFallback& fallback : node.stage.fallbacks) {
    if (fallback.held) continue;
    const int group = model_.Project(node.stage.closed, result.position, ClosedAxis::kGroup);
    const std::string& id = model_.version().groups(group).id();
    for (std::size_t i = 0; i < out_.previous.size(); ++i) {
      const PreviousRating& previous = out_.previous[i];
      if (previous.unit != result.unit || previous.group != id) continue;
      const Level level = fallback.by_rating[previous.rating];
      if (level == 0) continue;
      result.level = level;
      result.why = NoOutcome::kNone;
      result.reason = -1;
      result.origin = Origin::kCarriedForward;
      result.previous = static_cast<std::int32_t>(i);
      result.newest = result.oldest = previous.effective;
      return;
    }
  }
}

void Rater::RunJudged(Node& node) {
  NodeResult& result = node.result;
  if (result.entry >= 0) {
    UseEntry(node, state_.entries[static_cast<std::size_t>(result.entry)]);
  } else {
    UsePrevious(node);
    if (result.level == 0) SetTooFew(node, NoOutcome::kNoJudgements);
  }
  result.method_level = result.level;
  if (result.level != 0 && !node.stage.caps.empty()) ApplyCaps(node, nullptr);
}

bool Rater::Excluded(const StageProgram& stage, std::uint16_t unit, int from_stage,
                     const NodeResult& input) const {
  for (const CompiledExclusion& exclusion : stage.exclusions) {
    Where where;
    where.unit = unit;
    if (!Holds(exclusion.when, where)) continue;
    for (std::size_t f = 0; f < stage.from.size(); ++f) {
      const std::vector<bool>& nodes = exclusion.nodes[f];
      if (stage.from[f] == from_stage && !nodes.empty() && nodes[input.position]) return true;
    }
    const std::string& service = state_.history->units()[input.unit].service;
    if (!service.empty() &&
        std::count(exclusion.services.begin(), exclusion.services.end(), service) != 0) {
      return true;
    }
  }
  return false;
}

void Rater::GatherOne(Node& node, const StageProgram& from, std::size_t from_index,
                      std::size_t index, std::size_t ordinal) {
  const std::size_t at =
      static_cast<std::size_t>(out_.stage_begin[from_index]) + index * UnitCount(from) + ordinal;
  const NodeResult& input = out_.nodes[at];
  if (!input.counted) return;
  NodeResult& result = node.result;
  if (Excluded(node.stage, result.unit, static_cast<int>(from_index), input)) return;
  ++node.inputs.total;
  if (input.level == 0) {
    // A record that says why there is no rating speaks for the node where nothing else does.
    if (input.why == NoOutcome::kRecord && result.reason < 0) result.reason = input.reason;
    return;
  }
  node.inputs.AddRated(input.level);
  if (scratch_.trace != nullptr) {
    scratch_.trace->emplace_back(static_cast<std::int32_t>(&result - out_.nodes.data()),
                                 static_cast<std::int32_t>(at));
  }
  result.own = result.own || input.own;
  if (result.newest == kNoDay || result.newest < input.newest) result.newest = input.newest;
  if (result.oldest == kNoDay || input.oldest < result.oldest) result.oldest = input.oldest;
}

void Rater::Gather(Node& node) {
  for (const InputPosition& input : node.stage.inputs[node.index]) {
    const StageProgram& from = ladder_->stages[input.stage];
    if (from.open == node.stage.open) {
      GatherOne(node, from, input.stage, input.index, node.ordinal);
      continue;
    }
    const std::vector<std::uint16_t>& units = scratch_.units[from.open];
    for (std::size_t ordinal = 0; ordinal < units.size(); ++ordinal) {
      if (ProjectUnit(units[ordinal], node.stage.open) != node.result.unit) continue;
      GatherOne(node, from, input.stage, input.index, ordinal);
    }
  }
  node.result.rated = static_cast<std::uint16_t>(node.inputs.rated);
  node.result.total = static_cast<std::uint16_t>(node.inputs.total);
  node.result.lowest = node.inputs.lowest;
}

void Rater::RunTable(Node& node) {
  const TableProgram& table = node.stage.table;
  std::size_t row = 0;
  if (!table.lookup.empty()) {
    row = table.lookup[table.Key(node.inputs)];
  } else {
    Where where{&node.stage, node.result.position, node.result.unit, node.ordinal, &node.inputs, 0};
    while (row + 1 < table.rows.size() && !Holds(table.rows[row].when, where)) ++row;
  }
  NodeResult& result = node.result;
  result.rule = static_cast<std::int16_t>(row);
  switch (table.rows[row].gives) {
    case RowGives::kLevel:
      result.method_level = table.rows[row].level;
      return;
    case RowGives::kLowest:
      result.method_level = node.inputs.lowest;
      return;
    case RowGives::kUnrated:
      result.why = NoOutcome::kModel;
      result.reason = static_cast<std::int32_t>(row);
      return;
  }
}

// Conditions compare the original inputs; the running value is held to the scale after each step.
void Rater::RunAdjustments(Node& node) {
  const StageProgram& from = ladder_->stages[node.stage.start.stage];
  const std::int32_t index = from.index_of_position[node.stage.start.position];
  const NodeResult& start =
      NodeAt(node.stage.start.stage, static_cast<std::size_t>(index), node.ordinal);
  if (start.level == 0 || !start.counted ||
      Excluded(node.stage, node.result.unit, static_cast<int>(node.stage.start.stage), start)) {
    SetTooFew(node, NoOutcome::kTooFewInputs);
    return;
  }
  const int best = model_.LevelCount(node.stage.scale);
  int value = start.level;
  Where where{&node.stage, node.result.position, node.result.unit, node.ordinal, &node.inputs, 0};
  for (std::size_t i = 0; i < node.stage.steps.size(); ++i) {
    const CompiledStep& step = node.stage.steps[i];
    if (!Holds(step.when, where)) continue;
    node.result.steps |= 1U << i;
    value = std::clamp(value + step.by, 1, best);
  }
  node.result.method_level = static_cast<Level>(value);
}

void Rater::RunMethod(Node& node) {
  NodeResult& result = node.result;
  const StageProgram& stage = node.stage;
  if (node.inputs.rated == 0) {
    if (result.reason >= 0) {
      result.why = NoOutcome::kRecord;
    } else {
      SetTooFew(node, NoOutcome::kNoJudgements);
    }
    return;
  }
  result.reason = -1;
  const PercentEntry* entry = nullptr;
  if (stage.method == Method::kPercent) {
    const PercentProgram& percent = stage.percent;
    result.numerator = node.inputs.sum;
    result.denominator = node.inputs.rated * percent.levels;
    entry = percent.Find(node.inputs.rated, node.inputs.sum, node.inputs.lowest);
    result.percent = static_cast<std::int16_t>(
        entry != nullptr ? entry->percent
                         : WholePercent(percent.rounding, result.numerator, result.denominator));
  }
  if (node.inputs.rated < stage.minimum ||
      (stage.all_required && node.inputs.rated < node.inputs.total)) {
    SetTooFew(node, NoOutcome::kTooFewInputs);
    return;
  }
  if (stage.method == Method::kPercent) {
    result.method_level = stage.percent.by_percent[result.percent];
    result.rule = result.method_level;
  } else if (stage.method == Method::kTable) {
    RunTable(node);
  } else {
    RunAdjustments(node);
  }
  if (result.method_level == 0) return;
  result.level = result.method_level;
  result.origin = Origin::kComputed;
  ApplyCaps(node, entry);
}

// A record at a computed node: the computation is preferred where all its inputs are there and none
// is older; the other is kept beside it, and a difference is a warning. Services and locations are
// only those that the record names, so that nobody can say whether all are there: what they make is
// preferred only where each of them is newer.
void Rater::UseGiven(Node& node, const Entry& entry) const {
  NodeResult& result = node.result;
  const bool computed = result.level != 0;
  const bool differs = computed && result.own && entry.level != result.level;
  if (differs) result.warnings |= kGivenDiffers;
  const bool new_enough =
      computed && (node.stage.collapses_open ? entry.effective < result.oldest
                                             : entry.effective <= result.oldest);
  if (new_enough && result.rated == result.total) return;
  result.computed_level = result.level;
  result.given = true;
  UseEntry(node, entry);
}

void Rater::RunComputed(Node& node) {
  Gather(node);
  RunMethod(node);
  NodeResult& result = node.result;
  if (result.entry >= 0) {
    const Entry& entry = state_.entries[static_cast<std::size_t>(result.entry)];
    if (!node.stage.held) {
      UseGiven(node, entry);
      return;
    }
    if (node.inputs.rated == 0) {
      result.given = true;
      UseEntry(node, entry);
      if (result.level != 0) return;
    }
  }
  if (node.inputs.rated == 0 && result.entry < 0) UsePrevious(node);
}

void Rater::ApplyCaps(Node& node, const PercentEntry* entry) {
  NodeResult& result = node.result;
  const StageProgram& stage = node.stage;
  const auto count = stage.caps.size();
  if (count == 0 || without_.all) return;
  std::uint32_t tried = count >= 32 ? ~0U : (1U << count) - 1;
  const bool here = without_.stage == result.stage && &result == out_.nodes.data() + without_.node;
  if (here && without_.cap >= 0) tried &= ~(1U << without_.cap);
  result.caps_tried = tried;
  std::uint32_t applied = 0;
  std::uint32_t left = tried;
  if (entry != nullptr) {
    applied = entry->applied & tried;
    left &= ~stage.percent.folded;
  }
  Where where{&stage,       result.position, result.unit,
              node.ordinal, &node.inputs,    result.method_level};
  for (; left != 0; left &= left - 1) {
    const int c = __builtin_ctz(left);
    if (Holds(stage.caps[static_cast<std::size_t>(c)].when, where)) applied |= 1U << c;
  }
  result.caps_applied = applied;
  for (std::uint32_t rest = applied; rest != 0; rest &= rest - 1) {
    const CompiledCap& cap = stage.caps[static_cast<std::size_t>(__builtin_ctz(rest))];
    result.level = std::min(result.level, cap.at_most);
  }
  if (result.level == result.method_level) return;
  for (std::uint32_t rest = applied; rest != 0; rest &= rest - 1) {
    const int c = __builtin_ctz(rest);
    if (stage.caps[static_cast<std::size_t>(c)].at_most == result.level) {
      result.caps_bound |= 1U << c;
    }
  }
}

// Acts after the caps and flows on; a strict cap holds it too.
void Rater::ApplyOverride(Node& node) const {
  NodeResult& result = node.result;
  if (result.override_entry < 0) return;
  const Entry& entry = state_.overrides[static_cast<std::size_t>(result.override_entry)];
  if (result.computed_level == 0) result.computed_level = result.level;
  Level level = entry.level;
  for (std::uint32_t rest = result.caps_applied; rest != 0; rest &= rest - 1) {
    const CompiledCap& cap = node.stage.caps[static_cast<std::size_t>(__builtin_ctz(rest))];
    if (!cap.strict || level <= cap.at_most) continue;
    level = cap.at_most;
    result.warnings |= kOverrideHeld;
  }
  result.level = level;
  result.origin = level == 0 ? Origin::kNone : Origin::kOverridden;
  result.why = level == 0 ? NoOutcome::kRecord : NoOutcome::kNone;
  result.reason = level == 0 ? std::int32_t{entry.reason} : -1;
  result.own = true;
  if (result.newest == kNoDay || result.newest < entry.effective) result.newest = entry.effective;
  if (result.oldest == kNoDay) result.oldest = entry.effective;
}

}  // namespace assay::model
