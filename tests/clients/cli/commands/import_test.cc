// assay sample and assay import by the real program, as far as they need no service.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/clients/cli/commands/process.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ImportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/import-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  void Put(const std::string& name, const std::string& text) {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }

  fs::path directory_;
};

TEST_F(ImportTest, SampleWritesFilesThatImportReadsBack) {
  const std::string nation = directory_ / "nation";
  const ProcessResult made =
      RunCli({"sample", "--locations", "30", "--out", nation, "--json", "-q"});
  ASSERT_EQ(made.code, 0) << made.err;
  const nlohmann::json counts = nlohmann::json::parse(made.out);
  EXPECT_EQ(counts["locations"], 30);
  EXPECT_EQ(counts["files"], 1);
  const ProcessResult read = RunCli({"import", "records", nation, "--dry-run"});
  EXPECT_EQ(read.code, 0) << read.err;
  EXPECT_THAT(read.err, HasSubstr("30 locations"));
  EXPECT_THAT(read.err, HasSubstr("nothing written"));
  const ProcessResult again = RunCli({"sample", "--locations", "30", "--out", nation});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("want an empty folder"));
}

TEST_F(ImportTest, SampleRefusesBadOptions) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"sample", "--locations", "0", "--out", directory_ / "x"},
           {"sample", "--until", "2026-02-30", "--out", directory_ / "x"},
           {"sample", "--seed", "-1", "--out", directory_ / "x"}}) {
    const ProcessResult result = RunCli(arguments);
    EXPECT_EQ(result.code, 2) << arguments[1];
    EXPECT_NE(result.err, "");
    EXPECT_FALSE(fs::exists(directory_ / "x"));
  }
}

TEST_F(ImportTest, BadDocumentsAreToldAndTheOthersStay) {
  Put("locations/1-102.json", R"({"locationId": "1-102", "providerId": "1-101"})");
  Put("locations/1-103.json", R"({"locationId": "1-103", )");
  const std::string directory = directory_;
  const ProcessResult result = RunCli({"import", "cqc-api", directory, "--dry-run", "--json"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("locations/1-103.json: byte "));
  EXPECT_THAT(result.out, HasSubstr(R"("name":"locations/1-102")"));
  const ProcessResult strict =
      RunCli({"import", "cqc-api", directory, "--dry-run", "--json", "--strict"});
  EXPECT_EQ(strict.code, 2);
  EXPECT_EQ(strict.out, "");
  EXPECT_THAT(strict.err, HasSubstr("nothing was imported"));
}

TEST_F(ImportTest, AServiceThatIsNotThereIsUnavailable) {
  Put("locations/1-102.json", R"({"locationId": "1-102", "providerId": "1-101"})");
  // Nothing listens on a socket that does not exist.
  const ProcessResult result = RunCli({"import", "cqc-api", directory_, "--evidence-address",
                                       "unix:" + (directory_ / "none.sock").string()});
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("try: "));
}

TEST_F(ImportTest, WantsAFolder) {
  EXPECT_EQ(RunCli({"import", "cqc-api", directory_}).code, 2);
  EXPECT_EQ(RunCli({"import", "records", directory_}).code, 2);
  EXPECT_EQ(RunCli({"import"}).code, 2);
}

}  // namespace
}  // namespace assay::cli
