#include "services/framework/storage/catalogue_keeper.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "services/framework/storage/sqlite/sqlite_version_store.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

constexpr char kStored[] = "frameworks/sample/versions/2025";

class CatalogueKeeperTest : public testing::Test {
 protected:
  CatalogueKeeperTest() {
    SqliteVersionOptions options;
    options.path = folder_.File("framework.db");
    auto store = OpenSqliteVersionStore(options);
    if (!store.ok()) std::abort();
    store_ = *std::move(store);
  }

  std::unique_ptr<CatalogueKeeper> Keep() {
    auto keeper = CatalogueKeeper::Open({{Served(SampleVersion())}, {}}, store_.get());
    EXPECT_TRUE(keeper.ok()) << keeper.status();
    return keeper.ok() ? *std::move(keeper) : nullptr;
  }

  HeldVersion Write(v1::VersionState state, std::int64_t revision = 0) {
    HeldVersion next = Held(SampleVersion("2025", 2025), state);
    next.revision = revision;
    auto written = store_->Write(next, {});
    EXPECT_TRUE(written.ok()) << written.status();
    return written.ok() ? *std::move(written) : HeldVersion();
  }

  static v1::VersionState StateOf(const CatalogueKeeper& keeper, const std::string& name) {
    const auto catalogue = keeper.holder().Current();
    const CatalogueVersion* version = catalogue->FindVersion(name);
    return version == nullptr ? v1::VERSION_STATE_UNSPECIFIED : version->message().state();
  }

  TemporaryFolder folder_;
  std::unique_ptr<VersionStore> store_;
};

TEST_F(CatalogueKeeperTest, ServesWhatIsShippedAndWhatIsStored) {
  Write(v1::VERSION_STATE_PUBLISHED);
  const auto keeper = Keep();
  ASSERT_NE(keeper, nullptr);
  EXPECT_EQ(StateOf(*keeper, kStored), v1::VERSION_STATE_PUBLISHED);
  EXPECT_EQ(StateOf(*keeper, "frameworks/sample/versions/2024"), v1::VERSION_STATE_SUPERSEDED);
  EXPECT_NE(keeper->FindShipped("frameworks/sample/versions/2024"), nullptr);
  EXPECT_EQ(keeper->FindShipped(kStored), nullptr);
}

TEST_F(CatalogueKeeperTest, APutIsInForceAndAnOlderOneIsPassedOver) {
  const auto keeper = Keep();
  ASSERT_NE(keeper, nullptr);
  const auto before = keeper->holder().Current();
  const HeldVersion draft = Write(v1::VERSION_STATE_DRAFT);
  const HeldVersion published = Write(v1::VERSION_STATE_PUBLISHED, draft.revision);
  ASSERT_TRUE(keeper->Put(published).ok());
  ASSERT_TRUE(keeper->Put(draft).ok());
  EXPECT_EQ(StateOf(*keeper, kStored), v1::VERSION_STATE_PUBLISHED);
  // Who took the old catalogue keeps it.
  EXPECT_EQ(before->FindVersion(kStored), nullptr);
}

TEST_F(CatalogueKeeperTest, ARefreshTakesOverWhatOthersWrote) {
  const auto keeper = Keep();
  ASSERT_NE(keeper, nullptr);
  Write(v1::VERSION_STATE_PUBLISHED);
  EXPECT_EQ(StateOf(*keeper, kStored), v1::VERSION_STATE_UNSPECIFIED);
  ASSERT_TRUE(keeper->Refresh().ok());
  EXPECT_EQ(StateOf(*keeper, kStored), v1::VERSION_STATE_PUBLISHED);
  const auto same = keeper->holder().Current();
  ASSERT_TRUE(keeper->Refresh().ok());
  EXPECT_EQ(keeper->holder().Current(), same) << "nothing was written since";
}

TEST_F(CatalogueKeeperTest, WhatCannotBeReadLeavesTheOldCatalogueServing) {
  const auto keeper = Keep();
  ASSERT_NE(keeper, nullptr);
  HeldVersion damaged = Held(SampleVersion("2025", 2025), v1::VERSION_STATE_PUBLISHED);
  damaged.content.resize(damaged.content.size() / 2);
  ASSERT_TRUE(store_->Write(damaged, {}).ok());
  const auto before = keeper->holder().Current();
  EXPECT_EQ(keeper->Refresh().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(keeper->holder().Current(), before);
}

TEST_F(CatalogueKeeperTest, WithoutAStoreItServesWhatIsShipped) {
  const auto keeper = CatalogueKeeper::Open({{Served(SampleVersion())}, {}}, nullptr);
  ASSERT_TRUE(keeper.ok()) << keeper.status();
  EXPECT_TRUE((*keeper)->Refresh().ok());
  EXPECT_EQ((*keeper)->holder().Current()->versions().size(), 1u);
}

}  // namespace
}  // namespace assay::framework
