#pragma once

// What judgements, regulatory actions, overrides, publications, evidence items, corrections and
// erasures must be like. Each function notes all that is wrong, with paths below `prefix`
// ("judgement", "requests[3].judgement").
//
// Thread safety: pure. Cost: one pass over the message and a few look-ups in the model.

#include <string>

#include "absl/types/optional.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/evidence/v1/record_service.pb.h"
#include "services/common/clock/day.h"
#include "services/common/errors/violations.h"
#include "services/common/model/model.h"
#include "services/common/names/names.h"
#include "services/evidence/core/references.h"

namespace assay::evidence {

// What messages are looked at with. Borrows everything.
struct CheckContext {
  // The day in Europe/London.
  clock::Day today;
  const Known* known = nullptr;
  // Whom the record is about; nullptr where the request's own name of it is bad.
  const names::Subject* subject = nullptr;
};

// Where a record's outcome stands in its version, once all of the record is good. Empty for kinds
// that have no outcome.
struct Resolved {
  const model::CompiledModel* model = nullptr;
  model::Place place;
  model::Level level = 0;  // 0: not rated
  model::Level from = 0;   // overrides: the outcome that is departed from; 0: none
};

// Each notes what is wrong; what it returns is of use only where nothing was noted.
Resolved Validate(const v1::Judgement& judgement, const CheckContext& context,
                  const std::string& prefix, errors::Violations& bad);
Resolved Validate(const v1::RegulatoryAction& action, const CheckContext& context,
                  const std::string& prefix, errors::Violations& bad);
Resolved Validate(const v1::Override& one, const CheckContext& context, const std::string& prefix,
                  errors::Violations& bad);
Resolved Validate(const v1::Publication& publication, const CheckContext& context,
                  const std::string& prefix, errors::Violations& bad);
Resolved Validate(const v1::EvidenceItem& item, const CheckContext& context,
                  const std::string& prefix, errors::Violations& bad);

// All of a correction but its replacement's own fields: which record is wrong, that the replacement
// is of its kind, the reason.
void ValidateCorrection(const v1::CorrectRequest& request, const std::string& prefix,
                        errors::Violations& bad);

// Which record; the reason.
void ValidateErasure(const v1::EraseRequest& request, const std::string& prefix,
                     errors::Violations& bad);

}  // namespace assay::evidence
