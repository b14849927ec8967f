// Evaluations as messages of the contract.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/clock/day_proto.h"
#include "services/common/model/describe.h"
#include "services/common/model/rate.h"

namespace assay::model {
namespace {

type::v1::Unrated MakeUnrated(absl::string_view reason, std::string text) {
  type::v1::Unrated unrated;
  unrated.set_reason(reason.data(), reason.size());
  unrated.set_text(std::move(text));
  return unrated;
}

// The last stage that keeps this closed axis and these open ones; -1 where there is none.
int LastStage(const Evaluation& evaluation, ClosedAxis closed, OpenAxes open) {
  if (evaluation.ladder < 0) return -1;
  const auto& stages = LadderOf(evaluation).stages;
  for (std::size_t s = stages.size(); s-- > 0;) {
    if (stages[s].closed == closed && stages[s].open == open) return static_cast<int>(s);
  }
  return -1;
}

// Result, rating, origin, rule and limiter, which several messages have.
template <typename Message>
void FillResult(const Evaluation& evaluation, const State& state, const NodeResult& node,
                Message& out) {
  const int scale = StageProgramOf(evaluation, node).scale;
  if (node.level != 0) {
    *out.mutable_outcome() = evaluation.model->OutcomeOf(scale, node.level);
    out.set_rating(evaluation.model->RatingOf(scale, node.level));
  } else {
    *out.mutable_unrated() = UnratedOf(evaluation, state, node);
  }
  out.set_origin(static_cast<scoring::v1::OutcomeOrigin>(node.origin));
  out.set_rule(RuleOf(evaluation, node));
  const absl::string_view limiter = LimiterOf(evaluation, node);
  out.set_limiter(limiter.data(), limiter.size());
}

class Renderer {
 public:
  Renderer(const Evaluation& evaluation, const State& state, scoring::v1::Rating& rating)
      : evaluation_(evaluation), state_(state), rating_(rating) {}

  void FillGroups() {
    const int stage = LastStage(evaluation_, ClosedAxis::kGroup, 0);
    if (stage < 0) return;
    for (int g = 0; g < evaluation_.model->version().groups_size(); ++g) {
      const NodeResult* node = evaluation_.Find(stage, g, 0);
      if (node != nullptr) FillGroup(*node, *rating_.add_groups());
    }
  }

  void FillServices() {
    const int overall = LastStage(evaluation_, ClosedAxis::kWhole, kService);
    const int group = LastStage(evaluation_, ClosedAxis::kGroup, kService);
    if (overall < 0) return;
    const auto begin =
        static_cast<std::size_t>(evaluation_.stage_begin[static_cast<std::size_t>(overall)]);
    const auto end =
        static_cast<std::size_t>(evaluation_.stage_begin[static_cast<std::size_t>(overall) + 1]);
    for (std::size_t i = begin; i < end; ++i) {
      const NodeResult& node = evaluation_.nodes[i];
      scoring::v1::ServiceRating& service = *rating_.add_services();
      service.set_service(state_.history->units()[node.unit].service);
      FillResult(evaluation_, state_, node, service);
      for (int g = 0; group >= 0 && g < evaluation_.model->version().groups_size(); ++g) {
        const NodeResult* at = evaluation_.Find(group, g, node.unit);
        if (at != nullptr) FillGroup(*at, *service.add_groups());
      }
    }
    // Units are numbered in the order they came: the answer must not tell.
    std::sort(rating_.mutable_services()->pointer_begin(),
              rating_.mutable_services()->pointer_end(),
              [](const auto* a, const auto* b) { return a->service() < b->service(); });
  }

  void FillItems() {
    for (const OpenAxes open : {OpenAxes{0}, kService}) {
      const int stage = LastStage(evaluation_, ClosedAxis::kItem, open);
      if (stage < 0) continue;
      const auto begin =
          static_cast<std::size_t>(evaluation_.stage_begin[static_cast<std::size_t>(stage)]);
      const auto end =
          static_cast<std::size_t>(evaluation_.stage_begin[static_cast<std::size_t>(stage) + 1]);
      for (std::size_t i = begin; i < end; ++i) FillItem(evaluation_.nodes[i]);
    }
  }

