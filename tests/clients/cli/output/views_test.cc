// What people see of answers: ratings, areas, framework versions, and the same as JSON.

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

#include "clients/cli/output/area_view.h"
#include "clients/cli/output/framework_view.h"
#include "clients/cli/output/json.h"
#include "clients/cli/output/override_view.h"
#include "clients/cli/output/rating_view.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <class Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

constexpr char kRating[] = R"pb(
  name: "locations/1-102/rating"
  subject: "locations/1-102"
  display_name: "Rose House"
  framework_version: "frameworks/cqc-saf/versions/2024-12"
  valid_from { year: 2025 month: 1 day: 6 }
  outcome { scale: "rating" level: 3 label: "Good" }
  rating: RATING_GOOD
  origin: OUTCOME_ORIGIN_COMPUTED
  rule: "good"
  groups {
    group: "safe"
    display_name: "Safe"
    outcome { scale: "rating" level: 2 label: "Requires improvement" }
    rating: RATING_REQUIRES_IMPROVEMENT
    origin: OUTCOME_ORIGIN_COMPUTED
    points { numerator: 23 denominator: 32 }
    percent: 72
    items_rated: 8
    items_total: 8
    rule: "good"
    limiter: "limiter.good"
  }
  groups {
    group: "caring"
    display_name: "Caring"
    unrated { reason: "too-few-inputs" }
  }
  warnings {
    code: "given-differs-from-computed"
    node { group: "safe" }
    text: "The published rating differs."
  })pb";

TEST(RatingPage, ShowsOverallGroupsAndWarnings) {
  EXPECT_EQ(
      RatingPage(Parse<scoring::v1::Rating>(kRating), Style(false)),
      "locations/1-102  Rose House\n"
      "overall  Good  by good\n"
      "\n"
      "key question  rating                points   %  scored  rule  limited by    note\n"
      "Safe          Requires improvement   23/32  72     8/8  good  limiter.good\n"
      "Caring        Unrated                                                       too few inputs\n"
      "\n"
      "note safe: The published rating differs.\n"
      "\n"
      "holds from 2025-01-06\n"
      "method frameworks/cqc-saf/versions/2024-12\n");
}

TEST(RatingPage, SaysWhyThereIsNoRating) {
  const auto rating = Parse<scoring::v1::Rating>(
      R"pb(subject: "locations/1-103"
           deregistered: true
           unrated { reason: "no-judgements" text: "No judgement is effective." })pb");
  EXPECT_EQ(RatingPage(rating, Style(false)),
            "locations/1-103  deregistered\noverall  Unrated  (No judgement is effective.)\n\n");
}

TEST(RatingPage, ShowsServicesAndItems) {
  const auto rating = Parse<scoring::v1::Rating>(
      R"pb(subject: "locations/1-104"
           unrated { reason: "rated-by-service" }
           services {
             service: "homecare"
             outcome { scale: "rating" level: 3 label: "Good" }
             groups {
               group: "safe"
               outcome { label: "Good" }
             }
           }
           items {
             item: "safe.safeguarding"
             outcome { scale: "score" level: 3 label: "Good standard" }
             origin: OUTCOME_ORIGIN_CARRIED_FORWARD
           })pb");
  const std::string page = RatingPage(rating, Style(false));
  EXPECT_THAT(page, HasSubstr("\nhomecare  Good\n  key question  rating\n  safe          Good\n"));
  EXPECT_THAT(page, HasSubstr("safe.safeguarding  3  Good standard  carried forward\n"));
}

TEST(RatingPage, LetsNoServiceControlTheTerminal) {
  const auto rating = Parse<scoring::v1::Rating>(R"pb(subject: "locations/1"
                                                      display_name: "\033[2J"
                                                      unrated { text: "\007" })pb");
  EXPECT_THAT(RatingPage(rating, Style(false)), Not(HasSubstr("\x1b")));
  EXPECT_THAT(RatingPage(rating, Style(false)), Not(HasSubstr("\x07")));
}

