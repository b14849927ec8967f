#include "services/common/text/spelling.h"

#include "gtest/gtest.h"

namespace assay::text {
namespace {

TEST(SpellingTest, FoldWhatPublishedDataSpellsInManyWays) {
  EXPECT_EQ(FoldCase(" Person-centred Care "), "person-centred care");
  EXPECT_EQ(FoldCase("people\u2019s \u2018own\u2018"), "people's 'own'");
  EXPECT_EQ(FoldCase("\u00c9"), "\u00c9") << "the rest of Unicode stays as it is";
  EXPECT_NE(FoldCase("a-b"), FoldCase("a b"));
  EXPECT_EQ(FoldGroup(" Well_led"), "well-led");
  EXPECT_NE(FoldGroup("well led"), FoldGroup("well-led"));
  EXPECT_EQ(FoldSector("ADULT_SOCIAL_CARE"), "adultsocialcare");
  EXPECT_EQ(FoldSector("Adult social-care "), "adultsocialcare");
  EXPECT_EQ(FoldSector("children\u2019s"), "children's");
}

}  // namespace
}  // namespace assay::text
