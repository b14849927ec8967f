#pragma once

// Which kind of subject a name is of, where the name is known to be well formed already: what the
// record gives back, what was validated before.
//
// Thread safety: pure. Cost: two short searches, no allocation.

#include "absl/strings/string_view.h"

#include "services/common/names/names.h"

namespace assay::names {

// Of a well-formed name; of any other text some kind or other. Subject::Parse checks.
SubjectKind KindOfWellFormed(absl::string_view name);

// The name of the subject that decides the partition: a service's location, else the name itself. A
// view into `name`.
absl::string_view RootOfWellFormed(absl::string_view name);

}  // namespace assay::names
