// Stages: axes, inputs, what is missing, caps, exclusions and adjustments.
#include <algorithm>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"

#include "services/common/model/compiler.h"

namespace assay::model {
namespace {

using framework::v1::Stage;

std::string At(const std::string& path, absl::string_view list, int index) {
  return absl::StrCat(path, ".", list, "[", index, "]");
}

}  // namespace

std::vector<bool> Compiler::PositionSet(
    const std::string& path, ClosedAxis closed,
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

bool Compiler::CompileAxes(const std::string& path, StageProgram& stage) {
  bool has[framework::v1::Axis_ARRAYSIZE] = {};
  for (int axis : stage.source->per()) {
    if (axis <= 0 || !framework::v1::Axis_IsValid(axis) || has[axis]) {
      bad_.Add(path + ".per", axis, "axes, each once");
      return false;
    }
    has[axis] = true;
  }
  if (has[framework::v1::AXIS_SERVICE]) stage.open |= kService;
  if (has[framework::v1::AXIS_LOCATION]) stage.open |= kLocation;
  if (has[framework::v1::AXIS_CATEGORY]) {
    stage.closed = ClosedAxis::kCategory;
    if (!has[framework::v1::AXIS_ITEM]) {
      bad_.Add(path + ".per", "AXIS_CATEGORY alone", "AXIS_ITEM beside it");
      return false;
    }
  } else if (has[framework::v1::AXIS_ITEM]) {
    stage.closed = ClosedAxis::kItem;
  } else if (has[framework::v1::AXIS_GROUP]) {
    stage.closed = ClosedAxis::kGroup;
  }
  if (model_->PositionCount(stage.closed) == 0) {
    bad_.Add(path + ".per", "an axis without members", "an axis that the version lists members of");
    return false;
  }
  return true;
}

bool Compiler::CompileFrom(const std::string& path, const LadderProgram& ladder,
                           StageProgram& stage) {
  bool good = true;
  for (const std::string& id : stage.source->from()) {
    int found = -1;
    for (std::size_t i = 0; i < ladder.stages.size(); ++i) {
      if (ladder.stages[i].source->id() == id) found = static_cast<int>(i);
    }
    if (found < 0 || std::count(stage.from.begin(), stage.from.end(), found) != 0) {
      bad_.Add(check::kReferenceUnknown, path + ".from", id,
               "ids of earlier stages of the ladder, each once");
      good = false;
      continue;
    }
    const StageProgram& from = ladder.stages[static_cast<std::size_t>(found)];
    if (stage.closed > from.closed || (stage.open & ~from.open) != 0) {
      bad_.Add(path + ".per", id, "only axes that every input keeps");
      good = false;
    }
    if (stage.input_scale >= 0 && stage.input_scale != from.scale) {
      bad_.Add(path + ".from", id, "inputs that are all on one scale");
      good = false;
    }
    stage.input_scale = from.scale;
    stage.collapses_open = stage.collapses_open || from.open != stage.open;
    stage.from.push_back(found);
  }
  const bool judged = stage.source->method_case() == Stage::kJudged;
  if (judged && !stage.source->from().empty()) {
    bad_.Add(path + ".from", stage.source->from(0), "nothing: the stage is judged");
    good = false;
  }
  if (!judged && stage.source->from().empty()) {
    bad_.Add(path + ".from", "", "the earlier stages that are its inputs");
    good = false;
  }
  return good;
}

void Compiler::CompilePositions(const std::string& path, const LadderProgram& ladder,
                                StageProgram& stage) {
  const auto count = static_cast<std::size_t>(model_->PositionCount(stage.closed));
  std::vector<bool> exists(count, true);
  if (!stage.source->only().empty()) {
    exists = PositionSet(path + ".only", stage.closed, stage.source->only());
  }
  stage.index_of_position.assign(count, -1);
  for (std::size_t position = 0; position < count; ++position) {
    if (!exists[position]) continue;
    stage.index_of_position[position] = static_cast<std::int32_t>(stage.positions.size());
    stage.positions.push_back(static_cast<std::uint16_t>(position));
  }
  stage.entered.resize(stage.positions.size());
  if (!stage.source->entered().empty()) {
    const std::vector<bool> entered =
        PositionSet(path + ".entered", stage.closed, stage.source->entered());
    for (std::size_t i = 0; i < stage.positions.size(); ++i) {
      stage.entered[i] = entered[stage.positions[i]];
    }
    if (stage.source->method_case() == Stage::kJudged) {
      bad_.Add(path + ".entered", stage.source->entered(0), "nothing: the stage is judged");
    }
  }
  stage.inputs.resize(stage.positions.size());
  for (int index : stage.from) {
    const StageProgram& from = ladder.stages[static_cast<std::size_t>(index)];
    for (std::size_t i = 0; i < from.positions.size(); ++i) {
      const int to = model_->Project(from.closed, from.positions[i], stage.closed);
      const std::int32_t at = stage.index_of_position[static_cast<std::size_t>(to)];
      if (at < 0) continue;
      stage.inputs[static_cast<std::size_t>(at)].push_back(
          {static_cast<std::uint8_t>(index), static_cast<std::uint16_t>(i)});
    }
  }
}

void Compiler::CompileAdjustments(const std::string& path, const LadderProgram& ladder,
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
  FindInput(path + ".start", source.start(), scope, stage.start);
  if (stage.scale != stage.input_scale) {
    bad_.Add(path, "inputs on another scale", "the scale of the stage, since its start is moved");
  }
  CheckCount(path + ".steps", source.steps_size(), 0, kMaxSteps);
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < source.steps_size(); ++i) {
    const std::string at = At(path, "steps", i);
    CheckId(at + ".id", source.steps(i).id(), 64, seen, /*dots=*/true);
    if (source.steps(i).by() == 0 || std::abs(source.steps(i).by()) > 31) {
      bad_.Add(at + ".by", source.steps(i).by(), "-31 to 31 and not 0");
    }
    stage.steps.push_back(
        {CompileCondition(at + ".when", source.steps(i).when(), scope), source.steps(i).by()});
  }
}

void Compiler::CompileMethod(const std::string& path, const LadderProgram& ladder,
                             StageProgram& stage) {
  switch (stage.source->method_case()) {
    case Stage::kPercentBands:
      CompilePercent(path + ".percent_bands", stage);
      return;
    case Stage::kDecisionTable:
      CheckRows(path + ".decision_table", stage.source->decision_table());
      CompileTable(path + ".decision_table", stage.source->decision_table(), ladder, stage);
      return;
    case Stage::kTable: {
      const auto it = tables_.find(stage.source->table());
      if (it == tables_.end()) {
        bad_.Add(check::kReferenceUnknown, path + ".table", stage.source->table(),
                 "the id of a table of the model");
        return;
      }
      const int index = table_index_[it->first];
      // A table comes out the same wherever both scales are.
      const auto key = std::make_tuple(index, stage.scale, stage.input_scale);
      if (const auto known = compiled_tables_.find(key); known != compiled_tables_.end()) {
        stage.method = Method::kTable;
        stage.table = known->second;
        return;
      }
      CompileTable(absl::StrCat("scoring_model.tables[", index, "]"), *it->second, ladder, stage);
      compiled_tables_.emplace(key, stage.table);
      return;
    }
    case Stage::kAdjustments:
      CompileAdjustments(path + ".adjustments", ladder, stage);
      return;
    default:
      stage.method = Method::kJudged;
  }
}

void Compiler::CompileMissing(const std::string& path, StageProgram& stage) {
  const framework::v1::Missing& missing = stage.source->missing();
  if (missing.minimum() < 0 || missing.minimum() > 65535) {
    bad_.Add(path + ".minimum", missing.minimum(), "0 to 65535");
  }
  stage.minimum = std::max(1, missing.minimum());
  stage.all_required = missing.all_required();
  CheckCount(path + ".fallbacks", missing.fallbacks_size(), 0, 8);
  for (int i = 0; i < missing.fallbacks_size(); ++i) {
    const std::string at = At(path, "fallbacks", i);
    const framework::v1::Missing::Fallback& source = missing.fallbacks(i);
    CompiledFallback fallback;
    if (source.has_held()) {
      fallback.held = stage.held = true;
      if (stage.method == Method::kJudged) {
        bad_.Add(at + ".held", "a judged stage", "a computed one: a judgement is its own outcome");
      }
    } else if (source.has_previous()) {
      if (stage.closed == ClosedAxis::kWhole) {
        bad_.Add(at + ".previous", "a node without a group", "a stage that keeps items or groups");
      }
      for (int e = 0; e < source.previous().entries_size(); ++e) {
        const auto& entry = source.previous().entries(e);
        const std::string entry_path = At(at + ".previous", "entries", e);
        const Level level = RequireLevel(entry_path + ".level", entry.level(), stage.scale);
        if (entry.rating() < 1 || entry.rating() > 4 || fallback.by_rating[entry.rating()] != 0) {
          bad_.Add(entry_path + ".rating", entry.rating(), "one of the four ratings, each once");
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

// The stage as it is compiled: itself, or a copy with the caps of its sets written out. `cap_paths`
// gets the place of each of its caps in the version.
const Stage& Compiler::WithSharedCaps(const std::string& path, const Stage& source,
                                      std::vector<std::string>& cap_paths) {
  const auto& sets = version().scoring_model().cap_sets();
  const Stage* stage = &source;
  if (!source.cap_sets().empty()) {
    Stage& copy = model_->program_->stages_with_caps.emplace_back(source);
    copy.clear_cap_sets();
    copy.clear_caps();
    for (const std::string& id : source.cap_sets()) {
      const auto it = cap_sets_.find(id);
      if (it == cap_sets_.end()) {
        bad_.Add(check::kReferenceUnknown, path + ".cap_sets", id,
                 "the id of a cap set of the model");
        continue;
      }
      copy.mutable_caps()->MergeFrom(sets[it->second].caps());
      for (int c = 0; c < sets[it->second].caps_size(); ++c) {
        cap_paths.push_back(
            At(absl::StrCat("scoring_model.cap_sets[", it->second, "]"), "caps", c));
      }
    }
    copy.mutable_caps()->MergeFrom(source.caps());
    stage = &copy;
  }
  for (int c = 0; c < source.caps_size(); ++c) cap_paths.push_back(At(path, "caps", c));
  CheckCount(path + ".caps", stage->caps_size(), 0, kMaxCaps);
  return *stage;
}

void Compiler::CompileCaps(const std::vector<std::string>& paths, const LadderProgram& ladder,
                           StageProgram& stage) {
  TermScope scope;
  scope.where = "a cap";
  scope.inputs = stage.method != Method::kJudged;
  scope.outcome = true;
  scope.node = stage.closed != ClosedAxis::kWhole;
  scope.compare = scope.inputs;
  scope.linked = true;
  scope.ladder = &ladder;
  scope.stage = &stage;
  absl::flat_hash_set<std::string> seen;
  // Caps are bits of 32: those past the limit are refused already and looked at no further.
  for (int i = 0; i < std::min(stage.source->caps_size(), kMaxCaps); ++i) {
    const framework::v1::Cap& source = stage.source->caps(i);
    const std::string& at = paths[static_cast<std::size_t>(i)];
    Faults before;
    std::swap(before, bad_);
    CheckId(at + ".id", source.id(), 64, seen, /*dots=*/true);
    CompiledCap cap;
    cap.when = CompileCondition(at + ".when", source.when(), scope);
    cap.at_most = RequireLevel(at + ".at_most", source.at_most(), stage.scale);
    cap.strict = source.strength() == framework::v1::CAP_STRENGTH_STRICT;
    if (!cap.strict && source.strength() != framework::v1::CAP_STRENGTH_NORMALLY) {
      bad_.Add(at + ".strength", source.strength(), "strict or normally");
    }
    // A shared cap with a fault is reported once, not for every stage that uses it.
    std::swap(before, bad_);
    if (!before.empty() && caps_with_faults_.insert(at).second) {
      for (const Fault& fault : before.kept()) {
        bad_.AddText(fault.check, fault.field, fault.message);
      }
    }
    stage.caps.push_back(std::move(cap));
  }
}

void Compiler::CompileExclusions(const std::string& path, const LadderProgram& ladder,
                                 StageProgram& stage) {
  TermScope scope;
  scope.where = "an exclusion";
  scope.ladder = &ladder;
  scope.stage = &stage;
  CheckCount(path + ".exclusions", stage.source->exclusions_size(), 0, 64);
  for (int i = 0; i < stage.source->exclusions_size(); ++i) {
    const framework::v1::Exclusion& source = stage.source->exclusions(i);
    const std::string at = At(path, "exclusions", i);
    CompiledExclusion exclusion;
    exclusion.when = CompileCondition(at + ".when", source.when(), scope);
    exclusion.nodes.resize(stage.from.size());
    if (source.nodes().empty()) bad_.Add(at + ".nodes", "", "at least one id");
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
        bad_.Add(check::kReferenceUnknown, at + ".nodes", name,
                 "the id of an input, or of a service");
      exclusion.services.push_back(name);
    }
    stage.exclusions.push_back(std::move(exclusion));
  }
}

void Compiler::CompileStage(const std::string& path, const Stage& written, LadderProgram& ladder) {
  std::vector<std::string> cap_paths;
  const Stage& source = WithSharedCaps(path, written, cap_paths);
  StageProgram stage;
  stage.source = &source;
  stage.scale = model_->ScaleById(source.scale());
  bool good = stage.scale >= 0;
  if (!good)
    bad_.Add(check::kReferenceUnknown, path + ".scale", source.scale(), "the id of a scale");
  if (source.method_case() == Stage::METHOD_NOT_SET) {
    bad_.Add(path, "no method", "percent_bands, decision_table, table, adjustments or judged");
    good = false;
  }
  good = CompileAxes(path, stage) && good;
  good = CompileFrom(path, ladder, stage) && good;
  // A stage that is wrong in its frame is kept, so that later ones may name it, but not looked
  // into.
  if (good) {
    CompilePositions(path, ladder, stage);
    CompileMethod(path, ladder, stage);
    CompileMissing(path + ".missing", stage);
    CompileCaps(cap_paths, ladder, stage);
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
