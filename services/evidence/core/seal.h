#pragma once

// The personal texts of a record: taken out of its message and sealed under a salt each, so that an
// erasure can destroy them while the record, its leaf and its proof stay; and put back.
//
// Personal are: the text of evidence, its source's standing, its tags, names and digests of its
// attachments (a digest of known bytes could be guessed from), the rationale of judgements, actions
// and overrides, the reasons of corrections and retractions.
//
// Thread safety: pure but for the random source. Cost: 32 random bytes and one SHA-256 of each
// text.

#include <vector>

#include "assay/evidence/v1/record.pb.h"
#include "services/common/digest/random.h"
#include "services/evidence/core/row.h"

namespace assay::evidence {

// Moves the texts of `record` that are not empty into `row`, in the order that it asks for, and
// notes the attachments that the record names.
void Seal(v1::Record& record, digest::RandomSource& random, RecordRow& row);

// Puts the texts that were not erased where they belong.
void Unseal(const std::vector<SealedText>& texts, v1::Record& record);

}  // namespace assay::evidence