TEST(ExplanationPage, ShowsSentencesInputsAndSteps) {
  scoring::v1::ExplainRatingResponse answer = Parse<scoring::v1::ExplainRatingResponse>(
      R"pb(explanation: "Safe: 5 of 8 points is 63 %."
           derivation {
             inputs {
               node { stage: "statement" item: "safe.safeguarding" }
               outcome { scale: "score" level: 4 label: "Exceptional standard" }
               counter: 17
               origin: OUTCOME_ORIGIN_ASSESSED
             }
             steps {
               node { stage: "key-question" group: "safe" }
               numerator: 5
               denominator: 8
               percent: 63
               inputs_rated: 2
               inputs_total: 8
               rule: "good"
               outcome { label: "Requires improvement" }
               caps {
                 cap: "limiter.good"
                 applies: true
                 bound: true
                 outcome_without { label: "Good" }
               }
               caps { cap: "limiter.outstanding" }
             }
           })pb");
  *answer.mutable_rating() = Parse<scoring::v1::Rating>(kRating);
  const std::string page = ExplanationPage(answer, Style(false));
  EXPECT_THAT(page, HasSubstr("- Safe: 5 of 8 points is 63 %.\n"));
  EXPECT_THAT(page, HasSubstr("0  safe.safeguarding  4  Exceptional standard  assessed      17\n"));
  EXPECT_THAT(page, HasSubstr("key-question  safe     5/8  63     2/8  good  Requires improvement  "
                              "limiter.good (bound, without it Good)\n"));
  EXPECT_THAT(page, Not(HasSubstr("limiter.outstanding")));
}

TEST(OverrideText, SaysWhoDecidedAndWhy) {
  auto one = Parse<evidence::v1::Override>(R"pb(
    name: "locations/1-102/overrides/x"
    node { stage: "key-question" group: "safe" }
    from { scale: "rating" level: 3 label: "Good" }
    unrated { reason: "under-review" text: "Under review" }
    rationale: "Two deaths.\n\nSince the \033visit."
    quality_control_reference: "QC-17"
    decided_by: "The panel"
    effective_date { year: 2025 month: 3 day: 1 })pb");
  EXPECT_EQ(OverrideText(one, Style(false)),
            "\noverride of safe: Good to unrated, Under review, from 2025-03-01\n"
            "  Two deaths.\n"
            "  Since the \\x1bvisit.\n"
            "  quality control QC-17\n"
            "  decided by The panel\n"
            "  record locations/1-102/overrides/x\n");
  // The longest rationale is shown whole, in lines.
  one.set_rationale("");
  for (int word = 0; word < 2000; ++word) one.mutable_rationale()->append("why now ");
  const std::string text = OverrideText(one, Style(false));
  EXPECT_THAT(text, HasSubstr("why now why now"));
  std::size_t words = 0;
  for (std::size_t at = text.find("why"); at != std::string::npos; at = text.find("why", at + 1)) {
    ++words;
  }
  EXPECT_EQ(words, 2000u);
  one.mutable_erased_time()->set_seconds(1);
  one.clear_from();
  EXPECT_THAT(OverrideText(one, Style(false)),
              ::testing::AllOf(HasSubstr("no outcome to unrated"), HasSubstr("was erased"),
                               Not(HasSubstr("why"))));
}

TEST(WatchLine, IsALineAChange) {
  scoring::v1::WatchRatingsResponse event;
  *event.mutable_rating() = Parse<scoring::v1::Rating>(kRating);
  EXPECT_EQ(WatchLine(event, Style(false)), "locations/1-102  Good  by good  since 2025-01-06\n");
  event.set_left("locations/1-102/rating");
  EXPECT_EQ(WatchLine(event, Style(false)), "locations/1-102/rating  left\n");
  event.mutable_caught_up()->set_token("x");
  EXPECT_EQ(WatchLine(event, Style(false)), "");
}

