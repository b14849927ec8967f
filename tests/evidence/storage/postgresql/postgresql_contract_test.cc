#include <memory>
#include <string>

#include "services/common/errors/errors.h"
#include "services/evidence/storage/postgresql/postgresql_record_store.h"
#include "tests/evidence/storage/postgresql/postgresql_testing.h"
#include "tests/evidence/storage/record_store_contract.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using assay::testing::PgBouncer;
using assay::testing::PostgresServer;
using assay::testing::SharedPostgres;

// A database of the test program's server, reached directly or through a pooler.
class PostgresqlHarness final : public EngineHarness {
 public:
  explicit PostgresqlHarness(bool pooled) : pooled_(pooled) {}

  absl::StatusOr<std::unique_ptr<RecordStore>> Open(const clock::Clock& clock,
                                                    digest::RandomSource& random) override {
    const absl::StatusOr<PostgresServer*> server = SharedPostgres();
    if (!server.ok()) return server.status();
    if (database_.empty()) {
      absl::StatusOr<std::string> made = MakeStoreDatabase(**server);
      if (!made.ok()) return made.status();
      database_ = *std::move(made);
    }
    PostgresqlOptions options;
    options.target = (*server)->Url(database_);
    if (pooled_) {
      // One for the whole program, before more databases than it has connections for.
      static absl::StatusOr<std::unique_ptr<PgBouncer>> bouncer = PgBouncer::Start(**server, 3);
      if (!bouncer.ok()) return bouncer.status();
      options.target = (*bouncer)->Url(database_);
    }
    return OpenPostgresqlRecordStore(options, clock, random);
  }

 private:
  const bool pooled_;
  std::string database_;
};

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
