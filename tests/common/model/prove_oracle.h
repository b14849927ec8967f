// A second, plain reading of the model language, for the mutation test: from the message itself and
// not from compiled tables, by brute force over real numbers of inputs. It knows stages that are
// judged, computed by percentages, or by tables over counts.
#pragma once

#include <set>
#include <string>

#include "assay/framework/v1/framework.pb.h"

namespace assay::model {

struct OracleVerdict {
  // Ids of the checks that must find something.
  std::set<std::string> broken;
  // Every outcome of every stage, node, facts and inputs, as one text: two versions of the same
  // behaviour have the same.
  std::string behaviour;
};

OracleVerdict AskOracle(const framework::v1::FrameworkVersion& version);

}  // namespace assay::model
