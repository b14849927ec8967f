// assay framework check, explain and combinations, by the real program without a server.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/clients/cli/commands/process.h"

namespace assay::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Shipped(const std::string& name) {
  const char* source = std::getenv("ASSAY_SOURCE_DIR");
  return absl::StrCat(source == nullptr ? "." : source, "/services/framework/catalogue/", name);
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// A file that is gone after the test.
class TempFile {
 public:
  TempFile(const std::string& name, const std::string& text)
      : path_(absl::StrCat(testing::TempDir(), "/", getpid(), "-", name)) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TempFile() { unlink(path_.c_str()); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(FrameworkCheck, PassesWhatIsShipped) {
  const ProcessResult result =
      RunCli({"framework", "check", "--quiet", Shipped("cqc-saf@2024-12.txtpb"),
              Shipped("cqc-kloe@2017-11.txtpb")});
  EXPECT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("cqc-saf@2024-12.txtpb: no errors, "));
  EXPECT_THAT(result.out, HasSubstr(" input vectors visited"));
  EXPECT_THAT(result.out, Not(HasSubstr("note [")));
  EXPECT_EQ(result.err, "");
}

TEST(FrameworkCheck, TellsErrorsByLineAndEndsWithOne) {
  std::string text = ReadAll(Shipped("cqc-saf@2024-12.txtpb"));
  text = Replaced(text, "level: \"good\" from_percent: 63", "level: \"good\" from_percent: 64");
  const TempFile file("broken.txtpb", text);
  const ProcessResult result = RunCli({"framework", "check", file.path()});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, StartsWith(file.path() + ":"));
  EXPECT_THAT(result.out, HasSubstr(": error [band-hole] "));
  EXPECT_THAT(result.out, HasSubstr("no band for 63 %"));
  EXPECT_THAT(result.out, HasSubstr("62.5 %"));
  EXPECT_THAT(result.out, HasSubstr(": 1 error, "));
  const ProcessResult json = RunCli({"framework", "check", "--json", file.path()});
  EXPECT_EQ(json.code, 1);
  const auto parsed = nlohmann::json::parse(json.out);
  EXPECT_EQ(parsed["diagnostics"][0]["check"], "band-hole");
  EXPECT_GT(parsed["diagnostics"][0]["line"], 1);
  EXPECT_FALSE(parsed.contains("publishable"));
}

// A fault of the catalogue hides none of the scoring model.
TEST(FrameworkCheck, TellsFaultsOfEveryPartAtOnce) {
  std::string text = ReadAll(Shipped("cqc-la@2023-04.txtpb"));
  for (const auto& [from, to] :
       {std::pair("effective_from { year: 2023", "effective_from { year: 0"),
        std::pair("all_required: true", "minimum: -1")}) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, std::string(from).size(), to);
  }
  const TempFile file("cqc-la@2023-04.txtpb", text);
  const ProcessResult result = RunCli({"framework", "check", file.path()});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("effective_from"), HasSubstr("scoring_model.")));
}

TEST(FrameworkCheck, EachBadFileHasItsOwnError) {
  const std::string good = ReadAll(Shipped("cqc-saf@2024-12.txtpb"));
  const TempFile malformed("malformed.txtpb", "name: \"x\"\nitems { id }\n");
  const TempFile truncated("truncated.txtpb", good.substr(0, good.size() / 2));
  const TempFile binary("binary.txtpb", std::string("\x7f"
                                                    "ELF\0\x01",
                                                    6));
  const TempFile huge("huge.txtpb", "");
  ASSERT_EQ(truncate(huge.path().c_str(), 100'000'000), 0);
  const struct {
    std::string path;
    int code;
    std::string wanted;
  } cases[] = {
      {malformed.path(), 1, ":2:12: error [syntax] "},
      {truncated.path(), 1, ": error [syntax] "},
      {binary.path(), 2, ":1:1: error [file-not-text] "},
      {huge.path(), 2, ": error [file-too-large] got 100000000 bytes, want at most 1048576"},
      {"/nowhere.txtpb", 2, "/nowhere.txtpb: error [file-unreadable] cannot be read: "},
  };
  for (const auto& one : cases) {
    const ProcessResult result = RunCli({"framework", "check", one.path});
    EXPECT_EQ(result.code, one.code) << one.path;
    EXPECT_THAT(result.out, HasSubstr(one.wanted)) << one.path;
  }
  const ProcessResult all = RunCli({"framework", "check", "--quiet", malformed.path(),
                                    Shipped("cqc-saf@2024-12.txtpb"), binary.path()});
  EXPECT_EQ(all.code, 2);
  EXPECT_THAT(all.out, HasSubstr("cqc-saf@2024-12.txtpb: no errors"));
}

