#pragma once

// Which records a rating may rest on: the one definition, by which scoring's book, the evidence
// service's histories and a subject's history agree what touches a rating. Were they to differ, one
// rating would have two counters, two chain heads and so two digests.
//
// Thread safety: pure. Cost: nanoseconds.

#include "absl/strings/string_view.h"

#include "assay/evidence/v1/record.pb.h"

namespace assay::model {

// Whether a rating may rest on records of this kind: on all but evidence items, publications and
// erasures. A retraction bears where what it retracts does, so for its kind this says true.
bool KindMayBear(evidence::v1::RecordKind kind);

// Whether a rating may rest on a record; a retraction counts as what it retracts.
bool BearsOnRatings(const evidence::v1::Record& record);

}  // namespace assay::model
