#include "services/framework/storage/postgresql/postgresql_version_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "services/common/errors/errors.h"
#include "services/common/postgresql/migrations.h"
#include "services/common/postgresql/pool.h"

namespace assay::framework {
namespace {

using postgresql::Connection;
using postgresql::Params;
using postgresql::Result;
using postgresql::Statement;

constexpr char kStore[] = "framework store";

// As the SQLite engine's: times are microseconds since 1970, null where unset; an answer repeats
// the columns of its version as they were.
constexpr char kTables[] = R"sql(
CREATE TABLE framework_store(
  one boolean PRIMARY KEY CHECK (one),
  generation bigint NOT NULL);
INSERT INTO framework_store VALUES (true, 0);
CREATE TABLE framework_content(
  digest text PRIMARY KEY,
  bytes bytea NOT NULL);
CREATE TABLE framework_version(
  name text COLLATE "C" PRIMARY KEY,
  state bigint NOT NULL,
  digest text NOT NULL REFERENCES framework_content(digest),
  publish_us bigint,
  withdraw_us bigint,
  withdraw_reason text NOT NULL,
  revision bigint NOT NULL);
CREATE TABLE framework_answer(
  request_id text PRIMARY KEY,
  fingerprint bytea NOT NULL,
  name text NOT NULL,
  state bigint NOT NULL,
  digest text NOT NULL REFERENCES framework_content(digest),
  publish_us bigint,
  withdraw_us bigint,
  withdraw_reason text NOT NULL,
  revision bigint NOT NULL);
)sql";

// Rows that were written before there were seals are sealed as they are; see SealOf.
constexpr char kSeals[] = R"sql(
ALTER TABLE framework_version ADD COLUMN seal text;
UPDATE framework_version SET seal = encode(sha256(convert_to(concat_ws(E'\n',
  'assay.held.v1', name, digest, state, coalesce(publish_us, 0), coalesce(withdraw_us, 0),
  revision, withdraw_reason), 'UTF8')), 'hex');
ALTER TABLE framework_version ALTER COLUMN seal SET NOT NULL;
ALTER TABLE framework_answer ADD COLUMN seal text;
UPDATE framework_answer SET seal = encode(sha256(convert_to(concat_ws(E'\n',
  'assay.held.v1', name, digest, state, coalesce(publish_us, 0), coalesce(withdraw_us, 0),
  revision, withdraw_reason), 'UTF8')), 'hex');
ALTER TABLE framework_answer ALTER COLUMN seal SET NOT NULL;
)sql";

#define ASSAY_VERSION_COLUMNS                                                                      \
  "v.name, v.state, v.digest, v.publish_us, v.withdraw_us, v.withdraw_reason, v.revision, v.seal," \
  " c.bytes"

absl::Time TimeAt(const Result& rows, int row, int column) {
  return rows.null(row, column) ? absl::InfinitePast()
                                : absl::FromUnixMicros(rows.Int(row, column));
}

HeldVersion VersionAt(const Result& rows, int row) {
  HeldVersion version;
  version.name = std::string(rows.Bytes(row, 0));
  version.state = static_cast<v1::VersionState>(rows.Int(row, 1));
  version.digest = std::string(rows.Bytes(row, 2));
  version.publish_time = TimeAt(rows, row, 3);
  version.withdraw_time = TimeAt(rows, row, 4);
  version.withdraw_reason = std::string(rows.Bytes(row, 5));
  version.revision = rows.Int(row, 6);
  version.seal = std::string(rows.Bytes(row, 7));
  version.content = std::string(rows.Bytes(row, 8));
  return version;
}

absl::optional<HeldVersion> FirstOf(const Result& rows) {
  absl::optional<HeldVersion> version;
  if (rows.rows() > 0) version = VersionAt(rows, 0);
  return version;
}

void AddTime(absl::Time time, Params& params) {
  if (time == absl::InfinitePast()) {
    params.Null(postgresql::Type::kInt8);
  } else {
    params.Int8(absl::ToUnixMicros(time));
  }
}

void AddVersion(const HeldVersion& version, Params& params) {
  params.Text(version.name).Int8(version.state).Text(version.digest);
  AddTime(version.publish_time, params);
  AddTime(version.withdraw_time, params);
  params.Text(version.withdraw_reason).Int8(version.revision).Text(version.seal);
}

Statement ReadStatement(absl::string_view name) {
  Statement statement{"SELECT " ASSAY_VERSION_COLUMNS
                      " FROM framework_version v LEFT JOIN framework_content c USING (digest)"
                      " WHERE v.name = $1",
                      {}};
  statement.params.Text(name);
  return statement;
}

Statement AnswerStatement(const Request& request) {
  Statement statement{"SELECT " ASSAY_VERSION_COLUMNS
                      ", v.fingerprint FROM framework_answer v"
                      " LEFT JOIN framework_content c USING (digest) WHERE v.request_id = $1",
                      {}};
  statement.params.Text(request.id);
  return statement;
}

// What the rows of AnswerStatement say.
absl::StatusOr<absl::optional<HeldVersion>> AnswerIn(const Result& rows, const Request& request) {
  if (rows.rows() > 0 && rows.Bytes(0, 9) != request.fingerprint) {
    return errors::RequestIdReused(request.id);
  }
  return FirstOf(rows);
}

