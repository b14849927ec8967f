#pragma once

// How the names of a catalogue are compared with the spellings of published data: the one rule for
// checking, compiling, selecting and comparing versions.
//
// Thread safety: pure. Cost: one string.

#include <string>

#include "absl/strings/string_view.h"

namespace assay::text {

// For items, levels and published words: without regard to case (ASCII) and to white space at the
// ends; typographic apostrophes count as plain ones.
std::string FoldCase(absl::string_view text);

// For groups: as FoldCase, and an underscore counts as a hyphen, as in the names of columns.
std::string FoldGroup(absl::string_view text);

// For sectors: as FoldCase, and without regard to hyphens, underscores and white space, so that
// ADULT_SOCIAL_CARE, adult-social-care and "Adult social care" are one.
std::string FoldSector(absl::string_view text);

}  // namespace assay::text
