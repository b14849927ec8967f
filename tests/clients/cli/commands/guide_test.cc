// docs/writing-a-framework.md holds: its file is the one in the tests, and every command in it does
// what it says. Beside it another method that nobody ships, rated by the program.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/clients/cli/commands/process.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::SizeIs;

fs::path SourceDir() {
  const char* source = std::getenv("ASSAY_SOURCE_DIR");
  return fs::absolute(source == nullptr ? "." : source);
}

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

fs::path Example(const std::string& name) {
  return SourceDir() / "tests" / "framework" / "frameworks" / name;
}

// A fenced block of the guide.
struct Block {
  std::string language;
  std::string text;
};

std::vector<Block> BlocksOf(const std::string& markdown) {
  std::vector<Block> blocks;
  bool inside = false;
  for (const absl::string_view line : absl::StrSplit(markdown, '\n')) {
    if (absl::StartsWith(line, "```")) {
      inside = !inside;
      if (inside) blocks.push_back({std::string(line.substr(3)), ""});
    } else if (inside) {
      absl::StrAppend(&blocks.back().text, line, "\n");
    }
  }
  EXPECT_FALSE(inside) << "a block is not closed";
  return blocks;
}

std::vector<std::string> TextsIn(const std::vector<Block>& blocks, const std::string& language) {
  std::vector<std::string> texts;
  for (const Block& block : blocks) {
    if (block.language == language) texts.push_back(block.text);
  }
  return texts;
}

// Runs in a folder of its own, as a reader of the guide would.
class GuideTest : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    const char* bin = std::getenv("ASSAY_BIN_DIR");
    ASSERT_NE(bin, nullptr);
    setenv("ASSAY_BIN_DIR", fs::absolute(bin).c_str(), 1);
    setenv("ASSAY_SOURCE_DIR", SourceDir().c_str(), 1);
    std::string folder = absl::StrCat(::testing::TempDir(), "/guide-XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    fs::current_path(folder);
    folder_ = folder;
  }
  void TearDown() override {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }

  static void Write(const std::string& name, const std::string& text) {
    std::ofstream(name, std::ios::binary) << text;
  }

 private:
  fs::path before_;
  fs::path folder_;
};

TEST_F(GuideTest, EveryCommandDoesWhatTheGuideSays) {
  const std::vector<Block> blocks =
      BlocksOf(ReadAll(SourceDir() / "docs" / "writing-a-framework.md"));
  const std::vector<std::string> files = TextsIn(blocks, "textproto");
  const std::vector<std::string> tables = TextsIn(blocks, "csv");
  ASSERT_THAT(files, SizeIs(1));
  ASSERT_THAT(tables, SizeIs(2));
  EXPECT_EQ(files[0], ReadAll(Example("harbour-review@2027.txtpb")));
  EXPECT_EQ(tables[0], ReadAll(Example("harbour-review@2027.csv")));
  Write("harbour-review@2027.txtpb", files[0]);
  Write("harbour-review@2027.csv", tables[0]);
  Write("marks.csv", tables[1]);
  std::vector<std::string> outputs;
  std::vector<std::string> commands;
  for (const std::string& block : TextsIn(blocks, "sh")) {
    for (const absl::string_view line : absl::StrSplit(block, '\n', absl::SkipEmpty())) {
      commands.emplace_back(line);
    }
  }
  EXPECT_THAT(commands, SizeIs(5));
  for (const std::string& command : commands) {
    std::vector<std::string> words = absl::StrSplit(command, ' ', absl::SkipEmpty());
    ASSERT_EQ(words.front(), "assay") << command;
    words.erase(words.begin());
    const ProcessResult result = RunCli(words);
    EXPECT_EQ(result.code, 0) << command << "\n" << result.out << result.err;
    EXPECT_NE(result.out, "") << command;
    if (words.front() == "rate") outputs.push_back(result.out);
  }
  EXPECT_EQ(outputs, TextsIn(blocks, "text"));
}

// The columns that are asked for are found by name; those of the cases are not read.
TEST_F(GuideTest, RatesNursingHomesByTheirStars) {
  const std::string file = Example("cms-nursing-home@2021.txtpb").string();
  const std::string cases = ReadAll(Example("cms-nursing-home@2021.csv"));
  const ProcessResult result =
      RunCli({"rate", "--framework-file", file, "--in", "-", "--out", "-", "-q"}, cases);
  ASSERT_EQ(result.code, 0) << result.err;
  std::vector<std::string> want = {"id,overall,overall_limiter,rule"};
  for (const absl::string_view line : absl::StrSplit(cases, '\n', absl::SkipEmpty())) {
    // A rule of two steps is quoted.
    std::vector<std::string> cells;
    for (const absl::string_view part : absl::StrSplit(line, '"')) {
      if (cells.empty() || absl::StartsWith(part, ",")) {
        const std::vector<std::string> more = absl::StrSplit(part, ',');
        cells.insert(cells.end(), more.begin() + (cells.empty() ? 0 : 1), more.end());
      } else {
        cells.back() = absl::StrCat("\"", part, "\"");
      }
    }
    ASSERT_THAT(cells, SizeIs(8)) << line;
    if (cells[0] != "id")
      want.push_back(absl::StrJoin({cells[0], cells[4], cells[5], cells[6]}, ","));
  }
  EXPECT_EQ(std::vector<std::string>(absl::StrSplit(result.out, '\n', absl::SkipEmpty())), want);
}

}  // namespace
}  // namespace assay::cli
