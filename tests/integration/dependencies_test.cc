// A service names in its health what it depends on, blames nobody else for what is away, and goes
// on with what needs it not.

#include "tests/integration/dependencies.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "tests/common/server/raw_call.h"
#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

constexpr char kHome[] = "1-700";

class DependenciesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SuiteOptions options;
    options.redis = false;
    absl::StatusOr<std::unique_ptr<Suite>> started = Suite::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    suite_ = *std::move(started);
  }

  // Health and metrics agree that the dependency is reached, or not.
  static void Says(const Server& server, const std::string& dependency, bool reached) {
    EXPECT_TRUE(AwaitDependency(server, dependency, reached)) << dependency << server.Log();
    EXPECT_TRUE(test::WaitForHealth(server.channel(), absl::StrCat("dependency/", dependency),
                                    reached ? test::Health::kServing : test::Health::kNotServing))
        << dependency;
  }

  static void Serves(const Server& server, const std::string& service) {
    for (const std::string& entry : {std::string(), service}) {
      EXPECT_TRUE(test::WaitForHealth(server.channel(), entry, test::Health::kServing)) << entry;
    }
  }

  std::unique_ptr<Suite> suite_;
};

TEST_F(DependenciesTest, AFrameworkThatIsAwayIsNamedAndStopsNothingElse) {
  Register(*suite_, NewLocation(kHome));
  const auto judged = Judge(*suite_, kHome, Score(kLearning, 3, Day("2025-01-01")));
  Says(suite_->evidence(), "store", true);
  Says(suite_->evidence(), "framework", true);
  Says(suite_->scoring(), "evidence", true);
  Says(suite_->scoring(), "framework", true);

  ASSERT_EQ(*suite_->framework().Stop(), 0);
  Says(suite_->evidence(), "framework", false);
  Says(suite_->scoring(), "framework", false);
  Says(suite_->evidence(), "store", true);
  Says(suite_->scoring(), "evidence", true);
  Serves(suite_->evidence(), evidence::v1::RecordService::service_full_name());
  Serves(suite_->scoring(), scoring::v1::RatingService::service_full_name());
  // Reads, and writes that name no method, go on.
  evidence::v1::GetJudgementRequest request;
  request.set_name(judged.name());
  EXPECT_TRUE(
      Ask(suite_->record(), &evidence::v1::RecordService::Stub::GetJudgement, request).ok());
  const auto other = Register(*suite_, NewLocation("1-701"));
  EXPECT_EQ(Overall(Rate(*suite_, RatingOf(kHome, {judged.revision(), other.revision()}))), "Good");

  ASSERT_TRUE(suite_->framework().Start().ok()) << suite_->framework().Log();
  Says(suite_->evidence(), "framework", true);
  Says(suite_->scoring(), "framework", true);
}

TEST_F(DependenciesTest, ScoringThatStartsWithoutTheFrameworkBlamesNobodyElse) {
  Register(*suite_, NewLocation(kHome));
  const auto judged = Judge(*suite_, kHome, Score(kLearning, 3, Day("2025-01-01")));
  ASSERT_EQ(*suite_->scoring().Stop(), 0);
  ASSERT_EQ(*suite_->framework().Stop(), 0);
  ASSERT_TRUE(suite_->scoring().Start().ok()) << suite_->scoring().Log();
  Says(suite_->scoring(), "framework", false);
  Says(suite_->scoring(), "evidence", true);

  suite_->evidence().Kill();
  Says(suite_->scoring(), "evidence", false);

  ASSERT_TRUE(suite_->evidence().Start().ok()) << suite_->evidence().Log();
  ASSERT_TRUE(suite_->framework().Start().ok()) << suite_->framework().Log();
  Says(suite_->scoring(), "framework", true);
  Says(suite_->scoring(), "evidence", true);
  EXPECT_EQ(Overall(Rate(*suite_, RatingOf(kHome, {judged.revision()}))), "Good");
}

}  // namespace
}  // namespace assay::integration
