// The project's own file of England's regions and integrated care boards, held in the program.
//
// Thread safety: pure. Cost: none; the text lives as long as the program.
#pragma once

#include "absl/strings/string_view.h"

namespace assay::geography {

// england.csv as it lies in the source tree.
absl::string_view EnglandCsv();

}  // namespace assay::geography
