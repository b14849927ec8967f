#include "clients/cli/rate/column_map.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Pairs(const absl::StatusOr<std::vector<ColumnMapping>>& map) {
  std::vector<std::string> pairs;
  EXPECT_TRUE(map.ok()) << map.status();
  if (!map.ok()) return pairs;
  for (const ColumnMapping& each : *map) pairs.push_back(each.column + " -> " + each.item);
  return pairs;
}

std::string File(const std::string& text) {
  std::string path = ::testing::TempDir() + "/columns.map";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(ReadColumnMap, TakesPairsInALine) {
  EXPECT_THAT(Pairs(ReadColumnMap("a=safe")), ElementsAre("a -> safe"));
  EXPECT_THAT(Pairs(ReadColumnMap("a = S1, b c=well-led,d=e=overall")),
              ElementsAre("a -> S1", "b c -> well-led", "d=e -> overall"));
}

TEST(ReadColumnMap, TakesAFileWithAPairALine) {
  EXPECT_THAT(Pairs(ReadColumnMap(File("# what is what\n\na=S1\r\nb, the second = S2\n"))),
              ElementsAre("a -> S1", "b, the second -> S2"));
  EXPECT_THAT(Pairs(ReadColumnMap(File("column,item\na,S1\nb,S2"))),
              ElementsAre("a -> S1", "b -> S2"));
}

TEST(ReadColumnMap, NamesEveryPairThatIsNone) {
  const absl::StatusOr<std::vector<ColumnMapping>> line = ReadColumnMap("a=,=b,c");
  ASSERT_FALSE(line.ok());
  for (const char* part : {"got a=", "got =b", "got c"}) {
    EXPECT_THAT(std::string(line.status().message()), HasSubstr(part));
  }
  const absl::StatusOr<std::vector<ColumnMapping>> file = ReadColumnMap(File("a=S1\nnone\n"));
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("--map, line 2: got none"));
}

TEST(ReadColumnMap, RefusesFilesThatAreNotThereEmptyOrTooLarge) {
  EXPECT_TRUE(absl::IsNotFound(ReadColumnMap("/nowhere/columns.map").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadColumnMap(File("# nothing\n")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadColumnMap(File(std::string(2 << 20, ' '))).status()));
  std::string many;
  for (std::size_t i = 0; i <= ColumnMapping::kMax; ++i) absl::StrAppend(&many, "c", i, "=S1\n");
  EXPECT_THAT(std::string(ReadColumnMap(File(many)).status().message()),
              HasSubstr("got 4097, want at most 4096 pairs"));
}

}  // namespace
}  // namespace assay::cli
