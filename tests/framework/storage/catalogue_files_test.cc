#include "services/framework/storage/catalogue_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/version/sample_version.h"

namespace assay::framework {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class CatalogueFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(::testing::TempDir()) / (std::string("assay_files_") + test->name());
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    Write(version::SampleSource());
  }
  void TearDown() override { fs::remove_all(directory_); }

  void Write(const version::SourceText& source) {
    std::ofstream(directory_ / source.file, std::ios::binary) << source.text;
  }

  fs::path directory_;
};

TEST_F(CatalogueFilesTest, LoadsADirectory) {
  Write(version::SampleSource("other", "1"));
  const auto shipped = ReadShipped(directory_.string());
  ASSERT_TRUE(shipped.ok()) << shipped.status();
  EXPECT_EQ(shipped->versions.size(), 2u);
}

TEST_F(CatalogueFilesTest, LoadsCrosswalksAndRefusesAWayBack) {
  Write(version::SampleSource("other", "1"));
  fs::create_directories(directory_ / "crosswalks");
  const auto walk = [&](const std::string& from, const std::string& to, const std::string& file) {
    std::ofstream(directory_ / "crosswalks" / file)
        << "name: \"" << to << "/crosswalks/way\"\nsource_version: \"" << from
        << "\"\ntarget_version: \"" << to
        << "\"\npairs { source: \"warm\" target: \"warm\" strength: MATCH_STRENGTH_STRONG }\n";
  };
  const std::string sample = "frameworks/sample/versions/2024";
  const std::string other = "frameworks/other/versions/1";
  walk(sample, other, "sample@2024_to_other@1.txtpb");
  const auto shipped = ReadShipped(directory_.string());
  ASSERT_TRUE(shipped.ok()) << shipped.status();
  ASSERT_EQ(shipped->crosswalks.size(), 1u);
  EXPECT_EQ(shipped->crosswalks[0]->name(), other + "/crosswalks/way");
  walk(other, sample, "other@1_to_sample@2024.txtpb");
  const auto cycle = ReadShipped(directory_.string());
  EXPECT_EQ(cycle.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(cycle.status().message()), HasSubstr("sample@2024_to_other@1.txtpb"));
}

// They are served as published, so that nothing else would prove them.
TEST_F(CatalogueFilesTest, ProvesEveryFile) {
  for (const char* name : {"other", "third"}) {
    version::SourceText falling = version::SampleSource(name, "1");
    const std::string lowest = "rows { id: \"lowest\"";
    falling.text.replace(falling.text.find(lowest), lowest.size(),
                         "rows { id: \"odd\" level: \"2\" when { all { count { levels: \"1\" "
                         "at_least: 2 } } } } " +
                             lowest);
    Write(falling);
  }
  const auto shipped = ReadShipped(directory_.string());
  ASSERT_EQ(shipped.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(shipped.status().message()),
              AllOf(HasSubstr("other@1.txtpb:28:"), HasSubstr("third@1.txtpb:28:"),
                    HasSubstr("although an input rises"), HasSubstr("(odd)")));
}

TEST_F(CatalogueFilesTest, TellsTheFaultsOfAllFilesAtOnce) {
  version::SourceText faulty = version::SampleSource("other", "1");
  faulty.text.replace(faulty.text.find("\"K1\""), 4, "\"W1\"");
  Write(faulty);
  Write({"broken@1.txtpb", "name: \"frameworks/broken/versions/1\"\ngroups {"});
  Write({"large@1.txtpb", std::string(version::kMaxTextBytes + 1, '#')});
  const auto shipped = ReadShipped(directory_.string());
  ASSERT_EQ(shipped.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(shipped.status().message()),
      AllOf(HasSubstr("broken@1.txtpb:2:9: "), HasSubstr("large@1.txtpb: got 1048577 bytes"),
            HasSubstr("other@1.txtpb:8:96: items[1].code: \"W1\" is used before")));
}

}  // namespace
}  // namespace assay::framework
