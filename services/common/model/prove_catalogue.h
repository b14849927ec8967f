#pragma once

// Proves what stands beside the stages: who is rated by which ladder, which items and categories
// apply, and reasons. Private to this folder.
//
// Thread safety: pure. Cost: sectors times groups, and combinations of facts within the limits.

#include "services/common/model/prove.h"
#include "services/common/model/prove_stage.h"

namespace assay::model {

// Adds what is wrong to `log`.
void ProveLadders(const CompiledModel& model, const ProveLimits& limits, ProofLog& log);
void ProveItems(const CompiledModel& model, const ProveLimits& limits, ProofLog& log);
void ProveCategories(const CompiledModel& model, const ProveLimits& limits, ProofLog& log);
void ProveReasons(const CompiledModel& model, ProofLog& log);

}  // namespace assay::model
