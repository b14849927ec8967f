#include "services/common/version/check.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

#include "services/common/model/compile.h"
#include "services/common/version/version_check.h"

namespace assay::version {
namespace {

using framework::v1::FrameworkVersion;
using Message = framework::v1::Diagnostic;

Message ErrorOf(const std::string& check, const std::string& field, const std::string& message) {
  Message diagnostic;
  diagnostic.set_severity(framework::v1::DIAGNOSTIC_SEVERITY_ERROR);
  diagnostic.set_check(check);
  diagnostic.set_field(field);
  diagnostic.set_message(message);
  return diagnostic;
}

// The catalogue's own check and the compiler both look outside the scoring model: there the
// compiler is heard only where the check found nothing.
CheckedVersion Check(const FrameworkVersion& version, const model::ProveLimits& limits) {
  CheckedVersion checked;
  checked.version = std::make_shared<FrameworkVersion>(version);
  for (const Finding& finding : CheckVersion(version)) {
    checked.diagnostics.push_back(ErrorOf(finding.check, finding.field, finding.message));
  }
  const bool clean = checked.diagnostics.empty();
  model::CompileResult compiled = model::CompileWithFaults(checked.version);
  for (const model::Fault& fault : compiled.faults) {
    if (!clean && !absl::StartsWith(fault.field, "scoring_model")) continue;
    checked.diagnostics.push_back(ErrorOf(fault.check, fault.field, fault.message));
  }
  if (compiled.model != nullptr) {
    model::Proof proof = model::Prove(*compiled.model, limits);
    checked.vectors = proof.vectors;
    for (Message& diagnostic : proof.diagnostics) {
      checked.diagnostics.push_back(std::move(diagnostic));
    }
    if (compiled.faults.empty() && clean) checked.model = std::move(compiled.model);
  }
  model::SortDiagnostics(&checked.diagnostics);
  checked.publishable = checked.diagnostics.empty() || checked.diagnostics.front().severity() !=
                                                           framework::v1::DIAGNOSTIC_SEVERITY_ERROR;
  return checked;
}

}  // namespace

framework::v1::Diagnostic FileDiagnostic(const Diagnostic& fault) {
  Message diagnostic = ErrorOf(fault.check, fault.field, fault.message);
  diagnostic.set_line(fault.line);
  diagnostic.set_column(fault.column);
  return diagnostic;
}

CheckedVersion CheckText(const SourceText& source, const model::ProveLimits& limits) {
  std::vector<Diagnostic> faults;
  const absl::optional<ParsedText> parsed = ParseVersionText(source, &faults);
  if (!parsed) {
    CheckedVersion checked;
    for (const Diagnostic& fault : faults) checked.diagnostics.push_back(FileDiagnostic(fault));
    return checked;
  }
  CheckedVersion checked = Check(parsed->version, limits);
  for (Message& diagnostic : checked.diagnostics) {
    const TextLocations::Position place = parsed->locations->Find(diagnostic.field());
    diagnostic.set_line(place.line);
    diagnostic.set_column(place.column);
  }
  std::stable_sort(checked.diagnostics.begin(), checked.diagnostics.end(),
                   [](const Message& a, const Message& b) {
                     return std::make_tuple(-a.severity(), a.line(), a.column()) <
                            std::make_tuple(-b.severity(), b.line(), b.column());
                   });
  return checked;
}

CheckedVersion CheckMessage(const FrameworkVersion& version, const model::ProveLimits& limits) {
  return Check(version, limits);
}

std::string DiagnosticText(absl::string_view file, const Message& diagnostic) {
  std::string text(file);
  if (diagnostic.line() > 0) {
    absl::StrAppend(&text, ":", diagnostic.line(), ":", diagnostic.column());
  }
  const bool error = diagnostic.severity() == framework::v1::DIAGNOSTIC_SEVERITY_ERROR;
  absl::StrAppend(&text, ": ", error ? "error" : "note", " [", diagnostic.check(), "] ");
  if (!diagnostic.field().empty()) absl::StrAppend(&text, diagnostic.field(), ": ");
  absl::StrAppend(&text, diagnostic.message());
  for (const std::string& example : diagnostic.examples()) {
    absl::StrAppend(&text, "\n    ", example);
  }
  return text;
}

}  // namespace assay::version
