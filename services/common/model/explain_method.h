#pragma once

// A method in plain English, from its data alone: nothing is said that the version does not say.
//
// Thread safety: pure. Cost: some pages of text.

#include <string>

#include "services/common/model/model.h"

namespace assay::model {

// Lines of at most about 100 columns where words allow, ending in one line break: what is assessed,
// how each kind of subject is rated stage by stage, with every rule by its id, what applies where,
// and what is not confirmed.
std::string ExplainMethod(const CompiledModel& model);

}  // namespace assay::model
