#include "services/common/version/crosswalk.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/names/names.h"

namespace assay::version {
namespace {

using framework::v1::Crosswalk;
using framework::v1::FrameworkVersion;
using Versions = std::vector<const FrameworkVersion*>;

const FrameworkVersion* Find(const Versions& versions, const std::string& name) {
  const auto at = std::find_if(versions.begin(), versions.end(),
                               [&](const FrameworkVersion* each) { return each->name() == name; });
  return at == versions.end() ? nullptr : *at;
}

enum class Part { kNone, kGroup, kItem };

// Ids of groups and of items: the latter have a dot, the former none.
class Parts {
 public:
  explicit Parts(const FrameworkVersion& version) {
    for (const auto& group : version.groups()) groups_.insert(group.id());
    for (const auto& item : version.items()) items_.insert(item.id());
  }

  Part Of(const std::string& id) const {
    if (items_.count(id) != 0) return Part::kItem;
    return groups_.count(id) != 0 ? Part::kGroup : Part::kNone;
  }

 private:
  std::set<std::string> groups_;
  std::set<std::string> items_;
};

class Checker {
 public:
  Checker(const Crosswalk& crosswalk, const Versions& versions)
      : crosswalk_(crosswalk), versions_(versions) {}

  std::vector<Finding> Run() {
    CheckName();
    const FrameworkVersion* source = Version("source_version", crosswalk_.source_version());
    const FrameworkVersion* target = Version("target_version", crosswalk_.target_version());
    if (source != nullptr && source == target) {
      findings_.AddAs(model::check::kCrosswalkCycle, "target_version", target->name(),
                      "another version than the source");
    }
    if (crosswalk_.pairs_size() < 1 || crosswalk_.pairs_size() > kMaxCrosswalkPairs) {
      findings_.AddText("pairs", absl::StrCat("got ", crosswalk_.pairs_size(),
                                              " entries, want 1 to ", kMaxCrosswalkPairs));
    } else if (source != nullptr && target != nullptr) {
      CheckPairs(Parts(*source), Parts(*target));
    }
    return findings_.Take();
  }

 private:
  void CheckName() {
    const auto name = names::VersionPartName::Parse(crosswalk_.name(), "crosswalks");
    if (!name.ok()) {
      findings_.AddText("name", name.status().message());
    } else if (name->version.name() != crosswalk_.target_version()) {
      findings_.Add("name", crosswalk_.name(),
                    absl::StrCat("a name below the target, \"", crosswalk_.target_version(), "\""));
    }
  }

  const FrameworkVersion* Version(absl::string_view field, const std::string& name) {
    const FrameworkVersion* version = Find(versions_, name);
    if (version == nullptr) {
      findings_.AddAs(model::check::kCrosswalkVersionUnknown, field, name,
                      "the full name of a version of the catalogue");
    }
    return version;
  }

  void CheckPairs(const Parts& source, const Parts& target) {
    std::set<std::pair<std::string, std::string>> seen;
    for (int i = 0; i < crosswalk_.pairs_size(); ++i) {
      const Crosswalk::Pair& pair = crosswalk_.pairs(i);
      const std::string at = absl::StrCat("pairs[", i, "]");
      const Part from = source.Of(pair.source());
      const Part to = target.Of(pair.target());
      if (from == Part::kNone) {
        findings_.AddAs(model::check::kCrosswalkSourceUnknown, at + ".source", pair.source(),
                        "the id of an item or group of the source version");
      }
      if (to == Part::kNone) {
        findings_.AddAs(model::check::kCrosswalkTargetUnknown, at + ".target", pair.target(),
                        "the id of an item or group of the target version");
      }
      if (from != Part::kNone && to != Part::kNone && from != to) {
        findings_.Add(at + ".target", pair.target(),
                      from == Part::kItem ? "an item, since an item leads to it"
                                          : "a group, since a group leads to it");
      }
      if (pair.strength() == framework::v1::MATCH_STRENGTH_UNSPECIFIED ||
          !framework::v1::MatchStrength_IsValid(pair.strength())) {
        findings_.Add(at + ".strength", absl::StrCat(static_cast<int>(pair.strength())),
                      "equivalent, strong or partial");
      }
      if (!seen.emplace(pair.source(), pair.target()).second) {
        findings_.AddTextAs(model::check::kIdReused, at,
                            absl::StrCat("got ", pair.source(), " to ", pair.target(),
                                         " again, want each pair once"));
      }
    }
  }

