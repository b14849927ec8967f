#include "services/evidence/storage/postgresql/schema.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/postgresql/migrations.h"
#include "services/evidence/core/row.h"

namespace assay::evidence::pg {
namespace {

using postgresql::Connection;
using postgresql::Result;
using postgresql::Statement;

struct Index {
  const char* name;
  const char* on;
};

struct Table {
  const char* name;
  // One a line; the first is the partition, which every key begins with.
  const char* columns;
  const char* key;
  // Of a page, in per cent; 0: all of it. Room for updates beside what they replace.
  int fill = 0;
  // Split into pieces on one machine.
  bool large = false;
  std::vector<Index> indexes = {};
};

// Days are days since 1970, times microseconds since 1970. Names are compared byte by byte.
const std::vector<Table>& Tables() {
  static const auto* const tables = new std::vector<Table>{
      {"partition_revision",
       "  partition_id int NOT NULL,\n"
       "  revision bigint NOT NULL,\n"
       "  recorded_us bigint NOT NULL,\n"
       "  log bytea NOT NULL,\n",
       "partition_id", 20},
      {"record",
       "  partition_id int NOT NULL,\n"
       "  kind int NOT NULL,\n"
       "  revision bigint NOT NULL,\n"
       "  recorded_us bigint NOT NULL,\n"
       "  superseded_by bigint NOT NULL,\n"
       "  place bigint NOT NULL,\n"
       "  effective_day int NOT NULL,\n"
       "  assessed boolean NOT NULL,\n"
       "  has_texts boolean NOT NULL,\n"
       "  subject text COLLATE \"C\" NOT NULL,\n"
       "  id bytea,\n"
       "  request_id bytea,\n"
       "  origin bytea,\n"
       "  leaf bytea NOT NULL,\n"
       "  payload bytea NOT NULL,\n",
       "partition_id, revision",
       0,
       true,
       {{"record_subject", "(partition_id, subject, revision)"},
        {"record_by_id", "(partition_id, id) WHERE id IS NOT NULL"}}},
      {"record_text",
       "  partition_id int NOT NULL,\n"
       "  revision bigint NOT NULL,\n"
       "  sealed bytea NOT NULL,\n"
       "  commitments bytea,\n",
       "partition_id, revision", 0, true},
      {"subject",
       "  partition_id int NOT NULL,\n"
       "  name text COLLATE \"C\" NOT NULL,\n"
       "  state_revision bigint NOT NULL,\n"
       "  newest_revision bigint NOT NULL,\n"
       "  head bytea NOT NULL,\n",
       "partition_id, name", 60, true},
      {"request",
       "  partition_id int NOT NULL,\n"
       "  noted boolean NOT NULL,\n"
       "  revision bigint NOT NULL,\n"
       "  request_id bytea NOT NULL,\n"
       "  fingerprint bytea NOT NULL,\n",
       "partition_id, request_id",
       0,
       true,
       {{"request_noted", "(partition_id, revision) WHERE noted"}}},
      {"source_reference",
       "  partition_id int NOT NULL,\n"
       "  revision bigint NOT NULL,\n"
       "  origin bytea NOT NULL,\n"
       "  body bytea NOT NULL,\n",
       "partition_id, origin, revision", 0, true},
      {"log_tile",
       "  partition_id int NOT NULL,\n"
       "  tile bigint NOT NULL,\n"
       "  root bytea NOT NULL,\n",
       "partition_id, tile"},
      {"registry",
       "  partition_id int NOT NULL,\n"
       "  kind int NOT NULL,\n"
       "  revision bigint NOT NULL,\n"
       "  from_day int NOT NULL,\n"
       "  before_day int NOT NULL,\n"
       "  area_kind int NOT NULL,\n"
       "  name text COLLATE \"C\" NOT NULL,\n"
       "  provider text COLLATE \"C\",\n"
       "  sector text COLLATE \"C\" NOT NULL,\n",
       "partition_id, name",
       80,
       false,
       {{"registry_by_kind", "(kind, name)"},
        {"registry_by_provider", "(provider, name) WHERE provider IS NOT NULL"}}},
      {"location_area",
       "  partition_id int NOT NULL,\n"
       "  from_day int NOT NULL,\n"
       "  before_day int NOT NULL,\n"
       "  location text COLLATE \"C\" NOT NULL,\n"
       "  area text COLLATE \"C\" NOT NULL,\n",
       "partition_id, location, area, from_day",
       0,
       false,
       {{"location_area_by_area", "(area, location, from_day, before_day)"}}},
      {"attachment",
       "  partition_id int NOT NULL,\n"
       "  size bigint NOT NULL,\n"
       "  created_us bigint NOT NULL,\n"
       "  root text COLLATE \"C\" NOT NULL,\n"
       "  digest bytea NOT NULL,\n"
       "  upload_id bytea NOT NULL,\n",
       "partition_id, root, digest"},
      {"attachment_piece",
       "  partition_id int NOT NULL,\n"
       "  piece int NOT NULL,\n"
       "  created_us bigint NOT NULL,\n"
       "  upload_id bytea NOT NULL,\n"
       "  bytes bytea NOT NULL,\n",
       "partition_id, upload_id, piece"},
      {"attachment_use",
       "  partition_id int NOT NULL,\n"
       "  revision bigint NOT NULL,\n"
       "  root text COLLATE \"C\" NOT NULL,\n"
       "  digest bytea NOT NULL,\n",
       "partition_id, root, digest, revision",
       0,
       false,
       {{"attachment_use_by_record", "(partition_id, revision)"}}},
  };
  return *tables;
}

// From version 1, whose subjects had no index in the order of recording, and whose texts no short
// form: a row without one is read whole. Tables that were made as they are now stay as they are.
// Nobody waits for a large index as long as for an answer.
constexpr char kToVersion2[] =
    "SET LOCAL statement_timeout = 0;\n"
    "ALTER TABLE record_text ADD COLUMN IF NOT EXISTS commitments bytea;\n"
    "CREATE INDEX IF NOT EXISTS record_subject ON record (partition_id, subject, revision);\n"
    "DROP INDEX IF EXISTS record_state;\n";

// The version that the tables have here.
constexpr int kVersion = 2;

// One row: the epoch.
constexpr char kStoreTable[] =
    "CREATE TABLE store (\n"
    "  only_one int PRIMARY KEY CHECK (only_one = 1),\n"
    "  epoch bigint NOT NULL);\n";

std::string TableSql(const Table& table, Layout layout) {
  const bool split = table.large && layout == Layout::kOneMachine;
  std::string sql =
      absl::StrCat("CREATE TABLE ", table.name, " (\n", table.columns, "  PRIMARY KEY (", table.key,
                   "))", split ? " PARTITION BY HASH (partition_id)" : "");
  const std::string fill =
      table.fill == 0 ? "" : absl::StrCat(" WITH (fillfactor = ", table.fill, ")");
  absl::StrAppend(&sql, split ? "" : fill, ";\n");
  for (int piece = 0; split && piece < kPieces; ++piece) {
    absl::StrAppend(&sql, "CREATE TABLE ", table.name, "_", piece, " PARTITION OF ", table.name,
                    " FOR VALUES WITH (MODULUS ", kPieces, ", REMAINDER ", piece, ")", fill, ";\n");
  }
  for (const Index& index : table.indexes) {
    absl::StrAppend(&sql, "CREATE INDEX ", index.name, " ON ", table.name, " ", index.on, ";\n");
  }
  return sql;
}

std::string TablesSql(Layout layout) {
  std::string sql;
  for (const Table& table : Tables()) absl::StrAppend(&sql, TableSql(table, layout), "\n");
  return absl::StrCat(sql, kStoreTable);
}

std::string DistributionSql() {
  std::string sql;
  absl::string_view first;
  for (const Table& table : Tables()) {
    absl::StrAppend(&sql, "SELECT create_distributed_table('", table.name, "', 'partition_id'");
    if (first.empty()) {
      first = table.name;
    } else {
      absl::StrAppend(&sql, ", colocate_with => '", first, "'");
    }
    absl::StrAppend(&sql, ");\n");
  }
  return absl::StrCat(sql, "SELECT create_reference_table('store');\n");
}

absl::StatusOr<std::string> Setting(Connection& connection, const char* name) {
  Statement statement{"SELECT current_setting($1)", {}};
  statement.params.Text(name);
  const absl::StatusOr<Result> result = connection.Query(statement);
  if (!result.ok()) return result.status();
  return std::string(result->Bytes(0, 0));
}

// Whether tables of others have names of ours, where ours could not be made.
absl::Status CheckForeign(Connection& connection) {
  std::vector<absl::string_view> names = {"store", "assay_schema"};
  for (const Table& table : Tables()) names.push_back(table.name);
  Statement statement{
      "SELECT current_database(), n.nspname,"
      " string_agg(c.relname, ', ' ORDER BY c.relname COLLATE \"C\")"
      " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
      " WHERE n.nspname = current_schema() AND c.relname = ANY($1) GROUP BY n.nspname",
      {}};
  statement.params.TextArray(names);
  const absl::StatusOr<Result> found = connection.Query(statement);
  if (!found.ok() || found->rows() == 0) return absl::OkStatus();
  // Where ours are, something else is wrong with them.
  const absl::StatusOr<Result> ours =
      connection.Query({"SELECT version FROM assay_schema WHERE component = 'evidence'", {}});
  if (ours.ok() && ours->rows() > 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("evidence store: the schema ", found->Bytes(0, 1), " of the database ",
                   found->Bytes(0, 0), " is not ours: it has tables of others named ",
                   found->Bytes(0, 2), ", and none of this service; name a database of its own"));
}

}  // namespace

std::string SchemaSql(Layout layout) {
  const bool citus = layout == Layout::kCitus;
  return absl::StrCat(
      "-- The tables of the evidence service on ",
      citus ? "a cluster of PostgreSQL 15 with Citus" : "one PostgreSQL 15",
      ": README.md.\n-- Made from services/evidence/storage/postgresql/schema.cc; a test "
      "compares.\n"
      "BEGIN;\n\n",
      TablesSql(layout), "\n", citus ? DistributionSql() + "\n" : "",
      "CREATE TABLE IF NOT EXISTS assay_schema(component text PRIMARY KEY, version int NOT NULL);\n"
      "INSERT INTO assay_schema VALUES ('evidence', ",
      kVersion, ");\n\nCOMMIT;\n");
}

absl::Status Migrate(Connection& connection) {
  const postgresql::Migrations migrations = {"evidence",
                                             {TablesSql(Layout::kOneMachine), kToVersion2}};
  const absl::Status status = postgresql::Migrate(connection, migrations);
  if (status.ok() || connection.broken()) return status;
  const absl::Status foreign = CheckForeign(connection);
  return foreign.ok() ? status : errors::WithPrivateDetail(foreign, errors::PrivateDetail(status));
}

absl::Status CheckSettings(Connection& connection) {
  struct Wanted {
    const char* name;
    std::vector<std::string> values;
  };
  const Wanted all[] = {{"synchronous_commit", {"on", "remote_apply"}},
                        {"fsync", {"on"}},
                        {"full_page_writes", {"on"}},
                        {"server_encoding", {"UTF8"}}};
  for (const Wanted& wanted : all) {
    const absl::StatusOr<std::string> value = Setting(connection, wanted.name);
    if (!value.ok()) return value.status();
    if (std::find(wanted.values.begin(), wanted.values.end(), *value) != wanted.values.end()) {
      continue;
    }
    return absl::FailedPreconditionError(
        absl::StrCat("evidence store: ", wanted.name, " of the database: got ", *value, ", want ",
                     wanted.values.front(), ", or what is acknowledged could be lost"));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> ReadEpoch(Connection& connection, digest::RandomSource& random) {
  Statement make{"INSERT INTO store VALUES (1, $1) ON CONFLICT DO NOTHING", {}};
  make.params.Int8(static_cast<int64_t>(random.NextUint64()));
  const absl::StatusOr<Result> made = connection.Query(make);
  if (!made.ok()) return made.status();
  const absl::StatusOr<Result> epoch = connection.Query({"SELECT epoch FROM store", {}});
  if (!epoch.ok()) return epoch.status();
  if (epoch->rows() != 1) return errors::Corrupt("evidence store", "it has no epoch");
  return static_cast<uint64_t>(epoch->Int(0, 0));
}

absl::StatusOr<std::vector<int64_t>> CheckCounters(Connection& connection) {
  // Of one moment: other replicas may be writing.
  std::vector<Statement> statements = {
      {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}},
      {"SELECT partition_id, revision FROM partition_revision", {}}};
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    statements.push_back(
        {"SELECT revision FROM record WHERE partition_id = $1"
         " ORDER BY revision DESC LIMIT 1",
         {}});
    statements.back().params.Int4(partition);
  }
  statements.push_back({"COMMIT", {}});
  const absl::StatusOr<std::vector<Result>> results = connection.Pipeline(statements);
  if (!results.ok()) return results.status();
  std::vector<int64_t> counters(kPartitions, 0);
  const Result& kept = (*results)[1];
  for (int row = 0; row < kept.rows(); ++row) {
    const int64_t partition = kept.Int(row, 0);
    if (partition < 0 || partition >= kPartitions) {
      return errors::Corrupt("evidence store", absl::StrCat("partition ", partition));
    }
    counters[static_cast<size_t>(partition)] = kept.Int(row, 1);
  }
  for (size_t partition = 0; partition < counters.size(); ++partition) {
    const Result& newest = (*results)[partition + 2];
    const int64_t counter = newest.rows() == 0 ? 0 : newest.Int(0, 0);
    if (counter != counters[partition]) {
      return errors::Corrupt("evidence store",
                             absl::StrCat("partition ", partition, " counts ", counters[partition],
                                          ", its log ", counter));
    }
  }
  return counters;
}

}  // namespace assay::evidence::pg
