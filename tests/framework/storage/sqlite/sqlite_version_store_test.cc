#include "services/framework/storage/sqlite/sqlite_version_store.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/framework/storage/catalogue_keeper.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

using ::testing::HasSubstr;

class SqliteVersionStoreTest : public testing::Test {
 protected:
  SqliteVersionStoreTest() { options_.path = folder_.File("framework.db"); }

  absl::StatusOr<std::unique_ptr<VersionStore>> Open() { return OpenSqliteVersionStore(options_); }

  // Makes a store with some large versions, and closes it.
  void Fill() {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    for (int i = 0; i < 20; ++i) {
      v1::FrameworkVersion version = SampleVersion(absl::StrCat(i));
      for (int note = 0; note < 50; ++note) version.add_notes(std::string(1000, 'n'));
      ASSERT_TRUE((*store)->Write(Held(version), {}).ok());
    }
  }

  // Runs a statement on the closed file.
  void Run(const std::string& sql) {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(options_.path.c_str(), &connection), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
    sqlite3_close(connection);
  }

  TemporaryFolder folder_;
  SqliteVersionOptions options_;
};

TEST_F(SqliteVersionStoreTest, RefusesFilesThatAreNotItsOwn) {
  std::ofstream(options_.path) << "name: \"frameworks/a/versions/b\"\n";
  const absl::Status text = Open().status();
  EXPECT_EQ(text.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(text.message()), HasSubstr("framework store " + options_.path));
  EXPECT_THAT(std::string(text.message()), HasSubstr("not one of SQLite's"));
  std::filesystem::remove(options_.path);
  Run("CREATE TABLE invoices(number INTEGER)");
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("another application"));
  std::filesystem::remove(options_.path);
  // The record of the evidence service is another application too.
  Run("CREATE TABLE store(only INTEGER); PRAGMA application_id = 1098085241");
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("another application"));
}

TEST_F(SqliteVersionStoreTest, RefusesANewerSchema) {
  Fill();
  Run("PRAGMA user_version = 99");
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("schema version 99"));
}

TEST_F(SqliteVersionStoreTest, RefusesADamagedOrTruncatedFile) {
  Fill();
  const auto size = std::filesystem::file_size(options_.path);
  std::filesystem::copy_file(options_.path, folder_.File("whole.db"));
  {
    std::fstream file(options_.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(4096));
    file << std::string(8192, '\x5a');
  }
  const absl::Status damaged = Open().status();
  EXPECT_EQ(errors::Reason(damaged), "DATA_CORRUPT") << damaged;
  std::filesystem::copy_file(folder_.File("whole.db"), options_.path,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(options_.path, size / 2);
  const absl::Status truncated = Open().status();
  EXPECT_EQ(errors::Reason(truncated), "DATA_CORRUPT") << truncated;
}

// A page that is sound for SQLite, with content that is not what its digest says.
TEST_F(SqliteVersionStoreTest, AChangedContentIsNoticedBeforeItServes) {
  Fill();
  Run("UPDATE content SET bytes = x'0a0162' WHERE digest = (SELECT min(digest) FROM content)");
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  const auto keeper = CatalogueKeeper::Open({}, store->get());
  EXPECT_EQ(errors::Reason(keeper.status()), "DATA_CORRUPT");
  EXPECT_THAT(std::string(keeper.status().message()), HasSubstr("frameworks/sample/versions/"));
}

TEST_F(SqliteVersionStoreTest, KeepsASecondProcessOut) {
  const auto first = Open();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("another process has it open"));
}

TEST_F(SqliteVersionStoreTest, AFullDiskLosesNothing) {
  Fill();
  options_.max_pages = 1;  // SQLite takes the present size instead
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  v1::FrameworkVersion large = SampleVersion("large");
  for (int i = 0; i < 60; ++i) large.add_notes(std::string(10000, 'n'));
  const absl::Status full = (*store)->Write(Held(large), {}).status();
  EXPECT_EQ(errors::Reason(full), "DISK_FULL") << full;
  EXPECT_EQ((*store)->ReadAll()->size(), 20u);
}

}  // namespace
}  // namespace assay::framework
