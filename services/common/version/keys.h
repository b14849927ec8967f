#pragma once

// How names of a catalogue are compared with the spellings of published data.
//
// Thread safety: pure. Cost: one string.

#include <string>

#include "absl/strings/string_view.h"

namespace assay::version {

// For items and published words: without regard to case (ASCII) and to white space at the ends;
// typographic apostrophes count as plain ones.
std::string FoldCase(absl::string_view text);

// For sectors: as FoldCase, and hyphens and underscores count as spaces, so that ADULT_SOCIAL_CARE,
// adult-social-care and "Adult social care" are one.
std::string FoldSector(absl::string_view text);

}  // namespace assay::version
