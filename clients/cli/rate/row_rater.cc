#include "clients/cli/rate/row_rater.h"

#include <algorithm>
#include <cstddef>

#include "assay/framework/v1/framework.pb.h"

namespace assay::cli {
namespace {

constexpr char kSubject[] = "locations/row";

// The first day on which assessments are rated by the version, so that a file gives the same
// ratings whenever it is rated.
model::Day FirstDay(const framework::v1::FrameworkVersion& version) {
  const type::v1::Date& from = version.effective_from();
  const absl::StatusOr<model::Day> day =
      model::Day::FromCivil(from.year(), from.month(), from.day());
  return day.ok() ? *day : model::Day();
}

bool Before(const model::Entry& a, const model::Entry& b) { return a.place < b.place; }

}  // namespace

RowRater::RowRater(const Method& method) : method_(method), subject_(kSubject) {
  state_.history = &subject_;
  state_.effective = FirstDay(method.model->version());
}

void RowRater::FillState(const std::vector<model::Place>& places, model::Status status,
                         const RowValues& values) {
  state_.entries.clear();
  for (std::size_t i = 0; i < values.levels.size(); ++i) {
    if (values.levels[i] == 0) continue;
    model::Entry entry;
    entry.counter = static_cast<std::int64_t>(state_.entries.size()) + 1;
    entry.effective = state_.effective;
    entry.place = places[i];
    entry.level = values.levels[i];
    entry.status = status;
    state_.entries.push_back(entry);
  }
  std::sort(state_.entries.begin(), state_.entries.end(), Before);
  state_.newest_counter = static_cast<std::int64_t>(state_.entries.size());
  state_.sectors.clear();
  if (values.sector >= 0) {
    model::KnownSector known;
    known.sector = method_.model->version().sectors(values.sector).id();
    state_.sectors.push_back(known);
  }
}

const RowResult& RowRater::Rate(Layout::Form form, const RowValues& values) {
  const bool scores = form == Layout::Form::kScores;
  FillState(scores ? method_.item_places : method_.group_places,
            scores ? model::Status::kAssessed : model::Status::kGiven, values);
  model::Rate(*method_.model, 0, state_, nothing_before_, model::WithoutCaps(), scratch_,
              evaluation_);
  result_.groups.assign(method_.group_columns.size(), GroupResult());
  const int stage = model::StageOf(evaluation_, model::ClosedAxis::kGroup);
  for (std::size_t i = 0; i < result_.groups.size() && stage >= 0; ++i) {
    const model::NodeResult* node = evaluation_.Find(stage, static_cast<int>(i), 0);
    if (node == nullptr || node->level == 0) continue;
    result_.groups[i] = {node->level, node->percent, model::LimiterOf(evaluation_, *node)};
  }
  const model::NodeResult* overall = evaluation_.overall();
  result_.overall = overall == nullptr ? 0 : overall->level;
  result_.rule = result_.overall == 0 ? "" : model::RuleOf(evaluation_, *overall);
  return result_;
}

}  // namespace assay::cli
