// Words for people from the model's own data. Private to this folder.
//
// Thread safety: pure.
#pragma once

#include <string>

#include "services/common/model/program.h"
#include "services/common/model/rate.h"

namespace assay::model {

const LadderProgram& LadderOf(const Evaluation& evaluation);
const StageProgram& StageProgramOf(const Evaluation& evaluation, const NodeResult& node);

// `2 or more of Inadequate, and no open action`; empty for a condition that always holds.
std::string DescribeCondition(const CompiledModel& model, const StageProgram& stage,
                              const CompiledCondition& condition);

// `Safe`, `Homecare: Safe`, or the stage's title for the whole.
std::string DescribeNode(const Evaluation& evaluation, const State& state, const NodeResult& node);

}  // namespace assay::model
