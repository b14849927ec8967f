#include "clients/cli/rate/bad_cells.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BadCells, IsOkWithoutAny) {
  EXPECT_TRUE(BadCells().empty());
  EXPECT_TRUE(BadCells().ToStatus("in.csv").ok());
}

TEST(BadCells, NamesRowLineColumnGotAndWanted) {
  BadCells bad;
  bad.Add(3, 7, "safe", "Goodish", "Good or blank");
  bad.Add(4, 8, "caring", "\xff\x1b[31m", "Good or blank");
  const absl::Status status = bad.ToStatus("in.csv");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()),
            "in.csv: 2 things are wrong, so nothing was written\n"
            "row 3 (line 7), column safe: got Goodish, want Good or blank\n"
            "row 4 (line 8), column caring: got \\xff\\x1b[31m, want Good or blank");
}

TEST(BadCells, KeepsAHundredAndCountsTheRest) {
  BadCells bad;
  for (int i = 1; i <= 1234; ++i) bad.Add(i, i + 1, "safe", "x", "y");
  const std::string message(bad.ToStatus("in.csv").message());
  EXPECT_THAT(message, HasSubstr("1234 things are wrong"));
  EXPECT_THAT(message, HasSubstr("row 100 (line 101)"));
  EXPECT_THAT(message, Not(HasSubstr("row 101 ")));
  EXPECT_THAT(message, HasSubstr("\nand 1134 more"));
}

TEST(BadCells, CutsLongCells) {
  BadCells bad;
  bad.Add(1, 2, std::string(100000, 'c'), std::string(100000, 'x'), "y");
  EXPECT_LT(bad.ToStatus("in.csv").message().size(), 400u);
}

}  // namespace
}  // namespace assay::cli
