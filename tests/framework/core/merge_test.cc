#include "services/framework/core/merge.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// `2024 superseded` of each, in the catalogue's order.
std::vector<std::string> StatesOf(const Catalogue& catalogue) {
  std::vector<std::string> states;
  for (const auto& version : catalogue.versions()) {
    const std::string& name = version->message().name();
    std::string state = v1::VersionState_Name(version->message().state());
    states.push_back(name.substr(name.rfind('/') + 1) + " " + state.substr(14));
  }
  return states;
}

TEST(MergeTest, AllButTheLastPublishedAreSuperseded) {
  const auto merged =
      MergeCatalogue({Served(SampleVersion("2024", 2024)), Served(SampleVersion("2022", 2022))},
                     {Served(SampleVersion("2025", 2025)),
                      Served(SampleVersion("2026", 2026), v1::VERSION_STATE_DRAFT)});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_THAT(StatesOf(**merged),
              ElementsAre("2022 SUPERSEDED", "2024 SUPERSEDED", "2025 PUBLISHED", "2026 DRAFT"));
}

TEST(MergeTest, AWithdrawnVersionSupersedesNothing) {
  const auto merged =
      MergeCatalogue({Served(SampleVersion("2024", 2024))},
                     {Served(SampleVersion("2025", 2025), v1::VERSION_STATE_WITHDRAWN)});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_THAT(StatesOf(**merged), ElementsAre("2024 PUBLISHED", "2025 WITHDRAWN"));
}

TEST(MergeTest, TheStoreWithdrawsWhatWasShipped) {
  HeldVersion held = Held(SampleVersion(), v1::VERSION_STATE_WITHDRAWN);
  held.withdraw_reason = "why";
  const auto merged = MergeCatalogue({Served(SampleVersion())}, {*Serve(held)});
  ASSERT_TRUE(merged.ok()) << merged.status();
  const CatalogueVersion* version = (*merged)->FindVersion("frameworks/sample/versions/2024");
  ASSERT_NE(version, nullptr);
  EXPECT_EQ(version->message().state(), v1::VERSION_STATE_WITHDRAWN);
  EXPECT_EQ(version->message().withdraw_reason(), "why");
}

TEST(MergeTest, APublishedContentIsNotReplacedByAShippedOne) {
  v1::FrameworkVersion other = SampleVersion();
  other.set_display_name("Another");
  const auto merged = MergeCatalogue({Served(SampleVersion())}, {Served(other)});
  EXPECT_EQ(merged.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(merged.status().message()),
              HasSubstr("a published version never changes"));
  // A draft of that name never was in use.
  EXPECT_TRUE(
      MergeCatalogue({Served(SampleVersion())}, {Served(other, v1::VERSION_STATE_DRAFT)}).ok());
}

}  // namespace
}  // namespace assay::framework
