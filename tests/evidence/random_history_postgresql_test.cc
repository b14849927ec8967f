#include <memory>

#include "tests/evidence/random_history.h"
#include "tests/evidence/storage/postgresql/postgresql_testing.h"

namespace assay::evidence {
namespace {

// Fewer than on SQLite: a write waits for a server's disk, and what decides is the same code.
INSTANTIATE_TEST_SUITE_P(
    Postgresql, RandomHistory,
    ::testing::Values(HistoryEngine{
        Engine{"postgresql", [] { return std::make_unique<PostgresqlHarness>(false); }}, 50, 2000}),
    [](const ::testing::TestParamInfo<HistoryEngine>& one) { return one.param.engine.name; });

}  // namespace
}  // namespace assay::evidence
