#include "services/evidence/storage/sqlite/schema.h"

#include "absl/strings/str_cat.h"

#include "services/evidence/storage/sqlite/migrate_v2.h"

namespace assay::evidence::sqlite {
namespace {

// Every primary key begins with the partition, as a sharded database needs it
// (docs/adr/0002-one-log-table.md). Days are days since 1970, times microseconds since 1970.
constexpr char kVersion1[] = R"sql(
CREATE TABLE store(
  only INTEGER PRIMARY KEY CHECK (only = 1),
  epoch INTEGER NOT NULL);

CREATE TABLE partition_revision(
  partition_id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  recorded_us INTEGER NOT NULL);

CREATE TABLE record(
  partition_id INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  recorded_us INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  place INTEGER NOT NULL,
  effective_day INTEGER NOT NULL,
  assessed INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (partition_id, revision)) WITHOUT ROWID;
CREATE INDEX record_state ON record(
  partition_id, subject, place, effective_day DESC, assessed DESC, revision DESC);

CREATE TABLE record_id(
  partition_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, id)) WITHOUT ROWID;

CREATE TABLE request(
  partition_id INTEGER NOT NULL,
  request_id BLOB NOT NULL,
  fingerprint BLOB NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, request_id)) WITHOUT ROWID;

CREATE TABLE source_reference(
  partition_id INTEGER NOT NULL,
  origin BLOB NOT NULL,
  body BLOB NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, origin, body, revision)) WITHOUT ROWID;

CREATE TABLE supersession(
  partition_id INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  by_revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, revision)) WITHOUT ROWID;

CREATE TABLE registry(
  partition_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  provider TEXT,
  sector TEXT NOT NULL,
  from_day INTEGER NOT NULL,
  before_day INTEGER NOT NULL,
  area_kind INTEGER NOT NULL,
  PRIMARY KEY (partition_id, name)) WITHOUT ROWID;
CREATE INDEX registry_by_kind ON registry(kind, name);
CREATE INDEX registry_by_provider ON registry(provider, name) WHERE provider IS NOT NULL;

CREATE TABLE location_area(
  partition_id INTEGER NOT NULL,
  location TEXT NOT NULL,
  area TEXT NOT NULL,
  from_day INTEGER NOT NULL,
  before_day INTEGER NOT NULL,
  PRIMARY KEY (partition_id, location, area, from_day)) WITHOUT ROWID;
CREATE INDEX location_area_by_area ON location_area(area, location, from_day, before_day);
)sql";

absl::Status ToVersion1(Database& database, digest::RandomSource& random) {
  absl::Status status = database.Run(kVersion1);
  if (!status.ok()) return status;
  const int64_t epoch = static_cast<int64_t>(random.NextUint64());
  status = database.Run(absl::StrCat("INSERT INTO store VALUES (1, ", epoch, ")").c_str());
  if (!status.ok()) return status;
  return database.Run(absl::StrCat("PRAGMA application_id = ", kApplicationId).c_str());
}

// kMigrations[n] leads from version n to n + 1, within a transaction.
constexpr absl::Status (*kMigrations[])(Database&, digest::RandomSource&) = {ToVersion1,
                                                                             ToVersion2};
static_assert(sizeof(kMigrations) / sizeof(kMigrations[0]) == kSchemaVersion);

// Runs one step with its version mark, or none of it.
absl::Status Step(Database& database, int from, digest::RandomSource& random) {
  absl::Status status = database.Run("BEGIN IMMEDIATE");
  if (status.ok()) status = kMigrations[from](database, random);
  if (status.ok()) status = database.Run(absl::StrCat("PRAGMA user_version = ", from + 1).c_str());
  if (status.ok()) status = database.Run("COMMIT");
  if (!status.ok() && !database.Idle()) database.Run("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace

absl::Status Migrate(Database& database, digest::RandomSource& random) {
  const absl::StatusOr<int64_t> version = database.Ask("PRAGMA user_version");
  if (!version.ok()) return version.status();
  for (int from = static_cast<int>(*version); from < kSchemaVersion; ++from) {
    absl::Status status = Step(database, from, random);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> ReadEpoch(Database& database) {
  const absl::StatusOr<int64_t> epoch = database.Ask("SELECT epoch FROM store");
  if (!epoch.ok()) return epoch.status();
  return static_cast<uint64_t>(*epoch);
}

}  // namespace assay::evidence::sqlite
