// Runs the examples of clients/examples against real services: each reads a rating, then sees a
// change of another location in the watched area.

#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

using ::testing::HasSubstr;

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class ExamplesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<Suite>> started = Suite::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    suite_ = *std::move(started);
    AddArea(*suite_, "icb.QE1");
    Register(*suite_, NewLocation("1-401", {"icb.QE1"}));
    const auto other = Register(*suite_, NewLocation("1-402", {"icb.QE1"}));
    const auto scored = Judge(*suite_, "1-401", Score(kLearning, 3, Day("2025-03-01")));
    Rate(*suite_, RatingOf("1-401", {scored.revision(), other.revision()}));
  }

  // The whole of what an example does.
  void ReadsThenWatches(const std::vector<std::string>& program,
                        const std::vector<std::string>& environment = {}) {
    ProcessOptions options;
    options.command = program;
    options.environment = environment;
    for (const std::string& each : {suite_->scoring().address(), std::string("1-401"),
                                    std::string("icb.QE1"), std::string("1")}) {
      options.command.push_back(each);
    }
    auto example = Process::Start(options);
    ASSERT_TRUE(example.ok()) << example.status();
    const auto watching = (*example)->ReadLineWith("watching", kPatience);
    ASSERT_TRUE(watching.ok()) << watching.status();
    EXPECT_EQ(*watching, "watching areas/icb.QE1: 2 locations");
    EXPECT_THAT((*example)->said(), HasSubstr("locations/1-401 House 1-401: Good\n"));
    EXPECT_THAT((*example)->said(), HasSubstr("  safe: Good, 75 %\n"));
    EXPECT_THAT((*example)->said(), HasSubstr("  caring: unrated ("));

    Judge(*suite_, "1-402", Score(kLearning, 1, Day("2025-03-01")));
    const auto change = (*example)->ReadLineWith("1-402", kPatience);
    ASSERT_TRUE(change.ok()) << change.status();
    EXPECT_EQ(*change, "locations/1-402 House 1-402: Inadequate");
    const absl::StatusOr<int> code = (*example)->Finish(kPatience);
    ASSERT_TRUE(code.ok()) << code.status();
    EXPECT_EQ(*code, 0) << (*example)->said();
  }

  std::unique_ptr<Suite> suite_;
};

TEST_F(ExamplesTest, Cpp) { ReadsThenWatches({Program("assay-example-watch")}); }

TEST_F(ExamplesTest, Python) {
  // Debian's own Python, for which python3-grpcio is made.
  ReadsThenWatches({"/usr/bin/python3", Source("clients/examples/python/watch_area.py")},
                   {absl::StrCat("PYTHONPATH=", FromEnvironment("ASSAY_PYTHON_STUBS"))});
}

TEST_F(ExamplesTest, TypeScript) {
  const std::string program = Source("clients/examples/typescript/dist/watch_area.js");
  if (FromEnvironment("ASSAY_TYPESCRIPT") != "1") {
    GTEST_SKIP() << "built and run by .ci/run --only typescript, which needs npm";
  }
  ReadsThenWatches({"node", program});
}

}  // namespace
}  // namespace assay::integration
