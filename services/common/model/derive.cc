#include "services/common/model/derive.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/clock/day_proto.h"
#include "services/common/digest/canonical.h"
#include "services/common/model/describe.h"

namespace assay::model {
namespace {

using scoring::v1::Derivation;

// Rates again with some caps left out; gives the overall outcome.
Level OverallWithout(const Evaluation& evaluation, const State& state, const WithoutCaps& without) {
  Scratch scratch;
  Evaluation other;
  Rate(*evaluation.model, evaluation.version, state, evaluation.previous, without, scratch, other);
  return other.overall() == nullptr ? Level{0} : other.overall()->level;
}

class Deriver {
 public:
  Deriver(const Evaluation& evaluation, const State& state, Derivation& out)
      : evaluation_(evaluation), state_(state), model_(*evaluation.model), out_(out) {}

  void Run() {
    TraceInputs();
    AddFacts();
    refs_.resize(evaluation_.nodes.size());
    for (std::size_t i = 0; i < evaluation_.nodes.size(); ++i) AddInputs(i);
    for (std::size_t i = 0; i < evaluation_.nodes.size(); ++i) {
      if (NeedsStep(i)) AddStep(i);
    }
  }

 private:
  // Where a node's outcome is found in the derivation; -1: nowhere.
  struct Refs {
    int entry = -1;
    int override_entry = -1;
    int previous = -1;
    int step = -1;  // counted from 0 among the steps
  };

  void TraceInputs() {
    Scratch scratch;
    scratch.trace = &trace_;
    Evaluation again;
    Rate(model_, evaluation_.version, state_, evaluation_.previous, WithoutCaps(), scratch, again);
  }

  void AddFacts() {
    for (const KnownSector& known : state_.sectors) {
      if (known.sector.empty()) continue;
      const int sector = model_.SectorByAny(known.sector);
      scoring::v1::Fact& fact = *out_.add_facts();
      if (sector >= 0) {
        fact.set_sector(model_.version().sectors(sector).id());
      } else {
        fact.set_sector(known.sector.data(), known.sector.size());
      }
      fact.set_service(state_.history->units()[known.unit].service);
      fact.set_counter(known.counter);
    }
    if (evaluation_.facts.assessment_start != kNoDay) {
      scoring::v1::Fact& fact = *out_.add_facts();
      *fact.mutable_assessment_start() = clock::DayToProto(evaluation_.facts.assessment_start);
      fact.set_counter(evaluation_.facts.assessed_counter);
    }
    for (const ActionEntry& action : state_.actions) {
      scoring::v1::Fact& fact = *out_.add_facts();
      const absl::string_view kind = ActionKindWord(action.kind);
      fact.mutable_action()->set_kind(kind.data(), kind.size());
      fact.mutable_action()->set_regulation(state_.history->regulations()[action.regulation]);
      fact.mutable_action()->set_service(state_.history->units()[action.unit].service);
      *fact.mutable_action()->mutable_opened() = clock::DayToProto(action.opened);
      fact.set_counter(action.counter);
    }
    for (const OpenFlag& flag : state_.flags) {
      scoring::v1::Fact& fact = *out_.add_facts();
      fact.set_flag(flag.id.data(), flag.id.size());
      fact.set_counter(flag.counter);
    }
  }

  int AddInput(const NodeResult& node, const Entry& entry, Origin origin) {
    scoring::v1::Input& input = *out_.add_inputs();
    *input.mutable_node() = NodeMessage(evaluation_, state_, node);
    if (entry.level != 0) {
      *input.mutable_outcome() =
          model_.OutcomeOf(StageProgramOf(evaluation_, node).scale, entry.level);
    } else {
      *input.mutable_unrated() = state_.history->reasons()[entry.reason];
    }
    input.set_counter(entry.counter);
    *input.mutable_effective_date() = clock::DayToProto(entry.effective);
    input.set_origin(static_cast<scoring::v1::OutcomeOrigin>(origin));
    if (entry.carried_from != kNoDay) {
      *input.mutable_carried_from() = clock::DayToProto(entry.carried_from);
    }
    return out_.inputs_size() - 1;
  }

