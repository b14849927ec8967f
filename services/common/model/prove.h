#pragma once

// The prover: whether the rules of a method make sense. It visits every input that a rule can tell
// from another, through the compiled tables that ratings run on; it never samples.
//
// For each computed stage of each ladder, for each of its nodes: all multisets of the inputs'
// levels (any of the inputs may be missing; where only counts decide, and over services and
// locations, counts up to the largest threshold used and two more), or all ordered vectors where
// inputs are named; each under every combination of facts (open actions, flags, sector, dates)
// that a rule can tell from another. Since a record may give an outcome at any stage, each stage is
// proven for every outcome of its inputs, whatever the stages before it can reach.
//
// Thread safety: pure. Ownership: values; the reference to the model is not kept.
// Cost: at most some 50 ms for a shipped model; bounded by ProveLimits.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "assay/framework/v1/framework_service.pb.h"
#include "services/common/model/model.h"

namespace assay::model {

// What an enumeration may take. A stage that would take more is refused: `enumeration-too-large`.
struct ProveLimits {
  // Input vectors of one node; default 1,000,000; 0: none may be visited.
  std::int64_t vectors = 1'000'000;
  // Combinations of facts at one node; default 65,536; 0: none.
  std::int64_t facts = 65'536;
  // Vectors times those fact combinations that rules tell apart, of one node; default 5,000,000.
  std::int64_t steps = 5'000'000;
  // Steps of the whole version, and looks at facts beside them; default 10,000,000, two seconds;
  // 0: none. What comes after it is broken is not visited.
  std::int64_t total = 10'000'000;
  // Asked now and then, on the proving thread; once it answers true the rest is left out, and what
  // was found means nothing. Default: never asked.
  std::function<bool()> cancelled = nullptr;
};

struct Proof {
  // Errors first, then notes; within each in the order of the fields. `line` and `column` are not
  // set: see services/common/version/check.h.
  std::vector<framework::v1::Diagnostic> diagnostics;
  // How many input vectors were visited, over all nodes.
  std::int64_t vectors = 0;

  bool ok() const {
    return diagnostics.empty() ||
           diagnostics.front().severity() != framework::v1::DIAGNOSTIC_SEVERITY_ERROR;
  }
};

// Proves a model, whether fit to rate by or only to be proven (see compile.h).
Proof Prove(const CompiledModel& model, const ProveLimits& limits = {});

// Sorts diagnostics as Proof says.
void SortDiagnostics(std::vector<framework::v1::Diagnostic>* diagnostics);

}  // namespace assay::model