  void FillWarnings() {
    for (const NodeResult& node : evaluation_.nodes) {
      for (const absl::string_view code : WarningCodes(node.warnings)) {
        scoring::v1::Warning& warning = *rating_.add_warnings();
        warning.set_code(code.data(), code.size());
        *warning.mutable_node() = NodeMessage(evaluation_, state_, node);
        warning.set_text(WarningText(node, code));
      }
    }
  }

 private:
  void FillGroup(const NodeResult& node, scoring::v1::GroupRating& out) {
    const framework::v1::Group& group = evaluation_.model->version().groups(node.position);
    out.set_group(group.id());
    out.set_display_name(group.name());
    FillResult(evaluation_, state_, node, out);
    if (node.denominator > 0 && IsComputed(node)) {
      out.mutable_points()->set_numerator(node.numerator);
      out.mutable_points()->set_denominator(node.denominator);
      out.set_percent(node.percent);
    }
    out.set_items_rated(node.rated);
    out.set_items_total(node.total);
    if (node.newest != kNoDay) *out.mutable_effective_date() = clock::DayToProto(node.newest);
  }

  void FillItem(const NodeResult& node) {
    if (!node.counted) return;
    scoring::v1::ItemOutcome& item = *rating_.add_items();
    item.set_item(evaluation_.model->version().items(node.position).id());
    item.set_service(state_.history->units()[node.unit].service);
    if (node.level != 0) {
      *item.mutable_outcome() =
          evaluation_.model->OutcomeOf(StageProgramOf(evaluation_, node).scale, node.level);
    }
    item.set_origin(static_cast<scoring::v1::OutcomeOrigin>(node.origin));
    if (node.newest != kNoDay) *item.mutable_effective_date() = clock::DayToProto(node.newest);
  }

  std::string WarningText(const NodeResult& node, absl::string_view code) const {
    const std::string name = DescribeNode(evaluation_, state_, node);
    const int scale = StageProgramOf(evaluation_, node).scale;
    const CompiledModel& model = *evaluation_.model;
    if (code == "given-differs-from-computed") {
      const Entry& given = state_.entries[static_cast<std::size_t>(node.entry)];
      const Level computed = node.given ? node.computed_level : node.level;
      return absl::StrCat(name, ": ",
                          given.level == 0 ? "no rating" : model.LevelLabel(scale, given.level),
                          " is given, the scores give ", model.LevelLabel(scale, computed), ".");
    }
    if (code == "override-held-by-cap") {
      return absl::StrCat(name, ": the override is held to ", model.LevelLabel(scale, node.level),
                          " by a strict cap.");
    }
    return absl::StrCat(name, ": a judgement is recorded, but does not count here.");
  }

