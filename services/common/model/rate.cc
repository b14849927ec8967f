#include "services/common/model/rate.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/model/program.h"
#include "services/common/model/rater.h"

namespace assay::model {
namespace {

// How new a version's newest judgement is: assessed before carried forward, then day, then counter.
using Newness = std::tuple<bool, std::int32_t, std::int64_t>;

Newness NewnessOf(const Entry& entry) {
  return {entry.status != Status::kCarriedForward, entry.effective.days_since_1970(),
          entry.counter};
}

struct VersionAge {
  std::uint8_t version = 0;
  Newness newest;
};

// The versions with judgements, by version number; entries lie sorted by it.
void FindVersions(const State& state, std::vector<VersionAge>& out) {
  out.clear();
  for (const Entry& entry : state.entries) {
    const Newness newness = NewnessOf(entry);
    if (out.empty() || out.back().version != entry.version) {
      out.push_back({entry.version, newness});
    } else if (out.back().newest < newness) {
      out.back().newest = newness;
    }
  }
}

// Adds the group ratings of an evaluation, each in place of an older one.
void CollectGroups(const Evaluation& evaluation, std::vector<PreviousRating>& previous) {
  if (evaluation.ladder < 0) return;
  const CompiledModel& model = *evaluation.model;
  const auto& stages = model.program().ladders[static_cast<std::size_t>(evaluation.ladder)].stages;
  for (const NodeResult& node : evaluation.nodes) {
    const StageProgram& stage = stages[node.stage];
    if (stage.closed != ClosedAxis::kGroup || node.level == 0) continue;
    PreviousRating rating;
    rating.rating = model.RatingOf(stage.scale, node.level);
    if (rating.rating == type::v1::RATING_UNSPECIFIED) continue;
    rating.group = model.version().groups(node.position).id();
    rating.version_name = model.version().name();
    rating.unit = node.unit;
    rating.version = static_cast<std::uint8_t>(evaluation.version);
    rating.effective = node.newest;
    const auto same = std::find_if(previous.begin(), previous.end(), [&](const auto& other) {
      return other.unit == rating.unit && other.group == rating.group;
    });
    if (same == previous.end()) {
      previous.push_back(rating);
    } else {
      *same = rating;
    }
  }
}

}  // namespace

const NodeResult* Evaluation::Find(int stage, int position, std::uint16_t unit) const {
  if (stage < 0 || stage + 1 >= static_cast<int>(stage_begin.size())) return nullptr;
  const auto first = nodes.begin() + stage_begin[static_cast<std::size_t>(stage)];
  const auto last = nodes.begin() + stage_begin[static_cast<std::size_t>(stage) + 1];
  const auto at = std::lower_bound(first, last, std::make_pair(position, unit),
                                   [](const NodeResult& node, const auto& key) {
                                     return std::make_pair(int{node.position}, node.unit) < key;
                                   });
  if (at == last || at->position != position || at->unit != unit) return nullptr;
  return &*at;
}

void Rate(const CompiledModel& model, int version, const State& state,
          const std::vector<PreviousRating>& previous, const WithoutCaps& without, Scratch& scratch,
          Evaluation& out) {
  if (&out.previous != &previous) out.previous = previous;
  Rater(model, version, state, without, scratch, out).Run();
}

Evaluation Rate(const CompiledModel& model, int version, const State& state,
                const std::vector<PreviousRating>& previous) {
  Scratch scratch;
  Evaluation evaluation;
  Rate(model, version, state, previous, WithoutCaps(), scratch, evaluation);
  return evaluation;
}

void RateSubject(const ModelSet& models, const State& state, Scratch& scratch, Evaluation& out) {
  out.previous.clear();
  if (state.entries.empty()) {
    out.model = nullptr;
    out.version = out.ladder = -1;
    out.nodes.clear();
    out.stage_begin.clear();
    out.facts = SubjectFacts();
    out.facts.kind = state.history->kind();
    out.facts.day = state.effective;
    return;
  }
  int used = state.entries.front().version;
  if (state.entries.back().version != used) {
    std::vector<VersionAge> versions;
    FindVersions(state, versions);
    std::sort(versions.begin(), versions.end(),
              [](const VersionAge& a, const VersionAge& b) { return a.newest < b.newest; });
    used = versions.back().version;
    if (models.at(used).program().carries_forward) {
      // Assessed versions only: a score that was itself carried forward makes no earlier rating.
      for (std::size_t i = 0; i + 1 < versions.size(); ++i) {
        if (!std::get<0>(versions[i].newest)) continue;
        if (scratch.older.empty()) scratch.older.emplace_back();
        Evaluation& older = scratch.older.front();
        Rate(models.at(versions[i].version), versions[i].version, state, out.previous,
             WithoutCaps(), scratch, older);
        CollectGroups(older, out.previous);
      }
    }
  }
  Rate(models.at(used), used, state, out.previous, WithoutCaps(), scratch, out);
}

Evaluation RateSubject(const ModelSet& models, const State& state) {
  Scratch scratch;
  Evaluation evaluation;
  RateSubject(models, state, scratch, evaluation);
  return evaluation;
}

std::vector<absl::string_view> WarningCodes(Warnings warnings) {
  std::vector<absl::string_view> codes;
  if ((warnings & kGivenDiffers) != 0) codes.push_back("given-differs-from-computed");
  if ((warnings & kOverrideHeld) != 0) codes.push_back("override-held-by-cap");
  if ((warnings & kRecordUnread) != 0) codes.push_back("judgement-not-applicable");
  return codes;
}

}  // namespace assay::model
