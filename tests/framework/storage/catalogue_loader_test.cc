#include "services/framework/storage/catalogue_loader.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/framework/storage/directory_store.h"
#include "tests/common/version/sample_version.h"

namespace assay::framework {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class CatalogueLoaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(::testing::TempDir()) / (std::string("assay_loader_") + test->name());
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

TEST_F(CatalogueLoaderTest, LoadsADirectory) {
  Write(version::SampleSource("other", "1"));
  const auto catalogue = LoadCatalogue(DirectoryStore(directory_.string()));
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  EXPECT_EQ((*catalogue)->versions().size(), 2u);
}

TEST_F(CatalogueLoaderTest, TellsTheFaultsOfAllFilesAtOnce) {
  version::SourceText faulty = version::SampleSource("other", "1");
  faulty.text.replace(faulty.text.find("\"K1\""), 4, "\"W1\"");
  Write(faulty);
  Write({"broken@1.txtpb", "name: \"frameworks/broken/versions/1\"\ngroups {"});
  Write({"large@1.txtpb", std::string(version::kMaxTextBytes + 1, '#')});
  const auto catalogue = LoadCatalogue(DirectoryStore(directory_.string()));
  ASSERT_EQ(catalogue.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(catalogue.status().message()),
      AllOf(HasSubstr("broken@1.txtpb:2:9: "), HasSubstr("large@1.txtpb: got 1048577 bytes"),
            HasSubstr("other@1.txtpb:8:96: items[1].code: \"W1\" is used before")));
}

TEST_F(CatalogueLoaderTest, ABadReloadLeavesTheOldCatalogueServing) {
  const DirectoryStore store(directory_.string());
  const auto first = LoadCatalogue(store);
  ASSERT_TRUE(first.ok()) << first.status();
  CatalogueHolder holder(*first);
  Write({"broken@1.txtpb", "}"});
  EXPECT_EQ(ReloadCatalogue(store, &holder).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(holder.Current(), *first);
  fs::remove(directory_ / "broken@1.txtpb");
  Write(version::SampleSource("sample", "2025"));
  EXPECT_TRUE(ReloadCatalogue(store, &holder).ok());
  EXPECT_NE(holder.Current()->FindVersion("frameworks/sample/versions/2025"), nullptr);
}

}  // namespace
}  // namespace assay::framework