  const Evaluation& evaluation_;
  const State& state_;
  scoring::v1::Rating& rating_;
};

}  // namespace

bool IsComputed(const NodeResult& node) { return node.origin == Origin::kComputed; }

type::v1::Unrated UnratedOf(const Evaluation& evaluation, const State& state,
                            const NodeResult& node) {
  const StageProgram& stage = StageProgramOf(evaluation, node);
  switch (node.why) {
    case NoOutcome::kNone:
      return {};
    case NoOutcome::kNoJudgements:
      return MakeUnrated("no-judgements", "Nothing is judged here.");
    case NoOutcome::kTooFewInputs:
      return MakeUnrated("too-few-inputs",
                         absl::StrCat("Too few are rated: ", node.rated, " of ", node.total, "."));
    case NoOutcome::kModel:
      if (node.reason < 0) return stage.source->missing().unrated();
      return stage.table.rows[static_cast<std::size_t>(node.reason)].source->unrated();
    case NoOutcome::kRecord:
      return state.history->reasons()[static_cast<std::size_t>(node.reason)];
    case NoOutcome::kNotApplicable:
      return MakeUnrated("not-applicable", "It does not apply here.");
    case NoOutcome::kNoLadder:
      break;
  }
  return MakeUnrated("no-ladder", "The framework version does not rate this kind of subject.");
}

type::v1::Unrated UnratedOf(const Evaluation& evaluation, const State& state) {
  if (evaluation.version < 0) {
    return MakeUnrated("no-judgements", "No judgement is effective on this day.");
  }
  const NodeResult* overall = evaluation.overall();
  if (overall != nullptr) return UnratedOf(evaluation, state, *overall);
  return MakeUnrated("no-ladder", "The framework version does not rate this kind of subject.");
}

std::string RuleOf(const Evaluation& evaluation, const NodeResult& node) {
  const StageProgram& stage = StageProgramOf(evaluation, node);
  if (node.given || node.origin == Origin::kOverridden) return "";
  if (stage.method == Method::kPercent && node.rule > 0) {
    return evaluation.model->version()
        .scoring_model()
        .scales(stage.scale)
        .levels(node.rule - 1)
        .id();
  }
  if (stage.method == Method::kTable && node.rule >= 0) {
    return stage.table.rows[static_cast<std::size_t>(node.rule)].source->id();
  }
  std::vector<absl::string_view> steps;
  for (std::size_t i = 0; i < stage.steps.size(); ++i) {
    if ((node.steps & (1U << i)) != 0) {
      steps.push_back(stage.source->adjustments().steps(static_cast<int>(i)).id());
    }
  }
  return absl::StrJoin(steps, ",");
}

absl::string_view LimiterOf(const Evaluation& evaluation, const NodeResult& node) {
  if (node.given || node.origin == Origin::kOverridden || node.caps_bound == 0) return "";
  const StageProgram& stage = StageProgramOf(evaluation, node);
  return stage.caps[static_cast<std::size_t>(__builtin_ctz(node.caps_bound))].source->id();
}

type::v1::Node NodeMessage(const Evaluation& evaluation, const State& state,
                           const NodeResult& node) {
  const StageProgram& stage = StageProgramOf(evaluation, node);
  const Unit& unit = state.history->units()[node.unit];
  type::v1::Node message;
  message.set_stage(stage.source->id());
  message.set_service(unit.service);
  message.set_location(unit.location);
  evaluation.model->FillNode(stage.closed, node.position, message);
  return message;
}

int StageOf(const Evaluation& evaluation, ClosedAxis closed) {
  if (evaluation.ladder < 0) return -1;
  const auto& stages = LadderOf(evaluation).stages;
  for (std::size_t s = stages.size(); s-- > 0;) {
    if (stages[s].closed == closed) return static_cast<int>(s);
  }
  return -1;
}

void FillRating(const Evaluation& evaluation, const State& state, bool with_items,
                scoring::v1::Rating& rating) {
  if (state.from) *rating.mutable_valid_from() = clock::DayToProto(*state.from);
  if (state.before) *rating.mutable_valid_before() = clock::DayToProto(*state.before);
  rating.set_subject_counter(state.newest_counter);
  if (evaluation.version >= 0) {
    rating.set_framework_version(evaluation.model->version().name());
    const absl::string_view digest = evaluation.model->model_digest();
    rating.set_model_digest(digest.data(), digest.size());
  }
  const NodeResult* overall = evaluation.overall();
  if (overall == nullptr) {
    *rating.mutable_unrated() = UnratedOf(evaluation, state);
    return;
  }
  FillResult(evaluation, state, *overall, rating);
  Renderer renderer(evaluation, state, rating);
  renderer.FillGroups();
  renderer.FillServices();
  if (with_items) renderer.FillItems();
  renderer.FillWarnings();
}

}  // namespace assay::model
