#include "tests/evidence/random_history.h"

#include <memory>

#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Sqlite, RandomHistory,
    testing::Values(Engine{"sqlite", [] { return std::make_unique<SqliteHarness>(); }}),
    [](const testing::TestParamInfo<Engine>& engine) { return engine.param.name; });

}  // namespace
}  // namespace assay::evidence
