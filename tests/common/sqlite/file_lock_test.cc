#include "services/common/sqlite/file_lock.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::sqlite {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileLockTest : public testing::Test {
 protected:
  FileLockTest() {
    folder_ = fs::path(testing::TempDir()) / "assay_file_lock";
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = (folder_ / "store.db").string();
    std::ofstream(path_) << "x";
  }
  ~FileLockTest() override { fs::remove_all(folder_); }

  fs::path folder_;
  std::string path_;
};

TEST_F(FileLockTest, OneHolderAtATimeByAnyName) {
  {
    const auto first = FileLock::Take("a store", path_);
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_THAT(std::string(FileLock::Take("a store", path_).status().message()),
                HasSubstr("a store " + path_ + ": another process has it open"));
    const std::string other = (folder_ / "other.db").string();
    fs::create_symlink(path_, other);
    EXPECT_FALSE(FileLock::Take("a store", other).ok()) << "a symbolic link is the same file";
  }
  EXPECT_TRUE(FileLock::Take("a store", path_).ok()) << "the lock went with its holder";
}

TEST_F(FileLockTest, TellsWhereTheLockCannotBeWritten) {
  const auto nowhere = FileLock::Take("a store", "/nowhere/at/all.db").status();
  EXPECT_EQ(nowhere.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(nowhere.message()), HasSubstr("cannot write /nowhere/at/all.db.lock"));
}

TEST_F(FileLockTest, RefusesAFileWithTwoNames) {
  EXPECT_TRUE(CheckOneName("a store", path_).ok());
  EXPECT_TRUE(CheckOneName("a store", "/nowhere/at/all.db").ok());
  EXPECT_THAT(std::string(CheckOneName("a store", "/").message()),
              testing::HasSubstr("is a folder; want a file"));
  fs::create_hard_link(path_, folder_ / "second.db");
  EXPECT_EQ(CheckOneName("a store", path_).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace assay::sqlite
