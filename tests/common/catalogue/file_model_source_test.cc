#include "services/common/catalogue/file_model_source.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/errors/errors.h"
#include "tests/common/version/sample_version.h"

namespace assay::catalogue {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(FileModelSourceTest, OpensTheShippedCatalogue) {
  const auto source = FileModelSource::OpenDirectory(CatalogueDirectory(""));
  ASSERT_TRUE(source.ok()) << source.status();
  std::vector<std::string> names;
  for (const auto& model : (*source)->models()) names.emplace_back(model->name());
  EXPECT_THAT(
      names, ::testing::ElementsAre(
                 "frameworks/cqc-asc/versions/2026-draft", "frameworks/cqc-ics/versions/2023-draft",
                 "frameworks/cqc-kloe/versions/2017-11", "frameworks/cqc-la/versions/2023-04",
                 "frameworks/cqc-saf/versions/2023-11", "frameworks/cqc-saf/versions/2024-12"));
  const auto saf = (*source)->Find("frameworks/cqc-saf/versions/2024-12");
  ASSERT_TRUE(saf.ok()) << saf.status();
  EXPECT_EQ((*saf)->version().items_size(), 34);
  EXPECT_EQ((*saf)->model_digest(), *model::ModelDigest((*saf)->version()));
  EXPECT_EQ(*saf, (*source)->models().back());
}

TEST(FileModelSourceTest, TellsNamesThatAreWrongFromThoseThatAreUnknown) {
  const auto source = FileModelSource::OpenDirectory(CatalogueDirectory(""));
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->Find("cqc-saf@2024-12").status().code(), absl::StatusCode::kInvalidArgument);
  const auto unknown = (*source)->Find("frameworks/cqc-saf/versions/1999").status();
  EXPECT_EQ(errors::Reason(unknown), "FRAMEWORK_VERSION_NOT_FOUND");
}

class OneFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(::testing::TempDir()) / (std::string("assay_one_file_") + test->name());
  }
  void TearDown() override { fs::remove(path_); }
  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  fs::path path_;
};

TEST_F(OneFileTest, MayHaveAnyName) {
  Write(version::SampleText());
  const auto source = FileModelSource::OpenFile(path_.string());
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_TRUE((*source)->Find("frameworks/sample/versions/2024").ok());
}

TEST_F(OneFileTest, TellsEveryFault) {
  version::SourceText faulty = version::SampleWith("\"K1\"", "\"W1\"");
  const auto at = faulty.text.find("from: \"statement\"");
  faulty.text.replace(at, 17, "from: \"nothing\"");
  Write(faulty.text);
  const auto source = FileModelSource::OpenFile(path_.string());
  ASSERT_EQ(source.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(source.status().message()),
              ::testing::AllOf(HasSubstr(":8:96: items[1].code: \"W1\" is used before"),
                               HasSubstr(":18:5: scoring_model.ladders[0].stages[1].from: ")));
  EXPECT_EQ(FileModelSource::OpenFile("/none/such").status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay::catalogue
