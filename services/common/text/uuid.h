#pragma once

// The text form of UUIDs. Who makes them: services/common/clock/id_source.h.
//
// Thread safety: pure. Cost: nanoseconds.

#include "absl/strings/string_view.h"

namespace assay::text {

// True for 36 characters of lower-case hex with hyphens in their places, of any UUID version.
bool IsUuid(absl::string_view text);

}  // namespace assay::text
