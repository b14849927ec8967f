#include "tests/evidence/random_history.h"

#include <memory>

#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Sqlite, RandomHistory,
    testing::Values(HistoryEngine{
        Engine{"sqlite", [] { return std::make_unique<SqliteHarness>(); }}, 200, 5000}),
    [](const testing::TestParamInfo<HistoryEngine>& one) { return one.param.engine.name; });

}  // namespace
}  // namespace assay::evidence
