#include <memory>

#include "services/evidence/storage/sqlite/sqlite_record_store.h"
#include "tests/evidence/storage/record_store_contract.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

class SqliteHarness final : public EngineHarness {
 public:
  absl::StatusOr<std::unique_ptr<RecordStore>> Open(const clock::Clock& clock,
                                                    digest::RandomSource& random) override {
    SqliteOptions options;
    options.path = folder_.File("evidence.db");
    return OpenSqliteRecordStore(options, clock, random);
  }

 private:
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(
    Sqlite, RecordStoreContract,
    testing::Values(Engine{"sqlite", [] { return std::make_unique<SqliteHarness>(); }}),
    [](const testing::TestParamInfo<Engine>& engine) { return engine.param.name; });

}  // namespace
}  // namespace assay::evidence
