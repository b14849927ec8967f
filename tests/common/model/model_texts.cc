#include <string>

#include "absl/strings/str_cat.h"

#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

constexpr char kScales[] = R"(
  scales {
    id: "score"
    levels { id: "1" label: "One" } levels { id: "2" label: "Two" }
    levels { id: "3" label: "Three" } levels { id: "4" label: "Four" }
  }
  scales {
    id: "rating"
    levels { id: "inadequate" label: "Inadequate" abbreviation: "I" rating: RATING_INADEQUATE }
    levels { id: "requires-improvement" label: "Requires improvement" abbreviation: "R"
             rating: RATING_REQUIRES_IMPROVEMENT }
    levels { id: "good" label: "Good" abbreviation: "G" rating: RATING_GOOD }
    levels { id: "outstanding" label: "Outstanding" abbreviation: "O" rating: RATING_OUTSTANDING }
  })";

constexpr char kOverallTable[] = R"(
  tables {
    id: "overall"
    rows { id: "two-inadequate" when { all { count { levels: "inadequate" at_least: 2 } } }
           level: "inadequate" }
    rows { id: "one-rated" when { all { rated { at_least: 1 at_most: 1 } } } lowest: true }
    rows { id: "one-inadequate" when { all { count { levels: "inadequate" at_least: 1 } } }
           level: "requires-improvement" }
    rows { id: "two-requires-improvement"
           when { all { count { levels: "requires-improvement" at_least: 2 } } }
           level: "requires-improvement" }
    rows { id: "two-outstanding"
           when { all { count { levels: "outstanding" at_least: 2 } }
                  all { count { levels: "requires-improvement" levels: "inadequate" at_most: 0 } } }
           level: "outstanding" }
    rows { id: "good" otherwise: true level: "good" }
  })";

constexpr char kScoreBands[] = R"(percent_bands {
    rounding: ROUNDING_HALF_UP
    bands { level: "1" from_percent: 0 to_percent: 38 }
    bands { level: "2" from_percent: 39 to_percent: 62 }
    bands { level: "3" from_percent: 63 to_percent: 87 }
    bands { level: "4" from_percent: 88 to_percent: 100 }
  })";

constexpr char kRatingBands[] = R"(percent_bands {
    rounding: ROUNDING_HALF_UP
    bands { level: "inadequate" from_percent: 0 to_percent: 38 }
    bands { level: "requires-improvement" from_percent: 39 to_percent: 62 }
    bands { level: "good" from_percent: 63 to_percent: 87 }
    bands { level: "outstanding" from_percent: 88 to_percent: 100 }
  })";

constexpr char kPrevious[] = R"(fallbacks { previous {
    entries { rating: RATING_OUTSTANDING level: "4" } entries { rating: RATING_GOOD level: "3" }
    entries { rating: RATING_REQUIRES_IMPROVEMENT level: "2" }
    entries { rating: RATING_INADEQUATE level: "1" } } })";

constexpr char kCaps[] = R"(
  caps { id: "limiter.good" at_most: "requires-improvement" strength: CAP_STRENGTH_STRICT
         reason: "A score is 1."
         when { all { outcome { levels: "good" } } all { count { levels: "1" at_least: 1 } } } }
  caps { id: "limiter.outstanding" at_most: "good" strength: CAP_STRENGTH_STRICT
         reason: "A score is 1 or 2."
         when { all { outcome { levels: "outstanding" } } all { lowest_at_most: "2" } } }
  caps { id: "requirement-notice" at_most: "requires-improvement" strength: CAP_STRENGTH_NORMALLY
         reason: "A notice is open."
         when { all { open_action { kinds: "requirement-notice" on_linked_regulation: true } } } }
  caps { id: "enforcement" at_most: "inadequate" strength: CAP_STRENGTH_NORMALLY
         reason: "A warning notice is open."
         when { all { open_action { kinds: "warning-notice" on_linked_regulation: true } } } }
  caps { id: "manager" at_most: "requires-improvement" strength: CAP_STRENGTH_NORMALLY
         reason: "There is no manager."
         when { all { node { names: "led" } } all { sector { names: "adult-social-care" } }
                all { flag: "registered-manager-missing" } } })";

constexpr char kBreach[] = R"(
  caps { id: "breach" at_most: "requires-improvement" strength: CAP_STRENGTH_STRICT
         reason: "A breach is open." when { all { open_action {} } } })";

constexpr char kCatalogue[] = R"(
  groups { id: "safe" name: "Safe" } groups { id: "effective" name: "Effective" }
  groups { id: "caring" name: "Caring" } groups { id: "responsive" name: "Responsive" }
  groups { id: "led" name: "Well-led" }
  sectors { id: "adult-social-care" aliases: "Social Care Org" } sectors { id: "nhs-trust" })";

std::string Items(absl::string_view group, int count) {
  static constexpr const char* kNames[] = {"one", "two", "three", "four", "five", "six", "seven"};
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "items { id: '", group, ".", kNames[i], "' group: '", group,
                    "' display_name: '", group, " ", kNames[i], "' code: '", group.substr(0, 1),
                    i + 1, "' kind: ITEM_KIND_QUALITY_STATEMENT }\n");
  }
  return text;
}

std::string AllItems() {
  return absl::StrCat(Items("safe", 6), Items("effective", 2), Items("caring", 2),
                      Items("responsive", 2), Items("led", 3));
}

