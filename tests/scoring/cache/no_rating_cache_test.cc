#include "services/scoring/cache/no_rating_cache.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace assay::scoring {
namespace {

TEST(NoRatingCacheTest, EverythingIsAMissAtOnce) {
  NoRatingCache cache;
  cache.Put(CacheKey(), std::make_shared<const std::string>("bytes"));
  int calls = 0;
  cache.Get(CacheKey(), RatingCache::kDefaultBudget, [&](const std::optional<std::string>& bytes) {
    ++calls;
    EXPECT_FALSE(bytes);
  });
  cache.GetMany(std::vector<CacheKey>(3), RatingCache::kDefaultBudget,
                [&](const std::vector<std::optional<std::string>>& values) {
                  ++calls;
                  EXPECT_EQ(values, std::vector<std::optional<std::string>>(3));
                });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(cache.Stats().rejected, 4u);
  EXPECT_EQ(cache.Stats().dropped_puts, 1u);
  EXPECT_TRUE(cache.Health().ok());
}

}  // namespace
}  // namespace assay::scoring
