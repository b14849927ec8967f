#include "services/common/version/rule_words.h"

#include <cstdlib>
#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

#include "tests/common/version/sample_version.h"

namespace assay::version {
namespace {

namespace fw = framework::v1;

fw::FrameworkVersion Sample() {
  std::vector<Diagnostic> faults;
  auto parsed = ParseVersionText(SampleSource(), &faults);
  if (!parsed) std::abort();
  return parsed->version;
}

std::string WordsOf(const std::string& condition) {
  fw::Condition parsed;
  if (!google::protobuf::TextFormat::ParseFromString(condition, &parsed)) std::abort();
  return RuleWords(Sample()).Of(parsed);
}

TEST(RuleWordsTest, EveryTermHasWords) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "always"},
      {"all { count { levels: '1' at_least: 2 } }", "at least 2 of Poor"},
      {"all { count { levels: '1' levels: '2' at_most: 0 } }", "none of Poor or Fine"},
      {"all { count { levels: '2' at_least: 1 at_most: 3 } }", "1 to 3 of Fine"},
      {"all { rated { at_least: 2 at_most: 2 } }", "exactly 2 rated"},
      {"all { lowest_at_most: '1' }", "the lowest is Poor or below"},
      {"all { outcome { levels: '2' } }", "the outcome is Fine"},
      {"all { node { names: 'warm' names: 'kind.words' } }", "it is Warm or Words"},
      {"all { compare { input: 'warm' comparison: COMPARISON_GREATER other: 'kind' } }",
       "Warm is above Kind"},
      {"all { compare { input: 'warm' comparison: COMPARISON_AT_MOST level: '1' } }",
       "Warm is at most Poor"},
      {"all { open_action { kinds: 'warning-notice' on_linked_regulation: true } }",
       "an open warning-notice on a linked regulation"},
      {"all { open_action {} }", "an open regulatory action"},
      {"all { flag: 'registered-manager-missing' }", "the flag registered-manager-missing"},
      {"all { sector { names: 'care-home' } }", "the sector is care-home"},
      {"all { assessed { from { year: 2024 month: 1 day: 2 } } }", "assessed from 2024-01-02"},
      {"all { services { at_least: 2 } } all { flag: 'a' }", "at least 2 services and the flag a"},
  };
  for (const auto& [condition, want] : cases) EXPECT_EQ(WordsOf(condition), want) << condition;
}

TEST(RuleWordsTest, ALevelThatScalesDisagreeOnGoesByItsId) {
  fw::FrameworkVersion version = Sample();
  fw::Scale* scale = version.mutable_scoring_model()->add_scales();
  scale->set_id("stars");
  scale->add_levels()->set_id("1");
  scale->mutable_levels(0)->set_label("One star");
  const RuleWords words(version);
  EXPECT_EQ(words.Level("1"), "1");
  EXPECT_EQ(words.Level("2"), "Fine");
  EXPECT_EQ(words.Level("none"), "none");
  EXPECT_EQ(words.Of(version.scoring_model().scales(0)), "1 Poor < 2 Fine");
}

}  // namespace
}  // namespace assay::version