std::vector<Statement> WriteStatements(const HeldVersion& version, const Request& request) {
  std::vector<Statement> all;
  Statement content{"INSERT INTO framework_content VALUES ($1, $2) ON CONFLICT DO NOTHING", {}};
  content.params.Text(version.digest).Bytes(version.content);
  all.push_back(std::move(content));
  Statement row{
      "INSERT INTO framework_version VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO"
      " UPDATE SET state = $2, digest = $3, publish_us = $4, withdraw_us = $5,"
      " withdraw_reason = $6, revision = $7, seal = $8",
      {}};
  AddVersion(version, row.params);
  all.push_back(std::move(row));
  if (!request.id.empty()) {
    Statement answer{
        "INSERT INTO framework_answer VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", {}};
    answer.params.Text(request.id).Bytes(request.fingerprint);
    AddVersion(version, answer.params);
    all.push_back(std::move(answer));
  }
  all.push_back(Statement{"COMMIT", {}});
  return all;
}

class PostgresqlVersionStore final : public VersionStore {
 public:
  PostgresqlVersionStore(postgresql::PoolOptions options, const clock::Clock& clock)
      : pool_(std::move(options), clock) {}

  absl::Status Prepare() {
    absl::StatusOr<postgresql::Pool::Loan> loan = pool_.Borrow();
    if (!loan.ok()) return loan.status();
    return postgresql::Migrate(**loan, {"framework", {kTables, kSeals}});
  }

  absl::StatusOr<std::vector<HeldVersion>> ReadAll() override {
    const absl::StatusOr<Result> rows =
        Ask({"SELECT " ASSAY_VERSION_COLUMNS " FROM framework_version v"
             " LEFT JOIN framework_content c USING (digest) ORDER BY v.name",
             {}});
    if (!rows.ok()) return rows.status();
    std::vector<HeldVersion> versions;
    for (int row = 0; row < rows->rows(); ++row) versions.push_back(VersionAt(*rows, row));
    return versions;
  }

  absl::StatusOr<absl::optional<HeldVersion>> Read(absl::string_view name) override {
    const absl::StatusOr<Result> rows = Ask(ReadStatement(name));
    if (!rows.ok()) return rows.status();
    return FirstOf(*rows);
  }

  absl::StatusOr<absl::optional<HeldVersion>> FindAnswer(const Request& request) override {
    if (request.id.empty()) return absl::optional<HeldVersion>();
    const absl::StatusOr<Result> rows = Ask(AnswerStatement(request));
    if (!rows.ok()) return rows.status();
    return AnswerIn(*rows, request);
  }

  absl::StatusOr<HeldVersion> Write(const HeldVersion& next, const Request& request) override {
    absl::StatusOr<postgresql::Pool::Loan> loan = pool_.Borrow();
    if (!loan.ok()) return loan.status();
    absl::StatusOr<HeldVersion> written = WriteOn(**loan, next, request);
    if ((*loan)->in_transaction() && !(*loan)->broken()) {
      (*loan)->Run("ROLLBACK").IgnoreError();  // what it could not undo, the server does
    }
    return written;
  }

  absl::StatusOr<std::int64_t> Generation() override {
    const absl::StatusOr<Result> rows = Ask({"SELECT generation FROM framework_store", {}});
    if (!rows.ok()) return rows.status();
    return rows->rows() > 0 ? rows->Int(0, 0) : 0;
  }

  absl::Status Check() override {
    const absl::StatusOr<Result> rows =
        Ask({"SELECT 1 WHERE current_setting('transaction_read_only') = 'on'", {}});
    if (!rows.ok()) return rows.status();
    if (rows->rows() == 0) return absl::OkStatus();
    return errors::DependencyUnavailable(kStore, "the server can be read and not written");
  }

 private:
  absl::StatusOr<Result> Ask(const Statement& statement) {
    return pool_.Read([&](Connection& connection) { return connection.Query(statement); });
  }

  // The store's row is locked first, so that what is read after it stays so until the commit.
  static absl::StatusOr<HeldVersion> WriteOn(Connection& connection, const HeldVersion& next,
                                             const Request& request) {
    const absl::StatusOr<std::vector<Result>> seen = connection.Pipeline(
        {Statement{"BEGIN", {}},
         Statement{"UPDATE framework_store SET generation = generation + 1", {}},
         AnswerStatement(request), ReadStatement(next.name)});
    if (!seen.ok()) return seen.status();
    if (!request.id.empty()) {
      absl::StatusOr<absl::optional<HeldVersion>> answered = AnswerIn((*seen)[2], request);
      if (!answered.ok()) return answered.status();
      if (answered->has_value()) return **std::move(answered);
    }
    const absl::optional<HeldVersion> current = FirstOf((*seen)[3]);
    if ((current ? current->revision : 0) != next.revision) {
      return errors::EtagMismatch(errors::ResourceType::kFrameworkVersion, next.name);
    }
    HeldVersion written = next;
    ++written.revision;
    written.seal = SealOf(written);
    const absl::StatusOr<std::vector<Result>> done =
        connection.Pipeline(WriteStatements(written, request));
    if (!done.ok()) return done.status();
    return written;
  }

  postgresql::Pool pool_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<VersionStore>> OpenPostgresqlVersionStore(
    const PostgresqlVersionOptions& options, const clock::Clock& clock) {
  postgresql::PoolOptions pool;
  pool.connect.target = options.target;
  pool.connect.dependency = kStore;
  pool.size = options.connections;
  auto store = std::make_unique<PostgresqlVersionStore>(pool, clock);
  absl::Status prepared = store->Prepare();
  if (!prepared.ok()) return prepared;
  return store;
}

}  // namespace assay::framework
