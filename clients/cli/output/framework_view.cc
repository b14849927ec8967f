#include "clients/cli/output/framework_view.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "clients/cli/output/table.h"
#include "clients/cli/output/words.h"

namespace assay::cli {
namespace {

namespace fw = framework::v1;

// `at least 2`, `2 to 5`, `at most 0`, `exactly 1` of a range with optional ends.
template <class Range>
std::string RangeText(const Range& range) {
  if (range.has_at_least() && range.has_at_most()) {
    if (range.at_least() == range.at_most()) return absl::StrCat("exactly ", range.at_least());
    return absl::StrCat(range.at_least(), " to ", range.at_most());
  }
  if (range.has_at_least()) return absl::StrCat("at least ", range.at_least());
  return absl::StrCat("at most ", range.at_most());
}

template <class Names>
std::string OneOf(const Names& names) {
  return absl::StrJoin(names, " or ");
}

std::string CompareText(const fw::Term::Compare& compare) {
  static constexpr const char* kWords[] = {"?",          "is",      "is under",
                                           "is at most", "is over", "is at least"};
  const std::string right =
      compare.right_case() == fw::Term::Compare::kOther ? compare.other() : compare.level();
  const int word = compare.comparison();
  return absl::StrCat(compare.input(), " ", kWords[word >= 0 && word <= 5 ? word : 0], " ", right);
}

std::string DatesText(const fw::Term::DateRange& range) {
  const std::string from = DateText(range.from());
  const std::string before = DateText(range.before());
  return absl::StrCat("assessed", from.empty() ? "" : " from " + from,
                      before.empty() ? "" : " before " + before);
}

std::string TermText(const fw::Term& term) {
  switch (term.term_case()) {
    case fw::Term::kCount:
      return absl::StrCat(RangeText(term.count()), " of ", OneOf(term.count().levels()));
    case fw::Term::kRated:
      return absl::StrCat(RangeText(term.rated()), " rated");
    case fw::Term::kLowestAtMost:
      return absl::StrCat("lowest is at most ", term.lowest_at_most());
    case fw::Term::kOutcome:
      return absl::StrCat("outcome is ", OneOf(term.outcome().levels()));
    case fw::Term::kNode:
      return absl::StrCat("node is ", OneOf(term.node().names()));
    case fw::Term::kCompare:
      return CompareText(term.compare());
    case fw::Term::kOpenAction:
      return absl::StrCat(
          "an open ",
          term.open_action().kinds().empty() ? "action of any kind"
                                             : OneOf(term.open_action().kinds()),
          term.open_action().on_linked_regulation() ? " on a linked regulation" : "");
    case fw::Term::kFlag:
      return absl::StrCat("flag ", term.flag());
    case fw::Term::kSector:
      return absl::StrCat("sector is ", OneOf(term.sector().names()));
    case fw::Term::kAssessed:
      return DatesText(term.assessed());
    case fw::Term::kServices:
      return absl::StrCat(RangeText(term.services()), " services");
    default:
      return "an unknown condition";
  }
}

std::string AxesText(const fw::Stage& stage) {
  static constexpr const char* kWords[] = {"?", "category", "item", "group", "service", "location"};
  if (stage.per().empty()) return "for the whole";
  std::vector<std::string> words;
  for (const int axis : stage.per()) words.emplace_back(kWords[axis >= 0 && axis <= 5 ? axis : 0]);
  return absl::StrCat("for each ", absl::StrJoin(words, " and "));
}

// The heading, blank line and indentation of a part of the page.
std::string Heading(absl::string_view text, const Style& style) {
  return absl::StrCat("\n", style.Paint(Tone::kStrong, text), "\n");
}

std::string GroupTree(const fw::FrameworkVersion& version, const Style& style) {
  std::string out = Heading("Groups and items", style);
  for (const fw::Group& group : version.groups()) {
    absl::StrAppend(&out, "  ", Shown(group.name()), "  ",
                    style.Paint(Tone::kFaint, Shown(group.id())), "  ", Shown(group.question()),
                    "\n");
    Table table({{""}, {""}, {""}});
    for (const fw::Item& item : version.items()) {
      if (item.group() == group.id()) {
        table.AddRow({item.code(), item.display_name(), Cell(item.id(), Tone::kFaint)});
      }
    }
    // The first line would be a header without words.
    const std::string rows = table.empty() ? "\n" : table.Render(style, 6);
    absl::StrAppend(&out, rows.substr(rows.find('\n') + 1));
  }
  return out;
}

std::string Scales(const fw::ScoringModel& model, const Style& style) {
  std::string out = Heading("Scales, worst first", style);
  for (const fw::Scale& scale : model.scales()) {
    std::vector<std::string> levels;
    for (const fw::Level& level : scale.levels()) {
      const bool same = level.label().empty() || level.label() == level.id();
      levels.push_back(style.Paint(
          level.rating() == type::v1::RATING_UNSPECIFIED ? Tone::kPlain : ToneOf(level.rating()),
          Shown(same ? level.id() : absl::StrCat(level.id(), " ", level.label()))));
    }
    absl::StrAppend(&out, "  ", Shown(scale.id()), ": ", absl::StrJoin(levels, " < "), "\n");
  }
  return out;
}

std::string Gives(const fw::DecisionTable::Row& row) {
  switch (row.gives_case()) {
    case fw::DecisionTable::Row::kLevel:
      return row.level();
    case fw::DecisionTable::Row::kLowest:
      return "the lowest input";
    case fw::DecisionTable::Row::kUnrated:
      return absl::StrCat("unrated: ", row.unrated().reason());
    default:
      return "nothing";
  }
}

std::string Rows(const fw::DecisionTable& table, int indent, const Style& style) {
  Table out({{"rule"}, {"when"}, {"gives"}});
  for (const fw::DecisionTable::Row& row : table.rows()) {
    out.AddRow({row.id(), row.otherwise() ? "otherwise" : ConditionText(row.when()), Gives(row)});
  }
  return out.Render(style, indent);
}

std::string Bands(const fw::PercentBands& bands) {
  static constexpr const char* kRounding[] = {"?", "half up", "half to even", "down", "up"};
  std::vector<std::string> parts;
  for (const fw::Band& band : bands.bands()) {
    parts.push_back(
        absl::StrCat(band.level(), " ", band.from_percent(), "-", band.to_percent(), " %"));
  }
  const int rounding = bands.rounding();
  return absl::StrCat("      ", Shown(absl::StrJoin(parts, ", ")), "; rounded ",
                      kRounding[rounding >= 0 && rounding <= 4 ? rounding : 0], "\n");
}

std::string Adjustments(const fw::Adjustments& adjustments) {
  std::string out = absl::StrCat("      starts from ", Shown(adjustments.start()), "\n");
  for (const fw::Adjustments::Step& step : adjustments.steps()) {
    absl::StrAppend(&out, "      ", Shown(step.id()), ": ", step.by() > 0 ? "+" : "", step.by(),
                    " when ", Shown(ConditionText(step.when())), "\n");
  }
  return out;
}

std::string MethodOf(const fw::Stage& stage, const Style& style) {
  switch (stage.method_case()) {
    case fw::Stage::kPercentBands:
      return Bands(stage.percent_bands());
    case fw::Stage::kDecisionTable:
      return Rows(stage.decision_table(), 6, style);
    case fw::Stage::kTable:
      return absl::StrCat("      by table ", Shown(stage.table()), "\n");
    case fw::Stage::kAdjustments:
      return Adjustments(stage.adjustments());
    default:
      return "      judged by an assessor\n";
  }
}

template <typename List>
std::string Caps(const List& caps, std::size_t indent, const Style& style) {
  std::string out;
  for (const fw::Cap& cap : caps) {
    absl::StrAppend(&out, std::string(indent, ' '), "cap ",
                    style.Paint(Tone::kWarn, Shown(cap.id())), ": at most ", Shown(cap.at_most()),
                    " when ", Shown(ConditionText(cap.when())),
                    cap.strength() == fw::CAP_STRENGTH_NORMALLY ? " (normally)" : "", "\n");
  }
  return out;
}

std::string StageText(const fw::Stage& stage, const Style& style) {
  std::string out = absl::StrCat(
      "    ", style.Paint(Tone::kStrong, Shown(stage.id())), "  ", Shown(stage.title()), ", ",
      AxesText(stage), ", on scale ", Shown(stage.scale()),
      stage.from().empty() ? "" : absl::StrCat(", from ", absl::StrJoin(stage.from(), ", ")), "\n",
      MethodOf(stage, style));
  if (!stage.cap_sets().empty()) {
    absl::StrAppend(&out, "      caps of ", Shown(absl::StrJoin(stage.cap_sets(), ", ")), "\n");
  }
  return absl::StrCat(out, Caps(stage.caps(), 6, style));
}

std::string Ladders(const fw::ScoringModel& model, const Style& style) {
  std::string out;
  for (const fw::DecisionTable& table : model.tables()) {
    absl::StrAppend(&out, Heading(absl::StrCat("Table ", Shown(table.id())), style),
                    Rows(table, 2, style));
  }
  for (const fw::CapSet& set : model.cap_sets()) {
    absl::StrAppend(&out, Heading(absl::StrCat("Caps ", Shown(set.id())), style),
                    Caps(set.caps(), 2, style));
  }
  for (const fw::Ladder& ladder : model.ladders()) {
    absl::StrAppend(&out, Heading(absl::StrCat("Ladder ", Shown(ladder.id())), style));
    if (!ladder.when().all().empty()) {
      absl::StrAppend(&out, "  when ", Shown(ConditionText(ladder.when())), "\n");
    }
    for (const fw::Stage& stage : ladder.stages()) absl::StrAppend(&out, StageText(stage, style));
  }
  return out;
}

std::string Applicability(const fw::ScoringModel& model, const Style& style) {
  if (model.applicability().empty()) return "";
  std::string out = Heading("Items that apply only where", style);
  for (const fw::Applicability& row : model.applicability()) {
    absl::StrAppend(&out, "  ", Shown(absl::StrJoin(row.items(), ", ")), ": ",
                    Shown(ConditionText(row.when())), "\n");
  }
  return out;
}

std::string Notes(const fw::FrameworkVersion& version, const Style& style) {
  if (version.notes().empty()) return "";
  std::string out = Heading("Notes", style);
  for (const std::string& note : version.notes()) absl::StrAppend(&out, "  - ", Shown(note), "\n");
  return out;
}

// `cqc-saf@2024-12` for `frameworks/cqc-saf/versions/2024-12`.
std::string ShortName(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  return parts.size() == 4 ? absl::StrCat(parts[1], "@", parts[3]) : name;
}

std::string StateText(fw::VersionState state) {
  switch (state) {
    case fw::VERSION_STATE_DRAFT:
      return "draft";
    case fw::VERSION_STATE_PROVEN:
      return "proven";
    case fw::VERSION_STATE_PUBLISHED:
      return "published";
    case fw::VERSION_STATE_SUPERSEDED:
      return "superseded";
    case fw::VERSION_STATE_WITHDRAWN:
      return "withdrawn";
    default:
      return "";
  }
}

}  // namespace

std::string ConditionText(const fw::Condition& condition) {
  if (condition.all().empty()) return "always";
  std::vector<std::string> terms;
  for (const fw::Term& term : condition.all()) terms.push_back(TermText(term));
  return absl::StrJoin(terms, " and ");
}

std::string VersionTable(const std::vector<fw::FrameworkVersion>& versions, const Style& style) {
  Table table({{"version"}, {"name"}, {"from"}, {"before"}, {"state"}, {"digest"}});
  for (const fw::FrameworkVersion& version : versions) {
    table.AddRow({ShortName(version.name()), version.display_name(),
                  version.draft() ? "draft" : DateText(version.effective_from()),
                  DateText(version.effective_before()), StateText(version.state()),
                  Cell(version.digest().substr(0, 12), Tone::kFaint)});
  }
  return table.Render(style);
}

std::string VersionPage(const fw::FrameworkVersion& version, const Style& style) {
  std::string out = absl::StrCat(style.Paint(Tone::kStrong, Shown(ShortName(version.name()))), "  ",
                                 Shown(version.display_name()), "\n");
  const std::string before = DateText(version.effective_before());
  const std::string when =
      version.draft()
          ? "a draft: for what names it"
          : absl::StrCat("for assessments that start from ", DateText(version.effective_from()),
                         before.empty() ? "" : " and before ", before);
  absl::StrAppend(&out, Shown(version.publisher()), ", ", when, "\n");
  if (!version.model_digest().empty()) {
    absl::StrAppend(&out, "model ", Shown(version.model_digest()), "\n");
  }
  absl::StrAppend(&out, GroupTree(version, style), Scales(version.scoring_model(), style),
                  Ladders(version.scoring_model(), style),
                  Applicability(version.scoring_model(), style), Notes(version, style));
  return out;
}

}  // namespace assay::cli
