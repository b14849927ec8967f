#include "services/evidence/core/etag.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::evidence {
namespace {

TEST(EtagTest, DiffersForEveryWriteAndEpoch) {
  const std::string etag = EtagOf(1, {2, 3});
  EXPECT_THAT(etag, testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_EQ(etag, EtagOf(1, {2, 3}));
  EXPECT_NE(etag, EtagOf(2, {2, 3}));
  EXPECT_NE(etag, EtagOf(1, {3, 3}));
  EXPECT_NE(etag, EtagOf(1, {2, 4}));
  // The parts are kept apart: 1/23/4 is not 12/3/4.
  EXPECT_NE(EtagOf(1, {23, 4}), EtagOf(12, {3, 4}));
}

}  // namespace
}  // namespace assay::evidence
