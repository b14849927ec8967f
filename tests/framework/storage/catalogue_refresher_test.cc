#include "services/framework/storage/catalogue_refresher.h"

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

#include "services/framework/storage/sqlite/sqlite_version_store.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

class CatalogueRefresherTest : public testing::Test {
 protected:
  CatalogueRefresherTest() {
    SqliteVersionOptions options;
    options.path = folder_.File("framework.db");
    store_ = OpenSqliteVersionStore(options).value();
    keeper_ = CatalogueKeeper::Open({}, store_.get()).value();
  }

  TemporaryFolder folder_;
  std::unique_ptr<VersionStore> store_;
  std::unique_ptr<CatalogueKeeper> keeper_;
};

TEST_F(CatalogueRefresherTest, TakesOverWhatOthersWrite) {
  const CatalogueRefresher refresher(keeper_.get(), absl::Milliseconds(1),
                                     [](const absl::Status&) {});
  ASSERT_TRUE(store_->Write(Held(SampleVersion(), v1::VERSION_STATE_PUBLISHED), {}).ok());
  while (keeper_->holder().Current()->versions().empty()) std::this_thread::yield();
  EXPECT_EQ(keeper_->holder().Current()->versions().size(), 1u);
}

TEST_F(CatalogueRefresherTest, TellsWhatCannotBeTakenOver) {
  std::promise<absl::Status> told;
  bool once = false;
  const CatalogueRefresher refresher(keeper_.get(), absl::Milliseconds(1),
                                     [&](const absl::Status& status) {
                                       if (!std::exchange(once, true)) told.set_value(status);
                                     });
  HeldVersion damaged = Held(SampleVersion());
  damaged.content.clear();
  ASSERT_TRUE(store_->Write(damaged, {}).ok());
  EXPECT_EQ(told.get_future().get().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CatalogueRefresherTest, EndsAtOnceHoweverLongTheInterval) {
  const CatalogueRefresher refresher(keeper_.get(), absl::Hours(1), [](const absl::Status&) {});
}

}  // namespace
}  // namespace assay::framework
