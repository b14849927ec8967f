#pragma once

// Compiling for authors: every fault with the id of its check, and a model to prove where that is
// possible in spite of them.
//
// Thread safety: pure. Cost: as CompiledModel::Compile.

#include <memory>
#include <vector>

#include "assay/framework/v1/framework.pb.h"
#include "services/common/model/faults.h"
#include "services/common/model/model.h"

namespace assay::model {

struct CompileResult {
  // In the order of the fields; empty: the version is fit to rate by.
  std::vector<Fault> faults;
  // nullptr where a fault leaves nothing to prove. With holes or overlaps in bands, or a table
  // whose last row is no `otherwise`, there is a model for Prove, and for nothing else.
  std::shared_ptr<const CompiledModel> model;
};

CompileResult CompileWithFaults(std::shared_ptr<const framework::v1::FrameworkVersion> version);
// The same of a copy.
CompileResult CompileWithFaults(const framework::v1::FrameworkVersion& version);

}  // namespace assay::model
