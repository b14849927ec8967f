#include "services/common/model/derive.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/digest/canonical.h"
#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DeriveTest : public ::testing::Test {
 protected:
  DeriveTest() : subject_({MustCompile(SmallScores()), MustCompile(SmallJudged())}) {
    subject_.Judge("led", 3, "2019-01-01", Status::kAssessed, 1);
    subject_.Judge("safe.one", 4).Judge("safe.two", 1).Judge("safe.three", 4);
    subject_.Sector("adult-social-care").Open(1, "12");
  }

  scoring::v1::Derivation Make() {
    auto derivation = Derive(subject_.Rate(), subject_.state());
    EXPECT_TRUE(derivation.ok()) << derivation.status();
    return *derivation;
  }

  Subject subject_;
};

TEST_F(DeriveTest, NamesFactsInputsAndSteps) {
  const scoring::v1::Derivation derivation = Make();
  EXPECT_EQ(derivation.subject(), "locations/1-1");
  EXPECT_EQ(derivation.ladder(), "location");
  EXPECT_EQ(derivation.as_of().effective_date().year(), 2025);
  ASSERT_EQ(derivation.facts_size(), 2);
  EXPECT_EQ(derivation.facts(0).sector(), "adult-social-care");
  EXPECT_EQ(derivation.facts(1).action().kind(), "breach");
  // Three scores, then two carried forward from the older version; led.three does not apply.
  ASSERT_EQ(derivation.inputs_size(), 5);
  EXPECT_EQ(derivation.inputs(3).node().item(), "led.one");
  EXPECT_EQ(derivation.inputs(3).framework_version(), "frameworks/small/versions/judged");
  EXPECT_EQ(derivation.inputs(3).counter(), 0);
  ASSERT_EQ(derivation.steps_size(), 6);  // five groups, two of them rated, and the overall
  const auto& safe = derivation.steps(0);
  EXPECT_THAT(safe.input_refs(), ElementsAre(0, 1, 2));
  EXPECT_EQ(safe.numerator(), 9);
  EXPECT_EQ(safe.percent(), 75);
  EXPECT_EQ(safe.method_outcome().level(), 3);
  EXPECT_EQ(safe.outcome().level(), 2);
  ASSERT_EQ(safe.caps_size(), 5);
  EXPECT_TRUE(safe.caps(0).bound());
  EXPECT_EQ(safe.caps(0).outcome_without().level(), 3);
  EXPECT_EQ(safe.caps(0).overall_without().level(), 2) << "the breach holds it still";
  const auto& overall = derivation.steps(5);
  EXPECT_THAT(overall.input_refs(), ElementsAre(5, 9));  // the steps of safe and led
  EXPECT_EQ(overall.outcome().level(), 2);
  EXPECT_EQ(overall.overall_without_any_cap().level(), 3);
}

TEST_F(DeriveTest, TheDigestIsOverTheRestAndFixed) {
  scoring::v1::Derivation derivation = Make();
  const std::string digest = derivation.digest();
  derivation.clear_digest();
  EXPECT_EQ(digest::DigestOf("assay.derivation.v1", derivation)->bytes(), digest);
  EXPECT_EQ(absl::BytesToHexString(digest),
            "d2bded9433dc54d3637d8e4ab33f4f0409fd5d3132e7a520d2845317707d9a3a");
}

TEST_F(DeriveTest, IsTheSameOnEveryDayOfItsValidity) {
  const std::string digest = Make().digest();
  auto later = Derive(subject_.Rate("2025-12-01"), subject_.state());
  ASSERT_TRUE(later.ok());
  EXPECT_EQ(later->digest(), digest);
  subject_.Judge("safe.four", 4);
  EXPECT_NE(Make().digest(), digest);
}

TEST_F(DeriveTest, ExplainsInTheModelsWords) {
  const std::string text = absl::StrJoin(Explain(subject_.Rate(), subject_.state()), "\n");
  EXPECT_THAT(text,
              HasSubstr("Safe: 9 of 12 points from 3 of 6 scored, 75 %; 63 to 87 % is Good."));
  EXPECT_THAT(text,
              HasSubstr("Safe: limited to Requires improvement by limiter.good. A score is 1."));
  EXPECT_THAT(text, HasSubstr("carried forward from the rating of 2019-01-01"));
  EXPECT_THAT(text, HasSubstr("Caring: not rated (no-judgements)."));
  EXPECT_THAT(text, HasSubstr("Overall: Good by rule good (no rule before holds), from 1 Good, "
                              "1 Requires improvement, 3 not rated."));
  EXPECT_THAT(text, HasSubstr("Without any limit the overall would be Good."));
}

TEST_F(DeriveTest, NothingToRate) {
  auto derivation = Derive(subject_.Rate("2000-01-01"), subject_.state());
  ASSERT_TRUE(derivation.ok());
  EXPECT_EQ(derivation->steps_size(), 0);
  EXPECT_THAT(Explain(subject_.Rate("2000-01-01"), subject_.state()),
              ElementsAre(HasSubstr("No judgement is effective")));
}

}  // namespace
}  // namespace assay::model
