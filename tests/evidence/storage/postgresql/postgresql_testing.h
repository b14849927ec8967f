#pragma once

// Databases of a test's PostgreSQL that have the tables of the evidence service.
//
// Thread safety: none. Cost: the tables are made once a server; each database is a copy.

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "tests/common/testing/postgres_server.h"
#include "tests/evidence/storage/record_store_contract.h"

namespace assay::evidence {

// The name of a new database, with tables by deploy/postgresql's own statements and no record.
absl::StatusOr<std::string> MakeStoreDatabase(testing::PostgresServer& server);

// A database of the test program's server, reached directly or through a pooler.
class PostgresqlHarness final : public EngineHarness {
 public:
  explicit PostgresqlHarness(bool pooled) : pooled_(pooled) {}

  absl::StatusOr<std::unique_ptr<RecordStore>> Open(const clock::Clock& clock,
                                                    digest::RandomSource& random) override;

 private:
  const bool pooled_;
  std::string database_;
};

}  // namespace assay::evidence