  const Crosswalk& crosswalk_;
  const Versions& versions_;
  Findings findings_;
};

std::string ShortName(const std::string& name) {
  const auto parsed = names::FrameworkVersionName::Parse(name);
  return parsed.ok() ? parsed->short_name() : name;
}

// What crosswalks of one catalogue must keep among themselves.
class CatalogueChecks {
 public:
  void Check(const std::string& file, const Crosswalk& crosswalk, Findings* findings) {
    const auto [name, new_name] = names_.emplace(crosswalk.name(), file);
    if (!new_name) {
      findings->AddText("name", absl::StrCat("got ", crosswalk.name(), ", which ", name->second,
                                             " holds already"));
    }
    const std::string& source = crosswalk.source_version();
    const std::string& target = crosswalk.target_version();
    const auto [ends, new_ends] = ends_.emplace(std::make_pair(source, target), file);
    if (!new_ends) {
      findings->AddText("source_version",
                        absl::StrCat("got ", ShortName(source), " to ", ShortName(target),
                                     ", which ", ends->second, " holds already"));
    }
    // A version that leads to itself is told where the crosswalk is checked alone.
    std::vector<std::string> way;
    std::set<std::string> seen;
    if (source != target && FindWay(target, source, &seen, &way)) {
      findings->AddTextAs(model::check::kCrosswalkCycle, "target_version",
                          absl::StrCat("got ", ShortName(source), " to ", ShortName(target),
                                       ", though there is a way back already (",
                                       absl::StrJoin(way, " to "), "), want no cycle"));
      return;  // not added, so that each cycle is told once
    }
    next_[source].insert(target);
  }

 private:
  // A way over the crosswalks so far. `seen` are the versions that were tried.
  bool FindWay(const std::string& from, const std::string& to, std::set<std::string>* seen,
               std::vector<std::string>* way) const {
    if (!seen->insert(from).second) return false;
    way->push_back(ShortName(from));
    if (from == to) return true;
    const auto next = next_.find(from);
    if (next != next_.end()) {
      for (const std::string& each : next->second) {
        if (FindWay(each, to, seen, way)) return true;
      }
    }
    way->pop_back();
    return false;
  }

  std::map<std::string, std::string> names_;
  std::map<std::pair<std::string, std::string>, std::string> ends_;
  std::map<std::string, std::set<std::string>> next_;
};

void CheckFileName(const std::string& file, const Crosswalk& crosswalk, Findings* findings) {
  const std::string want = absl::StrCat(ShortName(crosswalk.source_version()), "_to_",
                                        ShortName(crosswalk.target_version()), kTextSuffix);
  if (file == want) return;
  findings->AddText("name",
                    absl::StrCat("got ", crosswalk.name(), " in this file, want it in ", want));
}

}  // namespace

std::vector<Finding> CheckCrosswalk(const Crosswalk& crosswalk, const Versions& versions) {
  return Checker(crosswalk, versions).Run();
}

CrosswalkResult LoadCrosswalks(const std::vector<SourceText>& sources, const Versions& versions,
                               const LoadOptions& options) {
  CrosswalkResult result;
  if (sources.size() > kMaxCrosswalks) {
    result.problems.push_back(
        Diagnostic{"crosswalks", 0, 0, "",
                   absl::StrCat("got ", sources.size(), " files, want at most ", kMaxCrosswalks)});
    return result;
  }
  CatalogueChecks across;
  for (const SourceText& source : sources) {
    auto crosswalk = std::make_shared<Crosswalk>();
    const auto locations = ParseText(source, crosswalk.get(), &result.problems);
    if (locations == nullptr) continue;
    Findings findings;
    for (const Finding& finding : CheckCrosswalk(*crosswalk, versions)) {
      findings.AddTextAs(finding.check, finding.field, finding.message);
    }
    // Wrong names would only be told again.
    if (findings.all().empty()) {
      if (options.check_file_names) CheckFileName(source.file, *crosswalk, &findings);
      across.Check(source.file, *crosswalk, &findings);
    }
    if (findings.all().empty()) {
      result.crosswalks.push_back(std::move(crosswalk));
    } else {
      LocateFindings(source.file, *locations, findings.all(), &result.problems);
    }
  }
  std::sort(result.crosswalks.begin(), result.crosswalks.end(),
            [](const auto& a, const auto& b) { return a->name() < b->name(); });
  return result;
}

}  // namespace assay::version
