#include "services/common/version/rule_words.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/clock/day_proto.h"

namespace assay::version {
namespace {

namespace fw = framework::v1;

template <class Range>
std::string RangeWords(const Range& range) {
  if (range.has_at_least() && range.has_at_most()) {
    if (range.at_least() == range.at_most()) {
      return range.at_least() == 0 ? "none" : absl::StrCat("exactly ", range.at_least());
    }
    return absl::StrCat(range.at_least(), " to ", range.at_most());
  }
  if (range.has_at_least()) return absl::StrCat("at least ", range.at_least());
  return range.at_most() == 0 ? "none" : absl::StrCat("at most ", range.at_most());
}

absl::string_view ComparisonWords(fw::Comparison comparison) {
  switch (comparison) {
    case fw::COMPARISON_EQUAL:
      return "is";
    case fw::COMPARISON_LESS:
      return "is below";
    case fw::COMPARISON_AT_MOST:
      return "is at most";
    case fw::COMPARISON_GREATER:
      return "is above";
    case fw::COMPARISON_AT_LEAST:
      return "is at least";
    default:
      return "is somehow to";
  }
}

std::string AssessedWords(const fw::Term::DateRange& range) {
  std::string words = "assessed";
  if (range.has_from()) absl::StrAppend(&words, " from ", DayWords(range.from(), true));
  if (range.has_before()) absl::StrAppend(&words, " before ", DayWords(range.before(), true));
  return words;
}

std::string ActionWords(const fw::Term::OpenAction& action) {
  return absl::StrCat(
      "an open ",
      action.kinds().empty() ? "regulatory action" : absl::StrJoin(action.kinds(), " or "),
      action.on_linked_regulation() ? " on a linked regulation" : "");
}

}  // namespace

RuleWords::RuleWords(const fw::FrameworkVersion& version) {
  for (const fw::Scale& scale : version.scoring_model().scales()) {
    for (const fw::Level& level : scale.levels()) {
      const std::string& words = level.label().empty() ? level.id() : level.label();
      const auto [place, fresh] = levels_.emplace(level.id(), words);
      if (!fresh && place->second != words) place->second = level.id();
    }
  }
  for (const fw::Group& group : version.groups()) nodes_.emplace(group.id(), group.name());
  for (const fw::Item& item : version.items()) nodes_.emplace(item.id(), item.display_name());
}

std::string RuleWords::Level(const std::string& id) const {
  const auto found = levels_.find(id);
  return found == levels_.end() ? id : found->second;
}

std::string RuleWords::Node(const std::string& id) const {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? id : found->second;
}

template <class Ids>
std::string RuleWords::Levels(const Ids& ids) const {
  std::vector<std::string> words;
  for (const std::string& id : ids) words.push_back(Level(id));
  return absl::StrJoin(words, " or ");
}

template <class Ids>
std::string RuleWords::Nodes(const Ids& ids) const {
  std::vector<std::string> words;
  for (const std::string& id : ids) words.push_back(Node(id));
  return absl::StrJoin(words, " or ");
}

std::string RuleWords::Of(const fw::Term& term) const {
  switch (term.term_case()) {
    case fw::Term::kCount:
      return absl::StrCat(RangeWords(term.count()), " of ", Levels(term.count().levels()));
    case fw::Term::kRated:
      return absl::StrCat(RangeWords(term.rated()), " rated");
    case fw::Term::kLowestAtMost:
      return absl::StrCat("the lowest is ", Level(term.lowest_at_most()), " or below");
    case fw::Term::kOutcome:
      return absl::StrCat("the outcome is ", Levels(term.outcome().levels()));
    case fw::Term::kNode:
      return absl::StrCat("it is ", Nodes(term.node().names()));
    case fw::Term::kCompare: {
      const fw::Term::Compare& compare = term.compare();
      const bool other = compare.right_case() == fw::Term::Compare::kOther;
      return absl::StrCat(Node(compare.input()), " ", ComparisonWords(compare.comparison()), " ",
                          other ? Node(compare.other()) : Level(compare.level()));
    }
    case fw::Term::kOpenAction:
      return ActionWords(term.open_action());
    case fw::Term::kFlag:
      return absl::StrCat("the flag ", term.flag());
    case fw::Term::kSector:
      return absl::StrCat("the sector is ", absl::StrJoin(term.sector().names(), " or "));
    case fw::Term::kAssessed:
      return AssessedWords(term.assessed());
    case fw::Term::kServices:
      return absl::StrCat(RangeWords(term.services()), " services");
    default:
      return absl::StrCat("{ ", term.ShortDebugString(), " }");
  }
}

std::string RuleWords::Of(const fw::Condition& condition) const {
  if (condition.all().empty()) return "always";
  std::vector<std::string> terms;
  for (const fw::Term& term : condition.all()) terms.push_back(Of(term));
  return absl::StrJoin(terms, " and ");
}

std::string RuleWords::Of(const fw::DecisionTable::Row& row) const {
  std::string gives = "nothing";
  if (row.gives_case() == fw::DecisionTable::Row::kLevel) gives = Level(row.level());
  if (row.gives_case() == fw::DecisionTable::Row::kLowest) gives = "the lowest";
  if (row.gives_case() == fw::DecisionTable::Row::kUnrated) {
    gives = absl::StrCat("unrated (", row.unrated().reason(), ")");
  }
  return row.otherwise() ? absl::StrCat("otherwise ", gives)
                         : absl::StrCat(gives, " where ", Of(row.when()));
}

std::string RuleWords::Of(const fw::Band& band) const {
  return absl::StrCat(Level(band.level()), " from ", band.from_percent(), " to ", band.to_percent(),
                      " %");
}

std::string RuleWords::Of(const fw::Adjustments::Step& step) const {
  return absl::StrCat(step.by() < 0 ? "down" : "up", " by ", std::abs(step.by()), " where ",
                      Of(step.when()));
}

std::string RuleWords::Of(const fw::Cap& cap) const {
  return absl::StrCat("at most ", Level(cap.at_most()), " where ", Of(cap.when()),
                      cap.strength() == fw::CAP_STRENGTH_NORMALLY ? " (normally)" : "");
}

std::string RuleWords::Of(const fw::Scale& scale) const {
  std::vector<std::string> levels;
  for (const fw::Level& level : scale.levels()) {
    const bool same = level.label().empty() || level.label() == level.id();
    levels.push_back(same ? level.id() : absl::StrCat(level.id(), " ", level.label()));
  }
  return absl::StrJoin(levels, " < ");
}

std::string RoundingWords(fw::Rounding rounding) {
  switch (rounding) {
    case fw::ROUNDING_HALF_UP:
      return "a half up";
    case fw::ROUNDING_HALF_EVEN:
      return "a half to even";
    case fw::ROUNDING_DOWN:
      return "down";
    case fw::ROUNDING_UP:
      return "up";
    default:
      return "no way";
  }
}

std::string DayWords(const type::v1::Date& date, bool set) {
  if (!set) return "no day";
  const absl::StatusOr<clock::Day> day = clock::DayFromProto(date);
  return day.ok() ? day->ToString() : "no day of the calendar";
}

}  // namespace assay::version
