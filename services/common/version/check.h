#pragma once

// Everything that stands between a text and a version that may be published: read, checked,
// compiled and proven, with the place in the text of every fault.
//
// Thread safety: pure. Ownership: values. Cost: a few milliseconds a shipped version; bounded by
// kMaxTextBytes and model::ProveLimits.

#include <memory>
#include <string>
#include <vector>

#include "assay/framework/v1/framework.pb.h"
#include "assay/framework/v1/framework_service.pb.h"
#include "services/common/model/model.h"
#include "services/common/model/prove.h"
#include "services/common/version/version_text.h"

namespace assay::version {

struct CheckedVersion {
  // Everything at once: errors first, then notes; within each by place in the text, or in the order
  // of the fields where there is no text.
  std::vector<framework::v1::Diagnostic> diagnostics;
  // As it came; nullptr where the text cannot be parsed.
  std::shared_ptr<const framework::v1::FrameworkVersion> version;
  // Ready to rate by; nullptr where a fault forbids it.
  std::shared_ptr<const model::CompiledModel> model;
  // Input vectors that the proof visited.
  std::int64_t vectors = 0;
  // True where no diagnostic is an error.
  bool publishable = false;
};

CheckedVersion CheckText(const SourceText& source, const model::ProveLimits& limits = {});
CheckedVersion CheckMessage(const framework::v1::FrameworkVersion& version,
                            const model::ProveLimits& limits = {});

// `cqc-saf@2024-12.txtpb:12:3: error [row-dead] row two-good decides nothing: ...`, and each
// example indented on a line of its own.
std::string DiagnosticText(absl::string_view file, const framework::v1::Diagnostic& diagnostic);

// A fault of a file that cannot be read or parsed, as a diagnostic.
framework::v1::Diagnostic FileDiagnostic(const Diagnostic& fault);

}  // namespace assay::version
