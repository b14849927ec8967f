#include "services/common/names/partition.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace assay::names {
namespace {

// The first bytes were taken with sha256sum: stored data depends on them.
TEST(PartitionTest, IsTheFirstByteOfTheRootsDigest) {
  const struct {
    const char* name;
    Partition partition;
  } cases[] = {
      {"providers/1-101", 0xfc},
      {"locations/1-102", 0x77},
      {"locations/1-102/services/homecare", 0x77},
      {"locations/1-10000302982", 0x96},
      {"areas/icb.QHL", 256},
      {"areas/la.E08000025", 256},
  };
  for (const auto& c : cases)
    EXPECT_EQ(PartitionOf(*Subject::Parse(c.name)), c.partition) << c.name;
}

TEST(PartitionTest, ServicesShareTheirLocationsPartition) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = "1-" + std::to_string(i);
    const Subject location = *Subject::Location(id);
    EXPECT_EQ(PartitionOf(*Subject::Service(id, "homecare")), PartitionOf(location));
  }
}

TEST(PartitionTest, SpreadsOverAllOfThem) {
  std::set<Partition> seen;
  for (int i = 0; i < 5000; ++i) {
    const Partition partition = PartitionOf(*Subject::Location("1-" + std::to_string(i)));
    ASSERT_LT(partition, kReferencePartition);
    seen.insert(partition);
  }
  EXPECT_EQ(seen.size(), 256u);
  EXPECT_EQ(kPartitionCount, kReferencePartition + 1);
}

}  // namespace
}  // namespace assay::names
