#include <memory>

#include "tests/evidence/storage/postgresql/postgresql_testing.h"
#include "tests/evidence/storage/record_store_contract.h"

namespace assay::evidence {
namespace {

Engine EngineOf(const char* name, bool pooled) {
  return Engine{name, [pooled] { return std::make_unique<PostgresqlHarness>(pooled); }};
}

INSTANTIATE_TEST_SUITE_P(Postgresql, RecordStoreContract,
                         ::testing::Values(EngineOf("postgresql", false),
                                           EngineOf("pgbouncer", true)),
                         [](const ::testing::TestParamInfo<Engine>& engine) {
                           return engine.param.name;
                         });

}  // namespace
}  // namespace assay::evidence
