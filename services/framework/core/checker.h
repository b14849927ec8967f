#pragma once

// Whether a version may be published: its structure, its rules, and whether it agrees with the
// other versions of its framework.
//
// Thread safety: pure. Cost: a few milliseconds for a shipped version; bounded by the limits of a
// version and of the prover.

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"

#include "assay/framework/v1/framework.pb.h"
#include "assay/framework/v1/framework_service.pb.h"
#include "services/common/errors/violations.h"
#include "services/common/model/prove.h"
#include "services/framework/core/catalogue.h"

namespace assay::framework {

// At most so many findings are told; a last note says how many more there are.
inline constexpr std::size_t kMaxFindings = 500;

// Everything that is found, gravest first. `version` has no output-only field set; `text` may be
// any bytes up to version::kMaxTextBytes, and its findings have line and column.
std::vector<v1::Diagnostic> CheckMessage(const v1::FrameworkVersion& version,
                                         const Catalogue& around,
                                         const model::ProveLimits& limits = {});
std::vector<v1::Diagnostic> CheckText(absl::string_view text, const Catalogue& around,
                                      const model::ProveLimits& limits = {});

// Whether none of them is an error.
bool IsPublishable(const std::vector<v1::Diagnostic>& diagnostics);

// The errors among them, as violations of fields.
errors::Violations FaultsOf(const std::vector<v1::Diagnostic>& diagnostics);

}  // namespace assay::framework