  void AddInputs(std::size_t i) {
    const NodeResult& node = evaluation_.nodes[i];
    if (node.entry >= 0) {
      const Entry& entry = state_.entries[static_cast<std::size_t>(node.entry)];
      const Origin origin = entry.status == Status::kCarriedForward ? Origin::kCarriedForward
                            : entry.status == Status::kGiven        ? Origin::kGiven
                                                                    : Origin::kAssessed;
      refs_[i].entry = AddInput(node, entry, origin);
    }
    if (node.override_entry >= 0) {
      refs_[i].override_entry =
          AddInput(node, state_.overrides[static_cast<std::size_t>(node.override_entry)],
                   Origin::kOverridden);
    }
    if (node.previous < 0) return;
    const PreviousRating& previous = evaluation_.previous[static_cast<std::size_t>(node.previous)];
    // The fallback's own outcome; caps and an override at the node come after it.
    Entry entry;
    entry.level = node.method_level != 0 ? node.method_level : node.level;
    entry.effective = previous.effective;
    entry.carried_from = previous.effective;
    refs_[i].previous = AddInput(node, entry, Origin::kCarriedForward);
    scoring::v1::Input& input = *out_.mutable_inputs(refs_[i].previous);
    input.set_framework_version(previous.version_name.data(), previous.version_name.size());
  }

  // A judgement that nothing acts on is only an input. What is blank and holds no record is left
  // out, unless it is a group or the whole.
  bool NeedsStep(std::size_t i) const {
    const NodeResult& node = evaluation_.nodes[i];
    const StageProgram& stage = StageProgramOf(evaluation_, node);
    if (i + 1 == evaluation_.nodes.size() || node.override_entry >= 0) return true;
    const auto at = static_cast<std::size_t>(stage.index_of_position[node.position]);
    if (stage.method == Method::kJudged || stage.entered[at]) {
      return node.level != 0 && !stage.caps.empty();
    }
    return node.level != 0 || node.entry >= 0 || node.rated > 0 ||
           stage.closed <= ClosedAxis::kGroup;
  }

  int RefOf(std::size_t i) const {
    const Refs& refs = refs_[i];
    if (refs.step >= 0) return out_.inputs_size() + refs.step;
    return refs.entry >= 0 ? refs.entry : refs.previous;
  }

  void AddCaps(std::size_t i, scoring::v1::Step& step) {
    const NodeResult& node = evaluation_.nodes[i];
    const StageProgram& stage = StageProgramOf(evaluation_, node);
    for (std::size_t c = 0; c < stage.caps.size(); ++c) {
      const std::uint32_t bit = 1U << c;
      if ((node.caps_tried & bit) == 0) continue;
      scoring::v1::CapTrial& trial = *step.add_caps();
      trial.set_cap(stage.caps[c].source->id());
      trial.set_applies((node.caps_applied & bit) != 0);
      trial.set_bound((node.caps_bound & bit) != 0);
      *trial.mutable_at_most() = model_.OutcomeOf(stage.scale, stage.caps[c].at_most);
      if (!trial.applies()) continue;
      Level without = node.method_level;
      for (std::size_t other = 0; other < stage.caps.size(); ++other) {
        if (other == c || (node.caps_applied & (1U << other)) == 0) continue;
        without = std::min(without, stage.caps[other].at_most);
      }
      *trial.mutable_outcome_without() = model_.OutcomeOf(stage.scale, without);
      if (!trial.bound()) continue;
      const WithoutCaps leave{false, node.stage, static_cast<std::int32_t>(i), static_cast<int>(c)};
      const Level overall = OverallWithout(evaluation_, state_, leave);
      if (overall == 0) continue;
      *trial.mutable_overall_without() =
          model_.OutcomeOf(StageProgramOf(evaluation_, *evaluation_.overall()).scale, overall);
    }
  }

