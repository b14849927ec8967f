#pragma once

// Which version rates an assessment: by the day on which it started and the sector.
//
// Thread safety: pure. Cost: linear in the versions and their sectors.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/clock/day.h"
#include "services/framework/core/catalogue.h"

namespace assay::framework {

// The versions that were in force, best first, as the comment of SelectVersion says; empty: none.
// `framework` is a full name, or `frameworks/-` for any. `sector` is any spelling that a version
// knows, or empty.
std::vector<const CatalogueVersion*> InForce(const Catalogue& catalogue,
                                             absl::string_view framework, absl::string_view sector,
                                             clock::Day assessment_start);

// Whether `found`, for an unknown sector, holds versions of several frameworks: these rate
// different sectors, so that none of them may be chosen.
bool AreAmbiguous(const std::vector<const CatalogueVersion*>& found);

}  // namespace assay::framework
