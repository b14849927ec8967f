#include "services/common/sqlite/store_file.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::sqlite {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr StoreFormat kFormat = {"a store", 77, 3};

class StoreFileTest : public testing::Test {
 protected:
  StoreFileTest() {
    folder_ = fs::path(testing::TempDir()) / "assay_store_file";
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = (folder_ / "store.db").string();
  }
  ~StoreFileTest() override { fs::remove_all(folder_); }

  std::unique_ptr<Database> Open() {
    auto database = Database::Open(path_, Database::Mode::kCreate, "a store");
    return database.ok() ? *std::move(database) : nullptr;
  }
  absl::Status OwnerAfter(const char* sql) {
    fs::remove(path_);
    const auto database = Open();
    const absl::Status run = database->Run(sql);
    return run.ok() ? CheckOwner(kFormat, *database, path_) : run;
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(StoreFileTest, TheHeaderIsSqlitesOrNone) {
  EXPECT_TRUE(CheckHeader(kFormat, path_).ok()) << "no file";
  std::ofstream(path_) << "";
  EXPECT_TRUE(CheckHeader(kFormat, path_).ok()) << "an empty file";
  std::ofstream(path_) << "SQLite format 3";
  EXPECT_FALSE(CheckHeader(kFormat, path_).ok()) << "a cut header";
  std::ofstream(path_) << "name,rating\n1,Good and more words\n";
  EXPECT_THAT(std::string(CheckHeader(kFormat, path_).message()),
              HasSubstr("a store " + path_ + ": the file is not one of SQLite's"));
  fs::remove(path_);
  ASSERT_TRUE(Open()->Run("CREATE TABLE t(a)").ok());
  EXPECT_TRUE(CheckHeader(kFormat, path_).ok());
}

TEST_F(StoreFileTest, TheOwnerIsThisApplicationOrNobody) {
  EXPECT_TRUE(OwnerAfter("").ok());
  EXPECT_TRUE(OwnerAfter("CREATE TABLE t(a); PRAGMA application_id = 77").ok());
  EXPECT_THAT(std::string(OwnerAfter("CREATE TABLE t(a)").message()),
              HasSubstr("another application"));
  EXPECT_THAT(std::string(OwnerAfter("PRAGMA application_id = 78").message()),
              HasSubstr("another application"));
  EXPECT_THAT(
      std::string(OwnerAfter("PRAGMA application_id = 77; PRAGMA user_version = 4").message()),
      HasSubstr("schema version 4, this software knows up to 3"));
}

TEST_F(StoreFileTest, EveryPageIsChecked) {
  {
    const auto database = Open();
    ASSERT_TRUE(database
                    ->Run("CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                          "SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT "
                          "hex(randomblob(50)) FROM n")
                    .ok());
    EXPECT_TRUE(CheckIntegrity(*database).ok());
  }
  std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(4096 * 3)
      .write(std::string(4096, '\x5a').data(), 4096);
  const auto damaged = Open();
  EXPECT_EQ(errors::Reason(CheckIntegrity(*damaged)), "DATA_CORRUPT");
}

}  // namespace
}  // namespace assay::sqlite