std::string Axes(bool service, absl::string_view closed) {
  return absl::StrCat(service ? "per: AXIS_SERVICE " : "",
                      closed.empty() ? "" : absl::StrCat("per: ", closed, " "));
}

std::string ScoreStages(bool service) {
  return absl::StrCat("stages { id: 'statement' scale: 'score' judged {} ",
                      Axes(service, "AXIS_ITEM"), "missing { ", kPrevious, " } }",
                      "stages { id: 'question' scale: 'rating' from: 'statement' ",
                      Axes(service, "AXIS_GROUP"), kRatingBands, kCaps, " }");
}

}  // namespace

framework::v1::FrameworkVersion SmallScores() {
  return ParseVersion(absl::StrCat(
      "name: 'frameworks/small/versions/scores' display_name: 'Small scores'", kCatalogue,
      AllItems(), R"(
      regulation_links { item: "safe.one" regulation: "12" relation: REGULATION_RELATION_DIRECT }
      regulation_links { item: "led.one" regulation: "17" relation: REGULATION_RELATION_DIRECT }
      regulation_links { item: "safe.one" regulation: "18"
                         relation: REGULATION_RELATION_ALSO_CONSIDERED }
      scoring_model { )",
      kScales, kOverallTable, R"(
      ladders { id: "by-service" subject_kinds: SUBJECT_KIND_LOCATION
                when { all { services { at_least: 2 } } } )",
      ScoreStages(true), "stages { id: 'service-overall' scale: 'rating' from: 'question' ",
      Axes(true, ""), "table: 'overall' ", kBreach, R"( }
      stages { id: "overall" title: "Overall" scale: "rating" judged {}
               missing { unrated { reason: "rated-by-service" text: "Each service is rated." } } } }
      ladders { id: "location" subject_kinds: SUBJECT_KIND_LOCATION )",
      ScoreStages(false),
      "stages { id: 'overall' title: 'Overall' scale: 'rating' from: 'question' table: 'overall' ",
      kBreach, R"( } }
      applicability { items: "led.three" when { all { sector { names: "nhs-trust" } } } }
      published_words { word: "Inspected but not rated" reason: "inspected-but-not-rated" } })"));
}

framework::v1::FrameworkVersion SmallJudged() {
  return ParseVersion(
      absl::StrCat("name: 'frameworks/small/versions/judged' display_name: 'Small judged'",
                   kCatalogue, "scoring_model { ", kScales, kOverallTable, R"(
      ladders { id: "location" subject_kinds: SUBJECT_KIND_LOCATION
        stages { id: "question" scale: "rating" per: AXIS_GROUP judged {} }
        stages { id: "overall" scale: "rating" from: "question" table: "overall" } }
      ladders { id: "trust" subject_kinds: SUBJECT_KIND_PROVIDER
        stages { id: "service-question" scale: "rating" per: AXIS_SERVICE per: AXIS_GROUP judged {} }
        stages { id: "service" scale: "rating" per: AXIS_SERVICE from: "service-question"
                 table: "overall" }
        stages { id: "question" scale: "rating" per: AXIS_GROUP from: "service-question"
                 entered: "led" table: "overall"
                 exclusions { nodes: "small-ward" reason: "It is significantly small." } }
        stages { id: "quality" scale: "rating" from: "question" table: "overall" }
        stages { id: "resources" scale: "rating" judged {} }
        stages { id: "combined" scale: "rating" from: "quality" from: "resources"
                 missing { all_required: true }
                 adjustments { start: "quality"
                   steps { id: "resources-down" by: -1
                           when { all { compare { input: "resources" comparison: COMPARISON_LESS
                                                  other: "quality" } } } } } } } })"));
}

framework::v1::FrameworkVersion SmallAuthority() {
  return ParseVersion(absl::StrCat("name: 'frameworks/small/versions/authority'",
                                   "groups { id: 'people' } groups { id: 'support' }",
                                   Items("people", 4), Items("support", 5), "scoring_model { ",
                                   kScales, R"(
      ladders { id: "authority" subject_kinds: SUBJECT_KIND_AREA
        stages { id: "statement" scale: "score" per: AXIS_ITEM judged {} }
        stages { id: "overall" scale: "rating" from: "statement" missing { all_required: true } )",
                                   kRatingBands, " } } }"));
}

framework::v1::FrameworkVersion SmallCategories() {
  return ParseVersion(
      absl::StrCat("name: 'frameworks/small/versions/categories'", kCatalogue, AllItems(), R"(
      categories { id: "people" } categories { id: "staff" } categories { id: "observation" }
      scoring_model { )",
                   kScales, kOverallTable, R"(
      ladders { id: "location" subject_kinds: SUBJECT_KIND_LOCATION
        stages { id: "category" scale: "score" per: AXIS_ITEM per: AXIS_CATEGORY judged {} }
        stages { id: "statement" scale: "score" per: AXIS_ITEM from: "category" )",
                   kScoreBands, "missing { fallbacks { held {} } ", kPrevious, R"( } }
        stages { id: "question" scale: "rating" per: AXIS_GROUP from: "statement" )",
                   kRatingBands, R"( }
        stages { id: "overall" scale: "rating" from: "question" table: "overall" } }
      required_categories { items: "safe.one" categories: "people" categories: "staff"
                            when { all { sector { names: "nhs-trust" } } } } })"));
}

framework::v1::FrameworkVersion SmallStars() { return LoadTestFramework("cms-nursing-home@2021"); }

}  // namespace assay::model
