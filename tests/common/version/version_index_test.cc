#include "services/common/version/version_index.h"

#include "gtest/gtest.h"

#include "services/common/version/load.h"
#include "tests/common/version/sample_version.h"

namespace assay::version {
namespace {

TEST(VersionIndexTest, FindsPartsByExactIds) {
  const LoadResult loaded = LoadVersions({SampleSource()});
  ASSERT_EQ(loaded.versions.size(), 1u);
  const framework::v1::FrameworkVersion& version = *loaded.versions[0].version;
  const VersionIndex index(version);
  for (const char* key : {"kind.words", "K1", "2"})
    EXPECT_EQ(index.Item(key), &version.items(1)) << key;
  for (const char* key : {"", "k1", "Words", "3"}) EXPECT_EQ(index.Item(key), nullptr) << key;
  EXPECT_EQ(index.Group("kind"), &version.groups(1));
  EXPECT_EQ(index.Group("Kind"), nullptr);
  EXPECT_EQ(index.Category("observation"), &version.categories(0));
  EXPECT_EQ(index.Category("processes"), nullptr);
}

}  // namespace
}  // namespace assay::version
