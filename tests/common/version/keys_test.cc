#include "services/common/version/keys.h"

#include "gtest/gtest.h"

namespace assay::version {
namespace {

TEST(KeysTest, FoldWhatPublishedDataSpellsInManyWays) {
  EXPECT_EQ(FoldCase(" Person-centred Care "), "person-centred care");
  EXPECT_EQ(FoldCase("people\u2019s"), "people's");
  EXPECT_NE(FoldCase("a-b"), FoldCase("a b"));
  EXPECT_EQ(FoldSector("ADULT_SOCIAL_CARE"), "adult social care");
  EXPECT_EQ(FoldSector("Adult social-care"), "adult social care");
}

}  // namespace
}  // namespace assay::version
