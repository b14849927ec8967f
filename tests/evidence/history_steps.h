#pragma once

// Random histories of a location as lists of steps, and a small model of what is true after them.
//
// A step names other records by their place among those made before it, taken modulo their number,
// so that any sub-list of a history is a history too: that is what lets a failing one be shrunk.
//
// Thread safety: plain values and pure functions.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace assay::evidence {

enum class StepKind {
  kJudgement,
  kAction,
  kOverride,
  kPublication,
  kEvidence,
  kCorrect,   // supersedes `target` by a record of its kind
  kRetract,   // retracts `target`
  kErase,     // destroys the text of `target`
  kRegister,  // a new state of the location, or the same again
  kRepeat,    // the step before again, under its own request id
  kWait,      // time passes
};

struct Step {
  StepKind kind = StepKind::kJudgement;
  int target = 0;
  // Which item, key question, text or sector.
  int which = 0;
  int level = 1;
  // Days after 2025-01-01; past and future ones, in any order.
  int day = 0;
  // Actions: how many days they stay open; negative: for ever.
  int length = 0;
  bool carried = false;
  // Which reference of its source it came under; negative: none.
  int source = -1;
};

// The steps of a seed; the same everywhere.
std::vector<Step> StepsOf(uint64_t seed);

// One line a step, to be read in a failure.
std::string Show(const std::vector<Step>& steps);

// A record as the model has it.
struct ModelRecord {
  StepKind kind = StepKind::kJudgement;
  std::string name;
  Step step;
  absl::Time recorded;
  // Index of the record that superseded it, or when it was retracted.
  absl::Time superseded = absl::InfiniteFuture();
  bool erased = false;
  // The message as it was sent, and what of it is no text but tells it from others of its source.
  std::string body;
  std::string place;
};

// Which record of the same source is the answer to a write that brings `body` at `place`: of those
// of its kind the first with the same body or, once erased, at the same place. A correction finds
// only what is in force and was not erased. Nothing: the write is recorded.
const ModelRecord* SameOfSource(const std::vector<ModelRecord>& records, const ModelRecord& write,
                                bool correction);

// What is true of the records on a day as known at a moment: their names, sorted. One judgement and
// one override for each node (the greatest in effective day, assessed over carried forward, order
// of recording), the actions open, the evidence received and the publications made by the day.
std::vector<std::string> TrueOn(const std::vector<ModelRecord>& records, int day, absl::Time known);

// The smallest sub-list that still fails, by leaving out ever smaller runs of steps.
std::vector<Step> Shrink(std::vector<Step> steps,
                         const std::function<bool(const std::vector<Step>&)>& fails);

}  // namespace assay::evidence
