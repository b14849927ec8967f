#include "tests/evidence/history_steps.h"

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"

namespace assay::evidence {
namespace {

constexpr const char* kWords[] = {"judgement", "action",  "override", "publication",
                                  "evidence",  "correct", "retract",  "erase",
                                  "register",  "repeat",  "wait"};

bool OpenOn(const Step& action, int day) {
  return action.day <= day && (action.length < 0 || day < action.day + action.length);
}

// Which of two records of a node counts: by effective day, assessed over carried forward, order.
using Strength = std::pair<std::pair<int, bool>, size_t>;

}  // namespace

std::vector<Step> StepsOf(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&random](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random);
  };
  // Judgements and what changes them come more often than the rest.
  constexpr StepKind kKinds[] = {
      StepKind::kJudgement, StepKind::kJudgement, StepKind::kJudgement,   StepKind::kJudgement,
      StepKind::kAction,    StepKind::kOverride,  StepKind::kPublication, StepKind::kEvidence,
      StepKind::kEvidence,  StepKind::kCorrect,   StepKind::kCorrect,     StepKind::kRetract,
      StepKind::kErase,     StepKind::kRegister,  StepKind::kRepeat,      StepKind::kWait};
  std::vector<Step> steps(static_cast<size_t>(pick(5, 40)));
  for (Step& step : steps) {
    step.kind = kKinds[pick(0, static_cast<int>(std::size(kKinds)) - 1)];
    step.target = pick(0, 1000);
    step.which = pick(0, 2);
    step.level = pick(1, 4);
    step.day = pick(0, 500);  // the present is day 165
    step.length = pick(-1, 60);
    step.carried = pick(0, 3) == 0;
    step.source = pick(-1, 1);
  }
  return steps;
}

std::string Show(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    absl::StrAppend(&text, kWords[static_cast<int>(step.kind)], " target=", step.target,
                    " which=", step.which, " level=", step.level, " day=", step.day,
                    " length=", step.length, step.carried ? " carried" : "",
                    " source=", step.source, "\n");
  }
  return text;
}

const ModelRecord* SameOfSource(const std::vector<ModelRecord>& records, const ModelRecord& write,
                                bool correction) {
  if (write.step.source < 0) return nullptr;
  for (const ModelRecord& record : records) {
    if (record.kind != write.kind || record.step.source != write.step.source) continue;
    if (correction && (record.erased || record.superseded != absl::InfiniteFuture())) continue;
    if (record.erased ? record.place == write.place : record.body == write.body) return &record;
  }
  return nullptr;
}

std::vector<std::string> TrueOn(const std::vector<ModelRecord>& records, int day,
                                absl::Time known) {
  std::vector<std::string> names;
  std::map<std::pair<StepKind, int>, std::pair<Strength, std::string>> strongest;
  for (size_t at = 0; at < records.size(); ++at) {
    const ModelRecord& record = records[at];
    if (record.recorded > known || record.superseded <= known) continue;
    switch (record.kind) {
      case StepKind::kJudgement:
      case StepKind::kOverride: {
        if (record.step.day > day) break;
        const bool assessed = record.kind == StepKind::kOverride || !record.step.carried;
        const Strength strength = {{record.step.day, assessed}, at};
        auto& best = strongest[{record.kind, record.step.which}];
        if (best.second.empty() || best.first < strength) best = {strength, record.name};
        break;
      }
      case StepKind::kAction:
        if (OpenOn(record.step, day)) names.push_back(record.name);
        break;
      default:
        if (record.step.day <= day) names.push_back(record.name);
    }
  }
  for (auto& [node, best] : strongest) names.push_back(best.second);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Step> Shrink(std::vector<Step> steps,
                         const std::function<bool(const std::vector<Step>&)>& fails) {
  for (size_t run = steps.size() / 2; run > 0; run /= 2) {
    for (size_t at = 0; at + run <= steps.size();) {
      std::vector<Step> fewer = steps;
      const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(at);
      fewer.erase(first, first + static_cast<std::ptrdiff_t>(run));
      if (fails(fewer)) {
        steps = std::move(fewer);
      } else {
        at += run;
      }
    }
  }
  return steps;
}

}  // namespace assay::evidence
