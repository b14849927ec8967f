#include "services/framework/storage/sqlite/sqlite_version_store.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <sqlite3.h>
#include <sys/fsuid.h>

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

  std::string Bytes(const std::string& suffix = "") {
    std::ifstream in(options_.path + suffix, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  TemporaryFolder folder_;
  SqliteVersionOptions options_;
};

TEST_F(SqliteVersionStoreTest, RefusesFilesThatAreNotItsOwn) {
  std::ofstream(options_.path) << "name: \"frameworks/a/versions/b\"\n";
  const absl::Status text = Open().status();
  EXPECT_EQ(errors::Reason(text), "DATA_CORRUPT");
  EXPECT_THAT(errors::PrivateDetail(text), HasSubstr("framework store " + options_.path));
  EXPECT_THAT(errors::PrivateDetail(text), HasSubstr("not one of SQLite's"));
  EXPECT_EQ(Bytes(), "name: \"frameworks/a/versions/b\"\n");
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

// Whoever mends it has all of it: also what a crash left in the log.
TEST_F(SqliteVersionStoreTest, ADamagedFileAndItsLogStayAsTheyAre) {
  const std::string whole = options_.path;
  const std::string crashed = folder_.File("crashed.db");
  {
    Fill();
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Write(Held(SampleVersion("logged")), {}).ok());
    std::filesystem::copy_file(whole, crashed);
    std::filesystem::copy_file(whole + "-wal", crashed + "-wal");
  }
  options_.path = crashed;
  {
    std::fstream file(crashed, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(40960));
    file << std::string(40960, '\x5a');
  }
  const std::string bytes = Bytes();
  const std::string log = Bytes("-wal");
  ASSERT_GT(log.size(), 0u);
  EXPECT_EQ(errors::Reason(Open().status()), "DATA_CORRUPT");
  EXPECT_TRUE(Bytes() == bytes);
  EXPECT_TRUE(Bytes("-wal") == log);
}

TEST_F(SqliteVersionStoreTest, AnEmptiedFileIsNoNewStore) {
  Fill();
  std::filesystem::resize_file(options_.path, 0);
  const absl::Status emptied = Open().status();
  EXPECT_EQ(errors::Reason(emptied), "DATA_CORRUPT") << emptied;
  EXPECT_THAT(errors::PrivateDetail(emptied), HasSubstr("remove both files to begin anew"));
  EXPECT_EQ(Bytes(), "");
  // What a crash leaves that came before the tables.
  std::filesystem::remove(options_.path + ".lock");
  EXPECT_TRUE(Open().ok());
  // Whoever takes a file away wants a new one.
  std::filesystem::remove(options_.path);
  EXPECT_TRUE(Open().ok());
}

// Pages that are sound for SQLite, with a row that is not as it was written.
TEST_F(SqliteVersionStoreTest, AChangedRowIsSetAside) {
  Fill();
  const std::string name = "frameworks/sample/versions/7";
  const std::string row = " WHERE name = '" + name + "'";
  std::filesystem::copy_file(options_.path, folder_.File("whole.db"));
  for (const std::string& change :
       {"UPDATE content SET bytes = x'0a0162' WHERE digest = (SELECT digest FROM version" + row +
            ")",
        "UPDATE version SET state = 3" + row, "UPDATE version SET publish_us = 1" + row,
        "UPDATE version SET withdraw_us = 1" + row,
        "UPDATE version SET withdraw_reason = 'why'" + row, "UPDATE version SET revision = 0" + row,
        "UPDATE version SET seal = ''" + row,
        "UPDATE version SET digest = (SELECT digest FROM version WHERE name LIKE '%/8')" + row}) {
    SCOPED_TRACE(change);
    std::filesystem::copy_file(folder_.File("whole.db"), options_.path,
                               std::filesystem::copy_options::overwrite_existing);
    Run(change);
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const auto keeper = CatalogueKeeper::Open({}, store->get());
    ASSERT_TRUE(keeper.ok()) << keeper.status();
    const auto catalogue = (*keeper)->holder().Current();
    EXPECT_EQ(catalogue->versions().size(), 19u);
    EXPECT_EQ(errors::Reason(catalogue->GetVersion(name).status()), "DATA_CORRUPT");
    EXPECT_THAT(std::string((*keeper)->Check().message()), HasSubstr(name));
  }
}

TEST_F(SqliteVersionStoreTest, SealsWhatAnEarlierReleaseWrote) {
  Fill();
  Run("ALTER TABLE version DROP COLUMN seal; ALTER TABLE answer DROP COLUMN seal;"
      "INSERT INTO answer SELECT '0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b', zeroblob(32), version.* "
      "FROM version WHERE name LIKE '%/7'; PRAGMA user_version = 1");
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  const auto keeper = CatalogueKeeper::Open({}, store->get());
  ASSERT_TRUE(keeper.ok()) << keeper.status();
  EXPECT_TRUE((*keeper)->Check().ok()) << (*keeper)->Check();
  EXPECT_EQ((*keeper)->holder().Current()->versions().size(), 20u);
  const auto answer =
      (*store)->FindAnswer({"0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b", std::string(32, '\0')});
  ASSERT_TRUE(answer.ok() && answer->has_value()) << answer.status();
  EXPECT_TRUE(Serve(**answer).ok()) << Serve(**answer).status();
}

// As on a disk that was mounted for reading alone.
TEST_F(SqliteVersionStoreTest, AFileThatCannotBeWrittenIsReadAndSaysSo) {
  Fill();
  EXPECT_TRUE(Open().value()->Check().ok());
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(options_.path).parent_path();
  fs::permissions(folder, fs::perms::all);
  fs::permissions(options_.path,
                  fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  fs::permissions(options_.path + ".lock", fs::perms::all);
  // The superuser may write everything; another user's rights are this thread's alone.
  const bool superuser = geteuid() == 0;
  if (superuser) setfsuid(65534);
  const auto store = Open();
  if (superuser) setfsuid(0);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->ReadAll()->size(), 20u);
  const absl::Status told = (*store)->Check();
  EXPECT_EQ(errors::Reason(told), "DEPENDENCY_UNAVAILABLE") << told;
  EXPECT_THAT(errors::PrivateDetail(told), HasSubstr("read and not written"));
  EXPECT_EQ((*store)->Write(Held(SampleVersion("new")), {}).status().code(),
            absl::StatusCode::kUnavailable);
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
