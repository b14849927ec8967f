#include "services/framework/storage/catalogue_keeper.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/framework/storage/sqlite/sqlite_version_store.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

using ::testing::HasSubstr;

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

// A content is kept once: this one is of its own.
HeldVersion Damaged(const std::string& id) {
  v1::FrameworkVersion version = SampleVersion(id, 2025);
  version.add_notes("Damaged.");
  HeldVersion damaged = Held(version, v1::VERSION_STATE_PUBLISHED);
  damaged.content.resize(damaged.content.size() / 2);
  return damaged;
}

TEST_F(CatalogueKeeperTest, ADamagedVersionIsSetAsideAndTheRestServes) {
  ASSERT_TRUE(store_->Write(Damaged("2026"), {}).ok());
  Write(v1::VERSION_STATE_PUBLISHED);
  const auto keeper = Keep();
  ASSERT_NE(keeper, nullptr);
  EXPECT_EQ(StateOf(*keeper, kStored), v1::VERSION_STATE_PUBLISHED);
  const auto catalogue = keeper->holder().Current();
  EXPECT_EQ(catalogue->versions().size(), 2u) << "the damaged one is not listed";
  const std::string name = "frameworks/sample/versions/2026";
  const absl::Status told = catalogue->GetVersion(name).status();
  EXPECT_EQ(errors::Reason(told), "DATA_CORRUPT");
  EXPECT_THAT(std::string(told.message()), HasSubstr(name));
  const absl::Status health = keeper->Check();
  EXPECT_EQ(errors::Reason(health), "DATA_CORRUPT");
  EXPECT_THAT(std::string(health.message()), HasSubstr(name));
  EXPECT_THAT(errors::PrivateDetail(health), HasSubstr(name + ": the content is not"));
}

TEST_F(CatalogueKeeperTest, WhatOthersWroteDamagedIsToldOnceAndTheOldVersionServes) {
  const HeldVersion draft = Write(v1::VERSION_STATE_DRAFT);
  const auto keeper = Keep();
  ASSERT_NE(keeper, nullptr);
  EXPECT_TRUE(keeper->Check().ok());
  HeldVersion damaged = Damaged("2025");
  damaged.revision = draft.revision;
  ASSERT_TRUE(store_->Write(damaged, {}).ok());
  ASSERT_TRUE(store_->Write(Damaged("2026"), {}).ok());
  const absl::Status told = keeper->Refresh();
  EXPECT_EQ(errors::Reason(told), "DATA_CORRUPT");
  EXPECT_THAT(std::string(told.message()), HasSubstr(kStored));
  EXPECT_EQ(StateOf(*keeper, kStored), v1::VERSION_STATE_DRAFT);
  EXPECT_EQ(StateOf(*keeper, "frameworks/sample/versions/2026"), v1::VERSION_STATE_UNSPECIFIED);
  EXPECT_TRUE(keeper->Refresh().ok()) << "nothing came since";
  EXPECT_EQ(errors::Reason(keeper->Check()), "DATA_CORRUPT");
}

// What a later process reads of the file alone.
TEST_F(CatalogueKeeperTest, AShippedVersionServesThoughItsRowIsDamaged) {
  ASSERT_TRUE(store_->Write(Damaged("2024"), {}).ok());
  const auto keeper = Keep();
  ASSERT_NE(keeper, nullptr);
  EXPECT_EQ(StateOf(*keeper, "frameworks/sample/versions/2024"), v1::VERSION_STATE_PUBLISHED);
  EXPECT_EQ(errors::Reason(keeper->Check()), "DATA_CORRUPT");
}

TEST_F(CatalogueKeeperTest, WithoutAStoreItServesWhatIsShipped) {
  const auto keeper = CatalogueKeeper::Open({{Served(SampleVersion())}, {}}, nullptr);
  ASSERT_TRUE(keeper.ok()) << keeper.status();
  EXPECT_TRUE((*keeper)->Refresh().ok());
  EXPECT_EQ((*keeper)->holder().Current()->versions().size(), 1u);
}

}  // namespace
}  // namespace assay::framework