  void AddMethod(const NodeResult& node, const StageProgram& stage, scoring::v1::Step& step) {
    step.set_numerator(node.numerator);
    step.set_denominator(node.denominator);
    if (node.denominator > 0) step.set_percent(node.percent);
    step.set_inputs_rated(node.rated);
    step.set_inputs_total(node.total);
    step.set_rule(RuleOf(evaluation_, node));
    if (node.method_level == 0) return;
    *step.mutable_method_outcome() = model_.OutcomeOf(stage.scale, node.method_level);
    *step.mutable_outcome_without_caps() = model_.OutcomeOf(stage.scale, node.method_level);
  }

  void AddStep(std::size_t i) {
    const NodeResult& node = evaluation_.nodes[i];
    const StageProgram& stage = StageProgramOf(evaluation_, node);
    scoring::v1::Step& step = *out_.add_steps();
    *step.mutable_node() = NodeMessage(evaluation_, state_, node);
    for (; next_trace_ < trace_.size() && trace_[next_trace_].first <= static_cast<int>(i);
         ++next_trace_) {
      if (trace_[next_trace_].first < static_cast<int>(i)) continue;
      step.add_input_refs(RefOf(static_cast<std::size_t>(trace_[next_trace_].second)));
    }
    AddMethod(node, stage, step);
    AddCaps(i, step);
    if (node.level != 0) {
      *step.mutable_outcome() = model_.OutcomeOf(stage.scale, node.level);
    } else {
      *step.mutable_unrated() = UnratedOf(evaluation_, state_, node);
    }
    step.set_origin(static_cast<scoring::v1::OutcomeOrigin>(node.origin));
    const Refs& refs = refs_[i];
    const int given = refs.override_entry >= 0 ? refs.override_entry
                      : refs.entry >= 0        ? refs.entry
                                               : refs.previous;
    step.set_given_ref(given + 1);
    if (node.computed_level != 0) {
      *step.mutable_computed_outcome() = model_.OutcomeOf(stage.scale, node.computed_level);
    }
    for (const absl::string_view code : WarningCodes(node.warnings)) {
      step.add_warnings(code.data(), code.size());
    }
    if (i + 1 == evaluation_.nodes.size()) {
      const Level overall = OverallWithoutCaps(evaluation_, state_);
      if (overall != 0) {
        *step.mutable_overall_without_any_cap() = model_.OutcomeOf(stage.scale, overall);
      }
    }
    refs_[i].step = out_.steps_size() - 1;
  }

  const Evaluation& evaluation_;
  const State& state_;
  const CompiledModel& model_;
  Derivation& out_;
  std::vector<Refs> refs_;
  std::vector<std::pair<std::int32_t, std::int32_t>> trace_;
  std::size_t next_trace_ = 0;
};

}  // namespace

Level OverallWithoutCaps(const Evaluation& evaluation, const State& state) {
  if (evaluation.overall() == nullptr) return 0;
  WithoutCaps without;
  without.all = true;
  return OverallWithout(evaluation, state, without);
}

absl::StatusOr<Derivation> Derive(const Evaluation& evaluation, const State& state,
                                  const DeriveOptions& options) {
  Derivation derivation;
  derivation.set_subject(state.history->subject());
  if (state.from) {
    *derivation.mutable_as_of()->mutable_effective_date() = clock::DayToProto(*state.from);
  }
  if (options.known_at != nullptr) {
    *derivation.mutable_as_of()->mutable_known_at() = *options.known_at;
  }
  derivation.set_chain_head(options.chain_head.data(), options.chain_head.size());
  if (evaluation.version >= 0) {
    derivation.set_framework_version(evaluation.model->version().name());
    const absl::string_view digest = evaluation.model->model_digest();
    derivation.set_model_digest(digest.data(), digest.size());
  }
  if (evaluation.ladder >= 0) {
    derivation.set_ladder(LadderOf(evaluation).source->id());
    Deriver(evaluation, state, derivation).Run();
  }
  absl::StatusOr<digest::Digest> digest = digest::DigestOf("assay.derivation.v1", derivation);
  if (!digest.ok()) return digest.status();
  derivation.set_digest(digest->bytes().data(), digest->bytes().size());
  return derivation;
}

}  // namespace assay::model
