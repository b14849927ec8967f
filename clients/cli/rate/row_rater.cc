#include "clients/cli/rate/row_rater.h"

#include <cstddef>

#include "assay/framework/v1/framework.pb.h"
#include "services/common/clock/day_proto.h"
#include "services/common/model/program.h"

namespace assay::cli {
namespace {

// A subject of each kind; the name is of no other use.
absl::string_view SubjectOf(framework::v1::SubjectKind kind) {
  switch (kind) {
    case framework::v1::SUBJECT_KIND_PROVIDER:
      return "providers/row";
    case framework::v1::SUBJECT_KIND_SERVICE:
      return "locations/row/services/row";
    case framework::v1::SUBJECT_KIND_AREA:
      return "areas/la.row";
    default:
      return "locations/row";
  }
}

// The first day on which assessments are rated by the version, so that a file gives the same
// ratings whenever it is rated. A draft has none.
model::Day FirstDay(const framework::v1::FrameworkVersion& version) {
  const absl::StatusOr<model::Day> day = clock::DayFromProto(version.effective_from());
  return day.ok() ? *day : model::Day();
}

}  // namespace

RowRater::RowRater(const Method& method, const Layout& layout)
    : method_(method), layout_(layout), subject_(SubjectOf(method.kind)) {
  state_.history = &subject_;
  state_.effective = FirstDay(method.model->version());
  result_.groups.resize(static_cast<std::size_t>(method.model->version().groups_size()));
  result_.given.resize(layout.given.size());
}

void RowRater::FillState(const RowValues& values) {
  state_.entries.clear();
  for (std::size_t i = 0; i < values.levels.size(); ++i) {
    if (values.levels[i] == 0) continue;
    const Input& input = method_.inputs[layout_.inputs[i].input];
    const bool score = input.kind == InputKind::kItem || input.kind == InputKind::kCategory;
    model::Entry entry;
    entry.counter = static_cast<std::int64_t>(state_.entries.size()) + 1;
    entry.effective = state_.effective;
    entry.place = input.place;
    entry.level = values.levels[i];
    entry.status = score ? model::Status::kAssessed : model::Status::kGiven;
    state_.entries.push_back(entry);
  }
  state_.newest_counter = static_cast<std::int64_t>(state_.entries.size());
  state_.sectors.clear();
  if (values.sector >= 0) {
    model::KnownSector known;
    known.sector = method_.model->version().sectors(values.sector).id();
    state_.sectors.push_back(known);
  }
}

// Ladders may rate on different scales, so that words are those of the node's own.
absl::string_view RowRater::LabelAt(const model::NodeResult& node, Level level) const {
  const auto& stages =
      method_.model->program().ladders[static_cast<std::size_t>(evaluation_.ladder)].stages;
  return method_.words[static_cast<std::size_t>(stages[node.stage].scale)].Label(level);
}

NodeView RowRater::View(const model::NodeResult& node) const {
  NodeView view;
  if (node.level == 0) return view;
  view.label = LabelAt(node, node.level);
  view.percent = node.percent;
  view.limiter = model::LimiterOf(evaluation_, node);
  return view;
}

// The node of an input in the ladder that was climbed; nullptr where that has none.
const model::NodeResult* RowRater::NodeOf(const Input& input) const {
  if (evaluation_.ladder < 0) return nullptr;
  const auto& stages =
      method_.model->program().ladders[static_cast<std::size_t>(evaluation_.ladder)].stages;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    if (stages[s].slot != input.place.slot) continue;
    return evaluation_.Find(static_cast<int>(s), input.place.position, 0);
  }
  return nullptr;
}

GivenView RowRater::ViewGiven(std::size_t input, const RowValues& values) const {
  GivenView view;
  const model::NodeResult* node = NodeOf(method_.inputs[input]);
  Level given = 0;
  for (std::size_t i = 0; i < values.levels.size(); ++i) {
    if (layout_.inputs[i].input == input) given = values.levels[i];
  }
  if (node == nullptr) return view;
  view.given = LabelAt(*node, given);
  view.computed = LabelAt(*node, node->given ? node->computed_level : node->level);
  view.differs = (node->warnings & model::kGivenDiffers) != 0;
  return view;
}

const RowResult& RowRater::Rate(const RowValues& values) {
  FillState(values);
  model::Rate(*method_.model, 0, state_, nothing_before_, model::WithoutCaps(), scratch_,
              evaluation_);
  const int stage = model::StageOf(evaluation_, model::ClosedAxis::kGroup);
  for (std::size_t i = 0; i < result_.groups.size(); ++i) {
    const model::NodeResult* node = evaluation_.Find(stage, static_cast<int>(i), 0);
    result_.groups[i] = node == nullptr ? NodeView() : View(*node);
  }
  for (std::size_t i = 0; i < layout_.given.size(); ++i) {
    result_.given[i] = ViewGiven(layout_.given[i], values);
  }
  const model::NodeResult* overall = evaluation_.overall();
  result_.overall = overall == nullptr ? NodeView() : View(*overall);
  result_.overall_level = overall == nullptr ? 0 : overall->level;
  result_.rule = result_.overall_level == 0 ? "" : model::RuleOf(evaluation_, *overall);
  return result_;
}

}  // namespace assay::cli
