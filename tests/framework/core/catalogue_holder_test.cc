#include "services/framework/core/catalogue_holder.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "services/common/version/load.h"
#include "tests/common/version/sample_version.h"

namespace assay::framework {
namespace {

std::shared_ptr<const Catalogue> WithVersion(const std::string& id) {
  const version::LoadResult loaded = version::LoadVersions({version::SampleSource("sample", id)});
  std::vector<std::shared_ptr<const v1::FrameworkVersion>> versions;
  for (const version::LoadedVersion& one : loaded.versions) versions.push_back(one.version);
  return std::make_shared<const Catalogue>(versions);
}

TEST(CatalogueHolderTest, ReadersKeepTheCatalogueTheyTook) {
  CatalogueHolder holder(WithVersion("1"));
  const auto before = holder.Current();
  holder.Replace(WithVersion("2"));
  EXPECT_NE(before->FindVersion("frameworks/sample/versions/1"), nullptr);
  EXPECT_EQ(holder.Current()->FindVersion("frameworks/sample/versions/1"), nullptr);
  EXPECT_NE(holder.Current()->FindVersion("frameworks/sample/versions/2"), nullptr);
}

TEST(CatalogueHolderTest, EveryReaderSeesAWholeCatalogueWhileItIsReplaced) {
  const std::shared_ptr<const Catalogue> both[] = {WithVersion("1"), WithVersion("2")};
  CatalogueHolder holder(both[0]);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done.load()) {
        const auto current = holder.Current();
        if (current->versions().size() != 1 || current->frameworks().size() != 1) ++wrong;
      }
    });
  }
  for (int i = 0; i < 2000; ++i) holder.Replace(both[i % 2]);
  done.store(true);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace assay::framework
