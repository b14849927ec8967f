#pragma once

// The life of a version: draft -> proven -> published -> withdrawn. Which write is allowed where,
// and what it makes of the version; superseded is not written but follows from the other versions.
//
// Thread safety: pure. Cost: a copy of the version.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

#include "services/framework/core/held_version.h"

namespace assay::framework {

// What is there under the name; absent: nothing.
using Current = absl::optional<HeldVersion>;

// What a write leads to.
struct Step {
  HeldVersion version;
  // False where the version stands already as it was asked for.
  bool changed = true;
};

// `draft`, unless the name is taken: the same content answers what is there; another is refused by
// FRAMEWORK_VERSION_ALREADY_EXISTS (a draft) or RESOURCE_IMMUTABLE (published, withdrawn).
absl::StatusOr<Step> Create(const Current& current, const HeldVersion& draft);

// `draft` in place of the one that is there, whose etag must be `etag` where that is not empty.
// Errors: FRAMEWORK_VERSION_NOT_FOUND, ETAG_MISMATCH, RESOURCE_IMMUTABLE.
absl::StatusOr<Step> Update(const Current& current, absl::string_view etag,
                            const HeldVersion& draft);

// The version, published at `now`; a published one stays as it is. The caller has proven it.
// Errors: FRAMEWORK_VERSION_NOT_FOUND, ETAG_MISMATCH, RESOURCE_IMMUTABLE (withdrawn).
absl::StatusOr<Step> Publish(const Current& current, const std::string& name,
                             absl::string_view etag, absl::Time now);

// The version, withdrawn at `now`. Errors: FRAMEWORK_VERSION_NOT_FOUND, VERSION_NOT_PUBLISHED,
// RESOURCE_IMMUTABLE (withdrawn before).
absl::StatusOr<Step> Withdraw(const Current& current, const std::string& name,
                              const std::string& reason, absl::Time now);

}  // namespace assay::framework