// Crosswalks are checked with all of their catalogue, from wherever it is called.
TEST(FrameworkCheck, TellsWhatIsWrongWithCrosswalks) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / absl::StrCat("walks-", getpid());
  fs::create_directories(folder / "crosswalks");
  for (const char* name : {"cqc-saf@2023-11.txtpb", "cqc-saf@2024-12.txtpb"}) {
    fs::copy_file(Shipped(name), folder / name);
  }
  const std::string there = (folder / "crosswalks/cqc-saf@2023-11_to_cqc-saf@2024-12.txtpb");
  fs::copy_file(Shipped("crosswalks/cqc-saf@2023-11_to_cqc-saf@2024-12.txtpb"), there);
  const std::string back = (folder / "crosswalks/cqc-saf@2024-12_to_cqc-saf@2023-11.txtpb");
  std::ofstream(back) << "name: 'frameworks/cqc-saf/versions/2023-11/crosswalks/"
                         "from-cqc-saf-2024-12'\n"
                         "source_version: 'frameworks/cqc-saf/versions/2024-12'\n"
                         "target_version: 'frameworks/cqc-saf/versions/2023-11'\n"
                         "pairs { source: 'safe' target: 'safe'"
                         " strength: MATCH_STRENGTH_EQUIVALENT }\n";
  const ProcessResult cycle = RunCli({"framework", "check", back});
  EXPECT_EQ(cycle.code, 1) << cycle.err;
  EXPECT_THAT(cycle.out, AllOf(HasSubstr("[crosswalk-cycle]"), HasSubstr("want no cycle")));
  const ProcessResult sound = RunCli({"framework", "check", there});
  EXPECT_EQ(sound.code, 0) << sound.out;
  std::ofstream(back, std::ios::app) << "pairs { source: 'safe' target: 'nowhere'"
                                        " strength: MATCH_STRENGTH_PARTIAL }\n";
  EXPECT_THAT(RunCli({"framework", "check", back}).out, HasSubstr("[crosswalk-target-unknown]"));
  fs::remove_all(folder);
}

TEST(FrameworkExplain, TellsTheMethodFromItsData) {
  const ProcessResult result = RunCli({"framework", "explain", "cqc-saf@2024-12", "--offline"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, HasSubstr("Are they safe?"));
  EXPECT_THAT(result.out, HasSubstr("63 to 87 % is Good."));
  EXPECT_THAT(result.out, HasSubstr("two-inadequate: with 2 or more of Inadequate, it is "
                                    "Inadequate."));
  EXPECT_EQ(RunCli({"framework", "explain", "cqc-saf@1999", "--offline"}).code, 1);
}

TEST(FrameworkCombinations, CountsAndLists) {
  const ProcessResult result =
      RunCli({"framework", "combinations", "--framework", "cqc-saf@2024-12", "--question", "Caring",
              "--rating", "Outstanding", "--items", "2", "--list", "--offline"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("caring with 2 scores, outstanding:"));
  EXPECT_THAT(result.out, HasSubstr("3 4"));
  const ProcessResult json =
      RunCli({"framework", "combinations", "--framework", "cqc-saf@2024-12", "--question", "caring",
              "--rating", "outstanding", "--items", "2", "--offline", "--json"});
  const auto parsed = nlohmann::json::parse(json.out);
  EXPECT_EQ(parsed["multisets"], "2");
  EXPECT_EQ(parsed["vectors"], "3");
  EXPECT_FALSE(parsed.contains("combinations"));
  const ProcessResult bad = RunCli({"framework", "combinations", "--framework", "cqc-saf@2024-12",
                                    "--question", "safety", "--rating", "good", "--offline"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr("safety"));
}

}  // namespace
}  // namespace assay::cli
