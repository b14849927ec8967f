#include "services/common/digest/random.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace assay::digest {
namespace {

TEST(RandomTest, GivesTheSizeAskedFor) {
  for (std::size_t size : {0u, 1u, 16u, 4096u}) EXPECT_EQ(RandomBytes(size).size(), size);
}

TEST(RandomTest, DoesNotRepeat) {
  std::set<std::string> seen;
  SystemRandom random;
  std::set<std::uint64_t> numbers;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(RandomBytes(16)).second);
    EXPECT_TRUE(numbers.insert(random.NextUint64()).second);
  }
}

// A source that fills only a part leaves a run of zeros; eight by chance are one in 2^52.
TEST(RandomTest, FillsEveryByte) {
  const std::string bytes = RandomBytes(4096);
  EXPECT_EQ(bytes.find(std::string(8, '\0')), std::string::npos);
}

}  // namespace
}  // namespace assay::digest
