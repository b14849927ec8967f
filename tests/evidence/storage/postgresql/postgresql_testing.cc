#include "tests/evidence/storage/postgresql/postgresql_testing.h"

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

}  // namespace assay::evidence
