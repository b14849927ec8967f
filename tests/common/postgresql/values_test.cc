#include "services/common/postgresql/values.h"

#include <string>

#include <gtest/gtest.h>

namespace assay::postgresql {
namespace {

using Bytes = std::string;

TEST(ParamsTest, AreBigEndian) {
  Params params;
  params.Bool(true).Int4(-2).Int8(258).Text("ab").Null(Type::kInt8);
  ASSERT_EQ(params.size(), 5u);
  EXPECT_EQ(params.bytes(0), Bytes("\1"));
  EXPECT_EQ(params.bytes(1), Bytes("\xff\xff\xff\xfe"));
  EXPECT_EQ(params.bytes(2), Bytes("\0\0\0\0\0\0\1\2", 8));
  EXPECT_EQ(params.bytes(3), "ab");
  EXPECT_TRUE(params.null(4));
  EXPECT_FALSE(params.null(3));
  EXPECT_EQ(params.type(4), Type::kInt8);
}

TEST(ParamsTest, AnArrayNamesItsElements) {
  Params params;
  params.BytesArray({"x", ""}).BytesArray({});
  EXPECT_EQ(params.bytes(0),
            Bytes("\0\0\0\1\0\0\0\0\0\0\0\x11\0\0\0\2\0\0\0\1\0\0\0\1x\0\0\0\0", 29));
  EXPECT_EQ(params.bytes(1), Bytes("\0\0\0\0\0\0\0\0\0\0\0\x11", 12));
}

TEST(RowsTest, CopyAndInsertsHoldTheSameCells) {
  Rows rows("t", {{"a", Type::kInt4}, {"b", Type::kBytea}});
  EXPECT_TRUE(rows.empty());
  rows.Int4(1).Bytes("x").Int4(2).Null().Int4(3).Bytes("");
  EXPECT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.CopySql(), "COPY t (a, b) FROM STDIN (FORMAT binary)");
  EXPECT_EQ(rows.copy_bytes().substr(0, 15), Bytes("\0\2\0\0\0\4\0\0\0\1\0\0\0\1x", 15));

  const std::vector<Statement> two = rows.Inserts(2, "RETURNING a");
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].sql, "INSERT INTO t (a, b) VALUES ($1,$2),($3,$4) RETURNING a");
  EXPECT_EQ(two[1].sql, "INSERT INTO t (a, b) VALUES ($1,$2) RETURNING a");
  EXPECT_EQ(two[0].params.bytes(1), "x");
  EXPECT_EQ(two[0].params.type(1), Type::kBytea);
  EXPECT_TRUE(two[0].params.null(3));
  EXPECT_EQ(two[1].params.bytes(0), Bytes("\0\0\0\3", 4));
  EXPECT_FALSE(two[1].params.null(1));

  rows.Clear();
  EXPECT_TRUE(rows.empty());
  EXPECT_TRUE(rows.Inserts(2).empty());
}

TEST(RowsTest, AStatementStaysBelowTheProtocolsLimit) {
  Rows rows("t", {{"a", Type::kInt4}, {"b", Type::kInt4}});
  for (int row = 0; row < 40000; ++row) rows.Int4(row).Int4(row);
  const std::vector<Statement> statements = rows.Inserts(100000);
  ASSERT_EQ(statements.size(), 2u);
  EXPECT_EQ(statements[0].params.size(), 65534u);
  EXPECT_EQ(statements[1].params.size(), 80000u - 65534u);
}

}  // namespace
}  // namespace assay::postgresql
