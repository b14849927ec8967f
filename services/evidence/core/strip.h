#pragma once

// Records without their free text, for readers that rate and need none: what is never sent cannot
// come up in a cache, a log or a derivation.
//
// Thread safety: pure. Cost: frees the texts.

#include "assay/evidence/v1/record.pb.h"

namespace assay::evidence {

// Clears what people wrote or are called: texts, rationales, reasons of corrections and erasures,
// tags, file names, assessors. Published words in a rating's place stay.
void StripTexts(v1::Record& record);

}  // namespace assay::evidence
