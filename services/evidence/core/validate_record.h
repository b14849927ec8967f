#pragma once

// What judgements, regulatory actions and corrections must be like. Each function notes all that is
// wrong, with paths below `prefix` ("judgement", "requests[3].judgement").
//
// Thread safety: pure. Cost: one pass over the message and a few look-ups in the model.

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/evidence/v1/record_service.pb.h"
#include "services/common/clock/day.h"
#include "services/common/errors/violations.h"
#include "services/common/model/model.h"

namespace assay::evidence {

// The framework versions that a request names, as far as the catalogue has them, by full name.
using Versions = absl::flat_hash_map<std::string, std::shared_ptr<const model::CompiledModel>>;

// Where a judgement stands in its version, once all of it is good.
struct Resolved {
  const model::CompiledModel* model = nullptr;
  model::Place place;
  model::Level level = 0;  // 0: not rated
};

// Absent where something is wrong. `today` is the day in Europe/London.
absl::optional<Resolved> ValidateJudgement(const v1::Judgement& judgement, const Versions& versions,
                                           clock::Day today, const std::string& prefix,
                                           errors::Violations& bad);

void ValidateAction(const v1::RegulatoryAction& action, clock::Day today, const std::string& prefix,
                    errors::Violations& bad);

// All of a correction but its replacement's own fields: which record is wrong, that the replacement
// is of its kind, the reason.
void ValidateCorrection(const v1::CorrectRequest& request, const std::string& prefix,
                        errors::Violations& bad);

}  // namespace assay::evidence
