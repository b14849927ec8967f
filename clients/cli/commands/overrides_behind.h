// The overrides that a rating rests on. A derivation names them by their place in the record and
// holds none of their words, which the evidence service alone has.
//
// Thread safety: none. Ownership: borrows everything. Cost: a call or two an override, none where a
// rating rests on none.
#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/scoring/v1/derivation.pb.h"
#include "clients/cli/net/service.h"

namespace assay::cli {

// Whether an override is among the inputs.
bool RestsOnOverrides(const scoring::v1::Derivation& derivation);

// In the order of the inputs. NOT_FOUND where the record lacks one, and what the service answers.
absl::StatusOr<std::vector<evidence::v1::Override>> OverridesBehind(
    const scoring::v1::Derivation& derivation, const Service& evidence);

}  // namespace assay::cli
