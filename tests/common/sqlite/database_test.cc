#include "services/common/sqlite/database.h"

#include <string>

#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::sqlite {
namespace {

TEST(DatabaseTest, BindsAndReadsEveryKindOfValue) {
  auto database = Database::Open(":memory:", Database::Mode::kCreate, "a store");
  ASSERT_TRUE(database.ok()) << database.status();
  ASSERT_TRUE((*database)->Run("CREATE TABLE t(a INTEGER, b TEXT, c BLOB, d TEXT)").ok());
  auto insert = (*database)->Cached("INSERT INTO t VALUES (?1, ?2, ?3, ?4)");
  ASSERT_TRUE(insert.ok()) << insert.status();
  const std::string blob("\0\1", 2);
  (*insert)->Int(1, -5).Text(2, "words").Blob(3, blob).Null(4);
  ASSERT_TRUE((*insert)->Run().ok());
  auto select = (*database)->Prepare("SELECT a, b, c, d IS NULL FROM t");
  ASSERT_TRUE(select.ok()) << select.status();
  const Use use(*select);
  ASSERT_TRUE(*use->Step());
  EXPECT_EQ(use->ColumnInt(0), -5);
  EXPECT_EQ(use->ColumnBytes(1), "words");
  EXPECT_EQ(std::string(use->ColumnBytes(2)), blob);
  EXPECT_EQ(use->ColumnInt(3), 1);
  EXPECT_FALSE(*use->Step());
}

TEST(DatabaseTest, ErrorsGiveTheStoresNameAndKeepSqlitesWordsPrivate) {
  const auto missing =
      Database::Open("/nowhere/at/all.db", Database::Mode::kReadOnly, "a store").status();
  EXPECT_EQ(errors::Reason(missing), "DEPENDENCY_UNAVAILABLE");
  EXPECT_EQ(missing.message(), "a store does not answer");
  EXPECT_NE(errors::PrivateDetail(missing), "");
  auto database = Database::Open(":memory:", Database::Mode::kCreate, "a store");
  EXPECT_EQ(errors::Reason((*database)->Run("SELECT nothing")), "INTERNAL");
  EXPECT_EQ(errors::Reason((*database)->Prepare("SELECT nothing").status()), "INTERNAL");
  EXPECT_FALSE(IsIoError((*database)->Run("SELECT nothing")));
}

TEST(DatabaseTest, KnowsWhenATransactionIsOpen) {
  auto database = Database::Open(":memory:", Database::Mode::kCreate, "a store");
  EXPECT_TRUE((*database)->Idle());
  ASSERT_TRUE((*database)->Run("BEGIN").ok());
  EXPECT_FALSE((*database)->Idle());
  ASSERT_TRUE((*database)->Run("ROLLBACK").ok());
  EXPECT_EQ(*(*database)->Ask("SELECT 7"), 7);
  EXPECT_EQ(*(*database)->Ask("SELECT 1 WHERE 0"), 0);
}

}  // namespace
}  // namespace assay::sqlite
