// Stages: axes, inputs, what is missing, caps, exclusions and adjustments.
#include <algorithm>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"

#include "services/common/model/compiler.h"

namespace assay::model {

using framework::v1::Stage;

std::vector<bool> Compiler::PositionSet(
    const Path& path, ClosedAxis closed,
    const google::protobuf::RepeatedPtrField<std::string>& ids) {
  std::vector<bool> set(static_cast<std::size_t>(model_->PositionCount(closed)));
  if (ids.empty()) bad_.Add(path, "", "at least one id");
  for (const std::string& id : ids) {
    const int position = PositionById(closed, id);
    if (position < 0) {
      bad_.Add(check::kReferenceUnknown, path, id, "an id on the stage's closed axis");
    } else {
      set[static_cast<std::size_t>(position)] = true;
    }
  }
  return set;
}

bool Compiler::CompileAxes(const Path& path, StageProgram& stage) {
  bool has[framework::v1::Axis_ARRAYSIZE] = {};
  for (int axis : stage.source->per()) {
    if (axis <= 0 || !framework::v1::Axis_IsValid(axis) || has[axis]) {
      bad_.Add(path.At("per"), axis, "axes, each once");
      return false;
    }
    has[axis] = true;
  }
  if (has[framework::v1::AXIS_SERVICE]) stage.open |= kService;
  if (has[framework::v1::AXIS_LOCATION]) stage.open |= kLocation;
  if (has[framework::v1::AXIS_CATEGORY]) {
    stage.closed = ClosedAxis::kCategory;
    if (!has[framework::v1::AXIS_ITEM]) {
      bad_.Add(path.At("per"), "AXIS_CATEGORY alone", "AXIS_ITEM beside it");
      return false;
    }
  } else if (has[framework::v1::AXIS_ITEM]) {
    stage.closed = ClosedAxis::kItem;
  } else if (has[framework::v1::AXIS_GROUP]) {
    stage.closed = ClosedAxis::kGroup;
  }
  if (model_->PositionCount(stage.closed) == 0) {
    bad_.Add(path.At("per"), "an axis without members",
             "an axis that the version lists members of");
    return false;
  }
  return true;
}

bool Compiler::CompileFrom(const Path& path, const LadderProgram& ladder, StageProgram& stage) {
  bool good = true;
  for (const std::string& id : stage.source->from()) {
    int found = -1;
    for (std::size_t i = 0; i < ladder.stages.size(); ++i) {
      if (ladder.stages[i].source->id() == id) found = static_cast<int>(i);
    }
    if (found < 0 || std::count(stage.from.begin(), stage.from.end(), found) != 0) {
      bad_.Add(check::kReferenceUnknown, path.At("from"), id,
               "ids of earlier stages of the ladder, each once");
      good = false;
      continue;
    }
    const StageProgram& from = ladder.stages[static_cast<std::size_t>(found)];
    if (stage.closed > from.closed || (stage.open & ~from.open) != 0) {
      bad_.Add(path.At("per"), id, "only axes that every input keeps");
      good = false;
    }
    if (stage.input_scale >= 0 && stage.input_scale != from.scale) {
      bad_.Add(path.At("from"), id, "inputs that are all on one scale");
      good = false;
    }
    // Its fault is told already; what it gives cannot be looked into.
    if (from.scale < 0) good = false;
    stage.input_scale = from.scale;
    stage.collapses_open = stage.collapses_open || from.open != stage.open;
    stage.from.push_back(found);
  }
  const bool judged = stage.source->method_case() == Stage::kJudged;
  if (judged && !stage.source->from().empty()) {
    bad_.Add(path.At("from"), stage.source->from(0), "nothing: the stage is judged");
    good = false;
  }
  if (!judged && stage.source->from().empty()) {
    bad_.Add(path.At("from"), "", "the earlier stages that are its inputs");
    good = false;
  }
  return good;
}

void Compiler::CompilePositions(const Path& path, const LadderProgram& ladder,
                                StageProgram& stage) {
  const auto count = static_cast<std::size_t>(model_->PositionCount(stage.closed));
  std::vector<bool> exists(count, true);
  if (!stage.source->only().empty()) {
    exists = PositionSet(path.At("only"), stage.closed, stage.source->only());
  }
  stage.index_of_position.assign(count, -1);
  stage.positions.reserve(count);
  for (std::size_t position = 0; position < count; ++position) {
    if (!exists[position]) continue;
    stage.index_of_position[position] = static_cast<std::int32_t>(stage.positions.size());
    stage.positions.push_back(static_cast<std::uint16_t>(position));
  }
  stage.entered.resize(stage.positions.size());
  if (!stage.source->entered().empty()) {
    const std::vector<bool> entered =
        PositionSet(path.At("entered"), stage.closed, stage.source->entered());
    for (std::size_t i = 0; i < stage.positions.size(); ++i) {
      stage.entered[i] = entered[stage.positions[i]];
    }
    if (stage.source->method_case() == Stage::kJudged) {
      bad_.Add(path.At("entered"), stage.source->entered(0), "nothing: the stage is judged");
    }
  }
  CompileInputs(ladder, stage);
}

// What each position joins: the positions of the stages before that lie in it.
void Compiler::CompileInputs(const LadderProgram& ladder, StageProgram& stage) const {
  const auto target = [&](const StageProgram& from, std::size_t i) {
    const int to = model_->Project(from.closed, from.positions[i], stage.closed);
    return stage.index_of_position[static_cast<std::size_t>(to)];
  };
  stage.inputs.resize(stage.positions.size());
  std::vector<std::size_t> sizes(stage.positions.size());
  for (const bool counting : {true, false}) {
    for (const int index : stage.from) {
      const StageProgram& from = ladder.stages[static_cast<std::size_t>(index)];
      for (std::size_t i = 0; i < from.positions.size(); ++i) {
        const std::int32_t at = target(from, i);
        if (at < 0) continue;
        const auto to = static_cast<std::size_t>(at);
        if (counting) {
          ++sizes[to];
        } else {
          stage.inputs[to].push_back(
              {static_cast<std::uint8_t>(index), static_cast<std::uint16_t>(i)});
        }
      }
    }
    if (!counting) return;
    for (std::size_t to = 0; to < sizes.size(); ++to) stage.inputs[to].reserve(sizes[to]);
  }
}

// What its positions and inputs take.
std::size_t Compiler::BytesOf(const LadderProgram& ladder, const StageProgram& stage) const {
  std::size_t inputs = 0;
  for (const int from : stage.from) {
    inputs += ladder.stages[static_cast<std::size_t>(from)].positions.size();
  }
  // Of each list an element; what its inputs hold is counted below.
  constexpr std::size_t kPosition = sizeof(decltype(stage.positions)::value_type) +
                                    sizeof(decltype(stage.index_of_position)::value_type) +
                                    sizeof(decltype(stage.inputs)::value_type);
  return static_cast<std::size_t>(model_->PositionCount(stage.closed)) * kPosition +
         inputs * sizeof(InputPosition);
}

void Compiler::CompileAdjustments(const Path& path, const LadderProgram& ladder,
                                  StageProgram& stage) {
  stage.method = Method::kAdjustments;
  const framework::v1::Adjustments& source = stage.source->adjustments();
  TermScope scope;
  scope.where = "a step";
  scope.inputs = true;
  scope.compare = true;
  scope.linked = true;
  scope.ladder = &ladder;
  scope.stage = &stage;
  FindInput(path.At("start"), source.start(), scope, stage.start);
  if (stage.scale != stage.input_scale) {
    bad_.Add(path, "inputs on another scale", "the scale of the stage, since its start is moved");
  }
  if (!CheckCount(path.At("steps"), source.steps_size(), 0, kMaxSteps)) return;
  absl::flat_hash_set<absl::string_view> seen;
  for (int i = 0; i < source.steps_size(); ++i) {
    const Path at = path.At("steps", i);
    if (!Take(at, BytesOf(source.steps(i).when()))) return;
    CheckId(at.At("id"), source.steps(i).id(), 64, seen, /*dots=*/true);
    const std::int32_t by = source.steps(i).by();
    if (by == 0 || by < -31 || by > 31) {
      bad_.Add(at.At("by"), by, "-31 to 31 and not 0");
    }
    stage.steps.push_back({CompileCondition(at.At("when"), source.steps(i).when(), scope), by});
  }
}

void Compiler::CompileMethod(const Path& path, const LadderProgram& ladder, StageProgram& stage) {
  switch (stage.source->method_case()) {
    case Stage::kPercentBands:
      CompilePercent(path.At("percent_bands"), stage);
      return;
    case Stage::kDecisionTable:
      CheckRows(path.At("decision_table"), stage.source->decision_table());
      CompileTable(path.At("decision_table"), stage.source->decision_table(), ladder, stage);
      return;
    case Stage::kTable: {
      const auto it = tables_.find(stage.source->table());
      if (it == tables_.end()) {
        bad_.Add(check::kReferenceUnknown, path.At("table"), stage.source->table(),
                 "the id of a table of the model");
        return;
      }
      const int index = table_index_[it->first];
      // A table comes out the same wherever both scales are.
      const auto key = std::make_tuple(index, stage.scale, stage.input_scale);
      if (const auto known = compiled_tables_.find(key); known != compiled_tables_.end()) {
        stage.method = Method::kTable;
        if (!Take(path.At("table"), BytesOf(*it->second) + known->second.lookup.size())) return;
        stage.table = known->second;
        return;
      }
      CompileTable(kScoringModel.At("tables", index), *it->second, ladder, stage);
      compiled_tables_.emplace(key, stage.table);
      return;
    }
    case Stage::kAdjustments:
      CompileAdjustments(path.At("adjustments"), ladder, stage);
      return;
    default:
      stage.method = Method::kJudged;
  }
}

void Compiler::CompileMissing(const Path& path, StageProgram& stage) {
  const framework::v1::Missing& missing = stage.source->missing();
  if (missing.minimum() < 0 || missing.minimum() > 65535) {
    bad_.Add(path.At("minimum"), missing.minimum(), "0 to 65535");
  }
  stage.minimum = std::max(1, missing.minimum());
  stage.all_required = missing.all_required();
  CheckCount(path.At("fallbacks"), missing.fallbacks_size(), 0, 8);
  for (int i = 0; i < missing.fallbacks_size(); ++i) {
    const Path at = path.At("fallbacks", i);
    const framework::v1::Missing::Fallback& source = missing.fallbacks(i);
    CompiledFallback fallback;
    if (source.has_held()) {
      fallback.held = stage.held = true;
      if (stage.method == Method::kJudged) {
        bad_.Add(at.At("held"), "a judged stage", "a computed one: a judgement is its own outcome");
      }
    } else if (source.has_previous()) {
      if (stage.closed == ClosedAxis::kWhole) {
        bad_.Add(at.At("previous"), "a node without a group", "a stage that keeps items or groups");
      }
      for (int e = 0; e < source.previous().entries_size(); ++e) {
        const auto& entry = source.previous().entries(e);
        const Path entry_path = at.At("previous.entries", e);
        const Level level = RequireLevel(entry_path.At("level"), entry.level(), stage.scale);
        if (entry.rating() < 1 || entry.rating() > 4 || fallback.by_rating[entry.rating()] != 0) {
          bad_.Add(entry_path.At("rating"), entry.rating(), "one of the four ratings, each once");
          continue;
        }
        fallback.by_rating[entry.rating()] = level;
      }
    } else {
      bad_.Add(at, "", "held or previous");
    }
    stage.fallbacks.push_back(fallback);
  }
}

void Compiler::CompileCap(const Path& path, const framework::v1::Cap& source,
                          const TermScope& scope, absl::flat_hash_set<absl::string_view>& seen,
                          StageProgram& stage) {
  // Caps are bits of 32: those past the limit are refused already and looked at no further.
  if (stage.caps.size() == static_cast<std::size_t>(kMaxCaps)) return;
  if (!Take(path, sizeof(CompiledCap) + BytesOf(source.when()))) return;
  Faults before;
  std::swap(before, bad_);
  CheckId(path.At("id"), source.id(), 64, seen, /*dots=*/true);
  CompiledCap cap;
  cap.source = &source;
  cap.when = CompileCondition(path.At("when"), source.when(), scope);
  cap.at_most = RequireLevel(path.At("at_most"), source.at_most(), stage.scale);
  cap.strict = source.strength() == framework::v1::CAP_STRENGTH_STRICT;
  if (!cap.strict && source.strength() != framework::v1::CAP_STRENGTH_NORMALLY) {
    bad_.Add(path.At("strength"), source.strength(), "strict or normally");
  }
  // A shared cap with a fault is reported once, not for every stage that uses it.
  std::swap(before, bad_);
  if (!before.empty() && caps_with_faults_.insert(path.ToString()).second) {
    for (const Fault& fault : before.kept()) {
      bad_.AddText(fault.check, fault.field, fault.message);
    }
  }
  stage.caps.push_back(std::move(cap));
}

// The caps of the stage's sets, then its own.
void Compiler::CompileCaps(const Path& path, const LadderProgram& ladder, StageProgram& stage) {
  TermScope scope;
  scope.where = "a cap";
  scope.inputs = stage.method != Method::kJudged;
  scope.outcome = true;
  scope.node = stage.closed != ClosedAxis::kWhole;
  scope.compare = scope.inputs;
  scope.linked = true;
  scope.ladder = &ladder;
  scope.stage = &stage;
  const auto& sets = version().scoring_model().cap_sets();
  std::vector<int> used;
  int count = stage.source->caps_size();
  for (const std::string& id : stage.source->cap_sets()) {
    const auto it = cap_sets_.find(id);
    if (it == cap_sets_.end()) {
      bad_.Add(check::kReferenceUnknown, path.At("cap_sets"), id,
               "the id of a cap set of the model");
      continue;
    }
    used.push_back(it->second);
    count += sets[it->second].caps_size();
  }
  CheckCount(path.At("caps"), count, 0, kMaxCaps);
  stage.caps.reserve(static_cast<std::size_t>(std::min(count, kMaxCaps)));
  absl::flat_hash_set<absl::string_view> seen;
  for (const int set : used) {
    const Path at = kScoringModel.At("cap_sets", set);
    for (int c = 0; c < sets[set].caps_size(); ++c) {
      CompileCap(at.At("caps", c), sets[set].caps(c), scope, seen, stage);
    }
  }
  for (int c = 0; c < stage.source->caps_size(); ++c) {
    CompileCap(path.At("caps", c), stage.source->caps(c), scope, seen, stage);
  }
}

void Compiler::CompileExclusions(const Path& path, const LadderProgram& ladder,
                                 StageProgram& stage) {
  TermScope scope;
  scope.where = "an exclusion";
  scope.ladder = &ladder;
  scope.stage = &stage;
  if (!CheckCount(path.At("exclusions"), stage.source->exclusions_size(), 0, 64)) return;
  for (int i = 0; i < stage.source->exclusions_size(); ++i) {
    const framework::v1::Exclusion& source = stage.source->exclusions(i);
    const Path at = path.At("exclusions", i);
    if (!Take(at, BytesOf(source.when()) + stage.from.size() * kMaxPositions / 8)) return;
    CompiledExclusion exclusion;
    exclusion.when = CompileCondition(at.At("when"), source.when(), scope);
    exclusion.nodes.resize(stage.from.size());
    if (source.nodes().empty()) bad_.Add(at.At("nodes"), "", "at least one id");
    for (const std::string& name : source.nodes()) {
      bool known = false;
      for (std::size_t f = 0; f < stage.from.size(); ++f) {
        const StageProgram& from = ladder.stages[static_cast<std::size_t>(stage.from[f])];
        exclusion.nodes[f].resize(static_cast<std::size_t>(model_->PositionCount(from.closed)));
        const int position = from.closed == ClosedAxis::kWhole
                                 ? (from.source->id() == name ? 0 : -1)
                                 : PositionById(from.closed, name);
        if (position >= 0) exclusion.nodes[f][static_cast<std::size_t>(position)] = true;
        known = known || position >= 0 || (from.open & kService) != 0;
      }
      if (!known)
        bad_.Add(check::kReferenceUnknown, at.At("nodes"), name,
                 "the id of an input, or of a service");
      exclusion.services.push_back(name);
    }
    stage.exclusions.push_back(std::move(exclusion));
  }
}

void Compiler::CompileStage(const Path& path, const Stage& source, LadderProgram& ladder) {
  StageProgram stage;
  stage.source = &source;
  stage.scale = model_->ScaleById(source.scale());
  bool good = stage.scale >= 0;
  if (!good)
    bad_.Add(check::kReferenceUnknown, path.At("scale"), source.scale(), "the id of a scale");
  if (source.method_case() == Stage::METHOD_NOT_SET) {
    bad_.Add(path, "no method", "percent_bands, decision_table, table, adjustments or judged");
    good = false;
  }
  good = CompileAxes(path, stage) && good;
  good = CompileFrom(path, ladder, stage) && good;
  good = good && Take(path, BytesOf(ladder, stage));
  // A stage that is wrong in its frame is kept, so that later ones may name it, but not looked
  // into.
  if (good) {
    CompilePositions(path, ladder, stage);
    CompileMethod(path, ladder, stage);
    CompileMissing(path.At("missing"), stage);
    CompileCaps(path, ladder, stage);
    CompileExclusions(path, ladder, stage);
    if (stage.method == Method::kPercent) FoldCaps(stage.percent.max_inputs, stage);
    for (const CompiledFallback& fallback : stage.fallbacks) {
      ladder.carries_forward = ladder.carries_forward || !fallback.held;
    }
  } else {
    stage.index_of_position.assign(static_cast<std::size_t>(model_->PositionCount(stage.closed)),
                                   -1);
  }
  ladder.stages.push_back(std::move(stage));
}

}  // namespace assay::model
