#pragma once

// The errors of the catalogue of frameworks; part of the one catalogue (errors.h, whose rules hold
// here).
//
// Thread safety: pure functions. Cost: a few allocations.

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "services/common/errors/violations.h"

namespace assay::errors {

// RESOURCE_EXHAUSTED, CATALOGUE_FULL: the catalogue holds `limit` versions, and no more.
absl::Status CatalogueFull(std::size_t limit);

// FAILED_PRECONDITION, STORE_NOT_CONFIGURED: `what` ("the framework service") was started without a
// store, so that nothing can be written.
absl::Status StoreNotConfigured(absl::string_view what);

// FAILED_PRECONDITION, VERSION_AMBIGUOUS: `versions`, full names and at most a few, of several
// frameworks were in force on `day`, and the sector that would tell which is meant is not known.
absl::Status VersionAmbiguous(absl::string_view day, const std::vector<std::string>& versions);

// NOT_FOUND, VERSION_NOT_IN_FORCE: no version of `parent` was in force on `day` for `sector`
// (empty: unknown).
absl::Status VersionNotInForce(absl::string_view parent, absl::string_view day,
                               absl::string_view sector);

// FAILED_PRECONDITION, VERSION_NOT_PROVEN: the version `name` has faults; with a BadRequest that
// names them.
absl::Status VersionNotProven(absl::string_view name, const Violations& faults);

// FAILED_PRECONDITION, VERSION_NOT_PUBLISHED: the version `name` is still a draft.
absl::Status VersionNotPublished(absl::string_view name);

}  // namespace assay::errors
