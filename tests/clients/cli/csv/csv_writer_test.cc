#include "clients/cli/csv/csv_writer.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "clients/cli/csv/csv_reader.h"

namespace assay::csv {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class CsvWriterTest : public ::testing::Test {
 protected:
  CsvWriterTest() {
    std::string name = ::testing::TempDir() + "/csv_writer_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~CsvWriterTest() override { fs::remove_all(folder_); }

  std::string Path(const char* name) const { return (folder_ / name).string(); }

  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  fs::path folder_;
};

TEST(AppendCsvRowTest, QuotesWhereItMust) {
  const struct {
    std::vector<absl::string_view> fields;
    const char* line;
  } cases[] = {
      {{"a", "b c", ""}, "a,b c,\n"},
      {{"1,5", "say \"hi\""}, "\"1,5\",\"say \"\"hi\"\"\"\n"},
      {{"x\ny", "x\ry"}, "\"x\ny\",\"x\ry\"\n"},
      {{""}, "\"\"\n"},
      {{"", ""}, ",\n"},
      {{" blank "}, " blank \n"},
      {{"\xEF\xBB\xBFid"}, "\"\xEF\xBB\xBFid\"\n"},
      {{"caf\xC3\xA9"}, "caf\xC3\xA9\n"},
  };
  for (const auto& c : cases) {
    std::string out = "before\n";
    AppendCsvRow(c.fields, out);
    EXPECT_EQ(out, std::string("before\n") + c.line);
  }
}

TEST(AppendCsvRowTest, WhatIsWrittenIsReadBack) {
  std::mt19937 random(9);
  const std::vector<std::string> pieces = {"a",  ",", "\"",       "\n",
                                           "\r", " ", "\xC3\xA9", "\xEF\xBB\xBF"};
  for (int i = 0; i < 2000; ++i) {
    const std::size_t columns = 1 + random() % 4;
    std::vector<std::vector<std::string>> rows(1 + random() % 4);
    std::string out;
    std::vector<std::string> names;
    for (std::size_t c = 0; c < columns; ++c) names.push_back("c" + std::to_string(c));
    AppendCsvRow(std::vector<absl::string_view>(names.begin(), names.end()), out);
    for (auto& row : rows) {
      row.resize(columns);
      for (std::string& field : row) {
        for (std::size_t n = random() % 5; n > 0; --n) field += pieces[random() % pieces.size()];
      }
      AppendCsvRow(std::vector<absl::string_view>(row.begin(), row.end()), out);
    }
    std::istringstream stream(out);
    auto reader = CsvReader::FromStream(stream, "back");
    ASSERT_TRUE(reader.ok()) << reader.status() << "\n" << out;
    for (const auto& row : rows) {
      const auto back = (*reader)->Next();
      ASSERT_TRUE(back.ok()) << back.status() << "\n" << out;
      ASSERT_NE(*back, nullptr);
      ASSERT_EQ(std::vector<std::string>((*back)->fields.begin(), (*back)->fields.end()), row);
    }
    ASSERT_EQ(*(*reader)->Next(), nullptr);
  }
}

TEST_F(CsvWriterTest, TheFileAppearsWhole) {
  auto writer = CsvWriter::Create(Path("out.csv"));
  ASSERT_TRUE(writer.ok()) << writer.status();
  std::string want;
  for (int i = 0; i < 20000; ++i) {
    const std::string id = std::to_string(i);
    ASSERT_TRUE((*writer)->Write({id, "Good"}).ok());
    want += id + ",Good\n";
    ASSERT_FALSE(fs::exists(Path("out.csv")));
  }
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_EQ(Slurp(Path("out.csv")), want);
  writer->reset();
  EXPECT_EQ(Files(), std::vector<std::string>{"out.csv"});
}

TEST_F(CsvWriterTest, AnUnfinishedFileLeavesTheOldOne) {
  std::ofstream(Path("out.csv")) << "old";
  {
    auto writer = CsvWriter::Create(Path("out.csv"));
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Write({std::string(200000, 'x')}).ok());
    EXPECT_EQ(Slurp(Path("out.csv")), "old");
    EXPECT_EQ(Files().size(), 2u);
  }
  EXPECT_EQ(Slurp(Path("out.csv")), "old");
  EXPECT_EQ(Files(), std::vector<std::string>{"out.csv"});
}

TEST_F(CsvWriterTest, ReplacesAFileWithItsModeAndFollowsLinks) {
  std::ofstream(Path("real.csv")) << "old";
  ASSERT_EQ(::chmod(Path("real.csv").c_str(), 0640), 0);
  fs::create_symlink("real.csv", Path("link.csv"));
  auto writer = CsvWriter::Create(Path("link.csv"));
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)->Write({"new"}).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_TRUE(fs::is_symlink(Path("link.csv")));
  EXPECT_EQ(Slurp(Path("real.csv")), "new\n");
  struct stat about;
  ASSERT_EQ(::stat(Path("real.csv").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0640u);
}

TEST_F(CsvWriterTest, RowsOfOneWidthOnly) {
  auto writer = CsvWriter::Create(Path("out.csv"));
  ASSERT_TRUE((*writer)->Write({"a", "b"}).ok());
  const absl::Status status = (*writer)->Write({"1"});
  EXPECT_EQ(status.message(),
            Path("out.csv") + ": line 2: got 1 fields to write, want 2 as before");
  EXPECT_EQ((*writer)->Finish(), status) << "a file with a fault is not put in place";
  writer->reset();
  EXPECT_TRUE(Files().empty());
  auto other = CsvWriter::Create(Path("other.csv"));
  EXPECT_THAT(std::string((*other)->Write({}).message()), HasSubstr("want at least one"));
}

TEST_F(CsvWriterTest, SaysWhyATargetCannotBeWritten) {
  EXPECT_EQ(CsvWriter::Create(Path("none/out.csv")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(CsvWriter::Create("").status().code(), absl::StatusCode::kNotFound);
  const absl::Status folder = CsvWriter::Create(folder_.string()).status();
  EXPECT_EQ(folder.message(), folder_.string() + ": cannot be written: Is a directory");
}

TEST_F(CsvWriterTest, ADeviceIsWrittenAndNotReplaced) {
  auto null = CsvWriter::Create("/dev/null");
  ASSERT_TRUE(null.ok()) << null.status();
  ASSERT_TRUE((*null)->Write({"a"}).ok());
  ASSERT_TRUE((*null)->Finish().ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "/dev/full is not there";
  auto full = CsvWriter::Create("/dev/full");
  ASSERT_TRUE(full.ok()) << full.status();
  ASSERT_TRUE((*full)->Write({"a"}).ok()) << "still in the buffer";
  const absl::Status status = (*full)->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "/dev/full: cannot be written: No space left on device");
  EXPECT_EQ((*full)->Write({"b"}), status);
}

TEST_F(CsvWriterTest, AHyphenIsStandardOutput) {
  ::testing::internal::CaptureStdout();
  auto writer = CsvWriter::Create("-");
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)->Write({"a", "1,5"}).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "a,\"1,5\"\n");
}

}  // namespace
}  // namespace assay::csv
