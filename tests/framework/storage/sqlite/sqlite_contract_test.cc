#include <memory>

#include "services/framework/storage/sqlite/sqlite_version_store.h"
#include "tests/framework/framework_testing.h"
#include "tests/framework/storage/version_store_contract.h"

namespace assay::framework {
namespace {

class SqliteHarness final : public VersionEngineHarness {
 public:
  absl::StatusOr<std::unique_ptr<VersionStore>> Open() override {
    SqliteVersionOptions options;
    options.path = folder_.File("framework.db");
    return OpenSqliteVersionStore(options);
  }

 private:
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(
    Sqlite, VersionStoreContract,
    testing::Values(VersionEngine{"sqlite", [] { return std::make_unique<SqliteHarness>(); }}),
    [](const testing::TestParamInfo<VersionEngine>& engine) { return engine.param.name; });

}  // namespace
}  // namespace assay::framework
