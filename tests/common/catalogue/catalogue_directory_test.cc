#include "services/common/catalogue/catalogue_directory.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::catalogue {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CatalogueDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(::testing::TempDir()) / (std::string("assay_catalogue_") + test->name());
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }

  CatalogueFiles Read() const { return ReadCatalogueDirectory(directory_.string()); }

  static std::vector<std::string> Problems(const CatalogueFiles& files) {
    std::vector<std::string> lines;
    for (const auto& problem : files.problems) lines.push_back(problem.ToString());
    return lines;
  }

  fs::path directory_;
};

TEST_F(CatalogueDirectoryTest, ReadsVersionFilesInOrderOfNameAndLeavesOthers) {
  Write("b@1.txtpb", "name: \"b\"");
  Write("a@1.txtpb", std::string("\0binary", 7));
  Write("notes.md", "# Notes");
  Write(".hidden@1.txtpb", "x");
  const CatalogueFiles files = Read();
  EXPECT_THAT(Problems(files), IsEmpty());
  ASSERT_EQ(files.sources.size(), 2u);
  EXPECT_EQ(files.sources[0].file, "a@1.txtpb");
  EXPECT_EQ(files.sources[0].text, std::string("\0binary", 7));
  EXPECT_EQ(files.sources[1].text, "name: \"b\"");
}

TEST_F(CatalogueDirectoryTest, RefusesAHugeFileUnreadAndKeepsTheOthers) {
  Write("a@1.txtpb", "");
  Write("b@1.txtpb", "x");
  // A sparse file: it takes no room on the disk, and would take 100 MB of memory if it were read.
  fs::resize_file(directory_ / "b@1.txtpb", 100 * 1000 * 1000);
  const CatalogueFiles files = Read();
  EXPECT_THAT(Problems(files), ElementsAre("b@1.txtpb: got 100000000 bytes, want at most 1048576"));
  ASSERT_EQ(files.sources.size(), 1u);
  EXPECT_EQ(files.sources[0].text, "");
}

TEST_F(CatalogueDirectoryTest, RefusesWhatIsNoFile) {
  fs::create_directory(directory_ / "a@1.txtpb");
  fs::create_symlink(directory_ / "gone", directory_ / "b@1.txtpb");
  EXPECT_THAT(Problems(Read()),
              ElementsAre("a@1.txtpb: is not a regular file", HasSubstr("b@1.txtpb: ")));
}

TEST_F(CatalogueDirectoryTest, RefusesAnEmptyAMissingAndAnOverfullDirectory) {
  EXPECT_THAT(Problems(Read()), ElementsAre(HasSubstr("got 0 files *.txtpb, want 1 to 256")));
  const CatalogueFiles missing = ReadCatalogueDirectory((directory_ / "none").string());
  EXPECT_THAT(Problems(missing), ElementsAre(HasSubstr("the catalogue cannot be read: ")));
  for (int i = 0; i < 257; ++i) Write("a@" + std::to_string(i) + ".txtpb", "");
  EXPECT_THAT(Problems(Read()), ElementsAre(HasSubstr("got 257 files *.txtpb, want 1 to 256")));
}

TEST_F(CatalogueDirectoryTest, ReadsCrosswalksFromTheirFolder) {
  const auto read = [this] { return ReadCrosswalkFiles(directory_.string()); };
  EXPECT_THAT(Problems(read()), IsEmpty());
  fs::create_directory(directory_ / "crosswalks");
  EXPECT_THAT(Problems(read()), IsEmpty());
  EXPECT_THAT(read().sources, IsEmpty());
  Write("crosswalks/b.txtpb", "b");
  Write("crosswalks/a.txtpb", "a");
  Write("crosswalks/notes.md", "n");
  const CatalogueFiles files = read();
  ASSERT_EQ(files.sources.size(), 2u);
  EXPECT_EQ(files.sources[0].file, "a.txtpb");
  fs::remove_all(directory_ / "crosswalks");
  Write("crosswalks", "a file");
  EXPECT_THAT(Problems(read()), ElementsAre(HasSubstr("the catalogue cannot be read")));
}

TEST_F(CatalogueDirectoryTest, ReadsOneFile) {
  Write("any name", "text");
  const CatalogueFiles one = ReadCatalogueFile((directory_ / "any name").string());
  ASSERT_EQ(one.sources.size(), 1u);
  EXPECT_EQ(one.sources[0].file, "any name");
  EXPECT_THAT(Problems(ReadCatalogueFile((directory_ / "none").string())),
              ElementsAre(HasSubstr("none: ")));
}

TEST(CatalogueDirectoryDefaultTest, IsWhatWasAskedForElseTheShippedOne) {
  EXPECT_EQ(CatalogueDirectory("/some/where"), "/some/where");
  EXPECT_TRUE(fs::exists(fs::path(CatalogueDirectory("")) / "cqc-saf@2024-12.txtpb"));
}

}  // namespace
}  // namespace assay::catalogue