constexpr char kArea[] = R"pb(
  name: "areas/icb.QHL"
  display_name: "Birmingham and Solihull"
  effective_date { year: 2026 month: 1 day: 31 }
  existed: true
  locations: 10
  rated: 8
  ratings { rating: RATING_INADEQUATE count: 0 }
  ratings { rating: RATING_REQUIRES_IMPROVEMENT count: 2 }
  ratings { rating: RATING_GOOD count: 6 }
  ratings { rating: RATING_OUTSTANDING count: 0 }
  unrated { reason: "no-judgements" count: 2 }
  groups {
    group: "safe"
    display_name: "Safe"
    ratings { rating: RATING_REQUIRES_IMPROVEMENT count: 3 }
    ratings { rating: RATING_GOOD count: 5 }
    unrated: 2
  })pb";

TEST(AreaPage, DrawsCountsBestFirst) {
  EXPECT_EQ(AreaPage(Parse<scoring::v1::AreaSummary>(kArea), Style(false), 40),
            "areas/icb.QHL  Birmingham and Solihull  on 2026-01-31\n"
            "10 locations, 8 of them rated\n"
            "\n"
            "Outstanding                0    0%\n"
            "Good                       6   60% \u2588\u2588\u2588\u2588\u2588\u2588\n"
            "Requires improvement       2   20% \u2588\u2588\n"
            "Inadequate                 0    0%\n"
            "No judgements              2   20% \u2588\u2588\n"
            "\n"
            "key question  Good  Requires improvement  Unrated\n"
            "Safe             5                     3        2\n");
}

TEST(AreaPage, NamesSuccessorsOfAnAreaThatIsGone) {
  const auto summary = Parse<scoring::v1::AreaSummary>(R"pb(name: "areas/icb.QM7"
                                                            successors: "areas/icb.S1Y5D"
                                                            successors: "areas/icb.QH8")pb");
  EXPECT_EQ(AreaPage(summary, Style(false), 80),
            "areas/icb.QM7\ndid not exist on that day; taken over by areas/icb.S1Y5D, "
            "areas/icb.QH8\n");
}

TEST(ConditionText, ReadsAsWords) {
  const struct {
    const char* condition;
    const char* words;
  } kCases[] = {
      {"", "always"},
      {R"pb(all { count { levels: "a" levels: "b" at_least: 2 } })pb", "at least 2 of a or b"},
      {R"pb(all { rated { at_least: 1 at_most: 1 } })pb", "exactly 1 rated"},
      {R"pb(all { rated { at_least: 1 at_most: 3 } }
            all { flag: "f" })pb",
       "1 to 3 rated and flag f"},
      {R"pb(all { open_action {} })pb", "an open action of any kind"},
      {R"pb(all { open_action { kinds: "warning-notice" on_linked_regulation: true } })pb",
       "an open warning-notice on a linked regulation"},
      {R"pb(all { sector { names: "x" } })pb", "sector is x"},
      {R"pb(all { compare { input: "q" comparison: COMPARISON_AT_LEAST level: "4" } })pb",
       "q is at least 4"},
      {R"pb(all { assessed { from { year: 2024 month: 1 day: 2 } } })pb",
       "assessed from 2024-01-02"},
  };
  for (const auto& each : kCases) {
    EXPECT_EQ(ConditionText(Parse<framework::v1::Condition>(each.condition)), each.words);
  }
}

TEST(ToJson, WritesProtobufJson) {
  const auto rating = Parse<scoring::v1::Rating>(
      R"pb(framework_version: "v" subject_counter: 5 partition: 3 derivation_digest: "\001")pb");
  EXPECT_EQ(ToJson(rating, JsonLayout::kLine),
            "{\"frameworkVersion\":\"v\",\"partition\":3,\"subjectCounter\":\"5\","
            "\"derivationDigest\":\"AQ==\"}\n");
  EXPECT_THAT(ToJson(rating, JsonLayout::kIndented), HasSubstr("\n \"frameworkVersion\": \"v\""));
}

}  // namespace
}  // namespace assay::cli
