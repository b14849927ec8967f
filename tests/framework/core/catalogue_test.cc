#include "services/framework/core/catalogue.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/version/load.h"
#include "tests/common/version/sample_version.h"

namespace assay::framework {
namespace {

using version::SampleSource;

Catalogue Sample() {
  version::SourceText newer = SampleSource("sample", "2025");
  newer.text.replace(newer.text.find("year: 2024"), 10, "year: 2025");
  const version::LoadResult loaded =
      version::LoadVersions({newer, SampleSource(), SampleSource("other", "1")});
  EXPECT_TRUE(loaded.problems.empty()) << version::JoinDiagnostics(loaded.problems);
  std::vector<std::shared_ptr<const v1::FrameworkVersion>> versions;
  for (const version::LoadedVersion& one : loaded.versions) versions.push_back(one.version);
  return Catalogue(versions);
}

TEST(CatalogueTest, MakesFrameworksOfTheirVersions) {
  const Catalogue catalogue = Sample();
  ASSERT_EQ(catalogue.frameworks().size(), 2u);
  EXPECT_EQ(catalogue.frameworks()[0].name(), "frameworks/other");
  const v1::Framework* sample = catalogue.FindFramework("frameworks/sample");
  ASSERT_NE(sample, nullptr);
  EXPECT_EQ(sample->display_name(), "Samples");
  EXPECT_EQ(sample->publisher(), "Sampler");
  EXPECT_THAT(sample->versions(), ::testing::ElementsAre("frameworks/sample/versions/2024",
                                                         "frameworks/sample/versions/2025"));
  EXPECT_EQ(catalogue.FindFramework("frameworks/none"), nullptr);
  EXPECT_EQ(catalogue.FindFramework("sample"), nullptr);
}

TEST(CatalogueTest, FindsVersions) {
  const Catalogue catalogue = Sample();
  const CatalogueVersion* found = catalogue.FindVersion("frameworks/sample/versions/2025");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->message().effective_from().year(), 2025);
  EXPECT_EQ(found->index().Item("K1"), &found->message().items(1));
  EXPECT_EQ(catalogue.FindVersion("frameworks/sample/versions/2026"), nullptr);
  EXPECT_EQ(catalogue.versions().size(), 3u);
  EXPECT_EQ(catalogue.VersionsOf("frameworks/sample").size(), 2u);
  EXPECT_TRUE(catalogue.VersionsOf("frameworks/samp").empty());
}

}  // namespace
}  // namespace assay::framework
