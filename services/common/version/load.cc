#include "services/common/version/load.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

#include "services/common/clock/day.h"
#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/common/model/model.h"
#include "services/common/model/prove.h"
#include "services/common/names/names.h"
#include "services/common/version/version_check.h"

namespace assay::version {
namespace {

using framework::v1::FrameworkVersion;

struct Parsed {
  std::string file;
  ParsedText text;
};

void CheckFileName(const std::string& file, const FrameworkVersion& version, Findings* findings) {
  const auto name = names::FrameworkVersionName::Parse(version.name());
  if (!name.ok()) return;
  const std::string want = absl::StrCat(name->short_name(), kTextSuffix);
  if (file == want) return;
  findings->AddText("name",
                    absl::StrCat("got ", version.name(), " in this file, want it in ", want));
}

// Compiles a version. Its faults are findings; those outside the scoring model only where the
// checks before found none, since both look there.
std::shared_ptr<const model::CompiledModel> CompileModel(const FrameworkVersion& version,
                                                         Findings* findings) {
  auto compiled = model::CompiledModel::Compile(version);
  if (compiled.ok()) return *std::move(compiled);
  const bool clean = findings->all().empty();
  const std::vector<errors::Violation> violations = errors::FieldViolations(compiled.status());
  for (const errors::Violation& violation : violations) {
    if (clean || absl::StartsWith(violation.field, "scoring_model")) {
      findings->AddText(violation.field, violation.description);
    }
  }
  if (findings->all().empty()) findings->AddText("", compiled.status().message());
  return nullptr;
}

// Proves a version; its errors are findings, each with an input that shows it.
void ProveModel(const model::CompiledModel& model, Findings* findings) {
  for (const framework::v1::Diagnostic& one : model::Prove(model).diagnostics) {
    if (one.severity() != framework::v1::DIAGNOSTIC_SEVERITY_ERROR) continue;
    findings->AddTextAs(one.check(), one.field(),
                        one.examples().empty()
                            ? one.message()
                            : absl::StrCat(one.message(), ", as with ", one.examples(0)));
  }
}

// Sets what the service adds to a version.
void Complete(const model::CompiledModel& model, FrameworkVersion* version) {
  version->set_digest(std::string(model.version_digest()));
  version->set_model_digest(std::string(model.model_digest()));
  version->set_etag(absl::StrCat("\"", version->digest(), "\""));
  version->set_state(framework::v1::VERSION_STATE_PUBLISHED);
  for (framework::v1::Item& item : *version->mutable_items()) {
    item.set_name(absl::StrCat(version->name(), "/items/", item.id()));
  }
}

std::string FrameworkOf(const FrameworkVersion& version) {
  return version.name().substr(0, version.name().find("/versions/"));
}

// What versions of a catalogue must agree on.
class CatalogueChecks {
 public:
  void Check(const std::string& file, const FrameworkVersion& version, Findings* findings) {
    const auto [place, fresh] = files_.emplace(version.name(), file);
    if (!fresh) {
      findings->AddText("name", absl::StrCat("got ", version.name(), ", which ", place->second,
                                             " holds already"));
    }
    const auto [framework, first] =
        frameworks_.emplace(FrameworkOf(version), std::make_pair(file, &version));
    if (first) return;
    const FrameworkVersion& other = *framework->second.second;
    Agree("framework_display_name", version.framework_display_name(),
          other.framework_display_name(), framework->second.first, findings);
    Agree("publisher", version.publisher(), other.publisher(), framework->second.first, findings);
  }

 private:
  static void Agree(absl::string_view field, const std::string& here, const std::string& there,
                    const std::string& other_file, Findings* findings) {
    if (here == there) return;
    findings->Add(field, here, absl::StrCat("the same as in ", other_file, ", \"", there, "\""));
  }

  std::map<std::string, std::string> files_;
  std::map<std::string, std::pair<std::string, const FrameworkVersion*>> frameworks_;
};

// A draft is never in force, so that it comes last.
clock::Day FirstDay(const FrameworkVersion& version) {
  if (version.draft()) return clock::Day::Max();
  const auto day = clock::DayFromProto(version.effective_from());
  return day.ok() ? *day : clock::Day::Min();
}

// Oldest first within a framework. All but the newest of each are superseded; drafts neither
// supersede nor are superseded.
void Order(std::vector<LoadedVersion>* versions) {
  std::sort(versions->begin(), versions->end(), [](const auto& a, const auto& b) {
    return std::make_tuple(FrameworkOf(*a.version), FirstDay(*a.version), a.version->name()) <
           std::make_tuple(FrameworkOf(*b.version), FirstDay(*b.version), b.version->name());
  });
  for (std::size_t i = 0; i + 1 < versions->size(); ++i) {
    LoadedVersion& older = (*versions)[i];
    const FrameworkVersion& newer = *(*versions)[i + 1].version;
    if (older.version->draft() || newer.draft()) continue;
    if (FrameworkOf(*older.version) != FrameworkOf(newer)) continue;
    auto superseded = std::make_shared<FrameworkVersion>(*older.version);
    superseded->set_state(framework::v1::VERSION_STATE_SUPERSEDED);
    older.version = std::move(superseded);
  }
}

}  // namespace

LoadResult LoadVersions(const std::vector<SourceText>& sources, const LoadOptions& options) {
  LoadResult result;
  std::vector<Parsed> parsed;
  for (const SourceText& source : sources) {
    absl::optional<ParsedText> text = ParseVersionText(source, &result.problems);
    if (text) parsed.push_back(Parsed{source.file, *std::move(text)});
  }
  CatalogueChecks across;
  for (const Parsed& one : parsed) {
    Findings findings;
    if (options.check_file_names) CheckFileName(one.file, one.text.version, &findings);
    across.Check(one.file, one.text.version, &findings);
    for (const Finding& finding : CheckVersion(one.text.version)) {
      findings.AddTextAs(finding.check, finding.field, finding.message);
    }
    const auto model = CompileModel(one.text.version, &findings);
    if (model != nullptr && options.prove) ProveModel(*model, &findings);
    if (findings.all().empty()) {
      auto version = std::make_shared<FrameworkVersion>(one.text.version);
      Complete(*model, version.get());
      result.versions.push_back(LoadedVersion{one.file, std::move(version), model});
    } else {
      LocateFindings(one.file, *one.text.locations, findings.all(), &result.problems);
    }
  }
  Order(&result.versions);
  return result;
}

}  // namespace assay::version
