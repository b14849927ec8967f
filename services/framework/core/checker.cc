#include "services/framework/core/checker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/version/check.h"
#include "services/common/version/finding.h"
#include "services/common/version/version_text.h"
#include "services/framework/core/held_version.h"

namespace assay::framework {
namespace {

v1::Diagnostic Disagreement(absl::string_view field, const std::string& here,
                            const std::string& there, const std::string& other) {
  version::Findings words;
  words.Add(field, here, absl::StrCat("the same as in ", other, ", \"", there, "\""));
  v1::Diagnostic diagnostic;
  diagnostic.set_severity(v1::DIAGNOSTIC_SEVERITY_ERROR);
  diagnostic.set_check("framework-disagrees");
  diagnostic.set_field(words.all().front().field);
  diagnostic.set_message(words.all().front().message);
  return diagnostic;
}

// The published versions of a framework say the same of it.
void AddDisagreements(const v1::FrameworkVersion& version, const Catalogue& around,
                      std::vector<v1::Diagnostic>* found) {
  const std::string name = version.name().substr(0, version.name().find("/versions/"));
  for (const CatalogueVersion* other : around.VersionsOf(name)) {
    const v1::FrameworkVersion& known = other->message();
    if (IsDraft(known.state()) || known.name() == version.name()) continue;
    if (known.framework_display_name() != version.framework_display_name()) {
      found->push_back(Disagreement("framework_display_name", version.framework_display_name(),
                                    known.framework_display_name(), known.name()));
    }
    if (known.publisher() != version.publisher()) {
      found->push_back(
          Disagreement("publisher", version.publisher(), known.publisher(), known.name()));
    }
    return;  // the others agree with it
  }
}

std::vector<v1::Diagnostic> Bounded(std::vector<v1::Diagnostic> all) {
  std::stable_sort(all.begin(), all.end(), [](const v1::Diagnostic& a, const v1::Diagnostic& b) {
    return a.severity() > b.severity();
  });
  if (all.size() <= kMaxFindings) return all;
  v1::Diagnostic more;
  more.set_severity(v1::DIAGNOSTIC_SEVERITY_NOTE);
  more.set_check("more-findings");
  more.set_message(absl::StrCat("and ", all.size() - kMaxFindings, " more findings"));
  all.resize(kMaxFindings);
  all.push_back(std::move(more));
  return all;
}

}  // namespace

std::vector<v1::Diagnostic> CheckMessage(const v1::FrameworkVersion& version,
                                         const Catalogue& around,
                                         const model::ProveLimits& limits) {
  std::vector<v1::Diagnostic> found = version::CheckMessage(version, limits).diagnostics;
  AddDisagreements(version, around, &found);
  return Bounded(std::move(found));
}

std::vector<v1::Diagnostic> CheckText(absl::string_view text, const Catalogue& around,
                                      const model::ProveLimits& limits) {
  version::CheckedVersion checked =
      version::CheckText(version::SourceText{"", std::string(text)}, limits);
  if (checked.version != nullptr) {
    AddDisagreements(*checked.version, around, &checked.diagnostics);
  }
  return Bounded(std::move(checked.diagnostics));
}

bool IsPublishable(const std::vector<v1::Diagnostic>& diagnostics) {
  return std::none_of(diagnostics.begin(), diagnostics.end(), [](const v1::Diagnostic& one) {
    return one.severity() == v1::DIAGNOSTIC_SEVERITY_ERROR;
  });
}

errors::Violations FaultsOf(const std::vector<v1::Diagnostic>& diagnostics) {
  errors::Violations faults;
  for (const v1::Diagnostic& one : diagnostics) {
    if (one.severity() == v1::DIAGNOSTIC_SEVERITY_ERROR) faults.AddText(one.field(), one.message());
  }
  return faults;
}

}  // namespace assay::framework
