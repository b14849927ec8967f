#include "tests/evidence/storage/postgresql/postgresql_testing.h"

#include <utility>

#include "services/evidence/storage/postgresql/postgresql_record_store.h"
#include "services/evidence/storage/postgresql/schema.h"

namespace assay::evidence {

absl::StatusOr<std::string> MakeStoreDatabase(testing::PostgresServer& server) {
  constexpr char kPattern[] = "evidence_tables";
  const absl::StatusOr<std::string> known =
      server.Ask("SELECT count(*) FROM pg_database WHERE datname = 'evidence_tables'");
  if (!known.ok()) return known.status();
  if (*known == "0") {
    absl::StatusOr<std::string> made = server.Ask("CREATE DATABASE evidence_tables");
    if (made.ok()) made = server.Ask(pg::SchemaSql(pg::Layout::kOneMachine), kPattern);
    if (!made.ok()) return made.status();
  }
  return server.CreateDatabase(kPattern);
}

absl::StatusOr<std::unique_ptr<RecordStore>> PostgresqlHarness::Open(const clock::Clock& clock,
                                                                     digest::RandomSource& random) {
  const absl::StatusOr<testing::PostgresServer*> server = testing::SharedPostgres();
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
    static absl::StatusOr<std::unique_ptr<testing::PgBouncer>> bouncer =
        testing::PgBouncer::Start(**server, 3);
    if (!bouncer.ok()) return bouncer.status();
    options.target = (*bouncer)->Url(database_);
  }
  return OpenPostgresqlRecordStore(options, clock, random);
}

}  // namespace assay::evidence
