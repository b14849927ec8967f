#include "services/common/postgresql/migrations.h"

#include "absl/strings/str_cat.h"

namespace assay::postgresql {
namespace {

// Any number that nothing else in the database uses: "assaymig" in ASCII.
constexpr int64_t kLock = 0x61737361796d6967;

Statement VersionOf(const std::string& component) {
  Statement statement{"SELECT version FROM assay_schema WHERE component = $1", {}};
  statement.params.Text(component);
  return statement;
}

absl::Status MigrateLocked(Connection& connection, const Migrations& migrations) {
  Statement lock{"SELECT pg_advisory_xact_lock($1)", {}};
  lock.params.Int8(kLock);
  absl::StatusOr<Result> result = connection.Query(lock);
  if (!result.ok()) return result.status();
  absl::Status status = connection.Run(
      "CREATE TABLE IF NOT EXISTS assay_schema(component text PRIMARY KEY, version int NOT NULL)");
  if (!status.ok()) return status;
  result = connection.Query(VersionOf(migrations.component));
  if (!result.ok()) return result.status();
  const size_t version = result->rows() == 0 ? 0 : static_cast<size_t>(result->Int(0, 0));
  if (version > migrations.steps.size()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the database has version ", version, " of the tables of ", migrations.component,
        ", this software knows up to ", migrations.steps.size(), "; start the newer software"));
  }
  if (version == migrations.steps.size()) return absl::OkStatus();
  for (size_t from = version; from < migrations.steps.size(); ++from) {
    status = connection.Run(migrations.steps[from]);
    if (!status.ok()) return status;
  }
  Statement mark{
      "INSERT INTO assay_schema VALUES ($1, $2)"
      " ON CONFLICT (component) DO UPDATE SET version = EXCLUDED.version",
      {}};
  mark.params.Text(migrations.component).Int4(static_cast<int32_t>(migrations.steps.size()));
  return connection.Query(mark).status();
}

}  // namespace

absl::Status Migrate(Connection& connection, const Migrations& migrations) {
  absl::Status status = connection.Run("BEGIN");
  if (!status.ok()) return status;
  status = MigrateLocked(connection, migrations);
  if (status.ok()) return connection.Run("COMMIT");
  if (!connection.broken()) connection.Run("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace assay::postgresql
