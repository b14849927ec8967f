#pragma once

// The catalogue of what was shipped and what a store holds.
//
// Thread safety: pure. Cost: microseconds a version.

#include <memory>
#include <vector>

#include "absl/status/statusor.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/framework/core/catalogue.h"

namespace assay::framework {

using VersionPtr = std::shared_ptr<const v1::FrameworkVersion>;
using CrosswalkPtr = std::shared_ptr<const v1::Crosswalk>;

// By framework, then by first day, then by name; within a framework every published version but the
// last is superseded. Under one name the shipped content counts, as a store only adds its
// withdrawal; a draft of a shipped name is left out. `damaged` are known by name alone.
// FAILED_PRECONDITION where the store has
// published another content under a shipped name.
absl::StatusOr<std::shared_ptr<const Catalogue>> MergeCatalogue(
    const std::vector<VersionPtr>& shipped, const std::vector<VersionPtr>& held,
    std::vector<CrosswalkPtr> crosswalks = {}, DamagedVersions damaged = {});

}  // namespace assay::framework
