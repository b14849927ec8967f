#include "services/framework/storage/sqlite/sqlite_version_store.h"

#include <mutex>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "services/common/errors/errors.h"
#include "services/common/sqlite/database.h"
#include "services/common/sqlite/file_lock.h"
#include "services/common/sqlite/store_file.h"

namespace assay::framework {
namespace {

using sqlite::Database;
using sqlite::Statement;
using sqlite::Use;

constexpr absl::string_view kStore = "framework store";
constexpr int kSchemaVersion = 2;
// "AsFw" in ASCII.
constexpr std::int64_t kApplicationId = 0x41734677;
constexpr sqlite::StoreFormat kFormat = {kStore, kApplicationId, kSchemaVersion};

// Times are microseconds since 1970, NULL where unset. `answer` repeats the columns of `version` as
// they were: a request that comes again gets them again.
constexpr char kTables[] = R"sql(
CREATE TABLE store(only INTEGER PRIMARY KEY CHECK (only = 1), generation INTEGER NOT NULL);
INSERT INTO store VALUES (1, 0);
CREATE TABLE content(digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE version(
  name TEXT PRIMARY KEY,
  state INTEGER NOT NULL,
  digest TEXT NOT NULL REFERENCES content(digest),
  publish_us INTEGER,
  withdraw_us INTEGER,
  withdraw_reason TEXT NOT NULL,
  revision INTEGER NOT NULL,
  seal TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE answer(
  request_id TEXT PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  name TEXT NOT NULL,
  state INTEGER NOT NULL,
  digest TEXT NOT NULL REFERENCES content(digest),
  publish_us INTEGER,
  withdraw_us INTEGER,
  withdraw_reason TEXT NOT NULL,
  revision INTEGER NOT NULL,
  seal TEXT NOT NULL) WITHOUT ROWID;
)sql";

// From version 1, which had no seals.
constexpr char kAddSeals[] = R"sql(
ALTER TABLE version ADD COLUMN seal TEXT NOT NULL DEFAULT '';
ALTER TABLE answer ADD COLUMN seal TEXT NOT NULL DEFAULT '';
)sql";

#define ASSAY_VERSION_COLUMNS                                                                      \
  "v.name, v.state, v.digest, v.publish_us, v.withdraw_us, v.withdraw_reason, v.revision, v.seal," \
  " c.bytes"

// 0 stands for NULL: nothing was published in 1970.
absl::Time TimeOf(std::int64_t micros) {
  return micros == 0 ? absl::InfinitePast() : absl::FromUnixMicros(micros);
}

void BindTime(Statement& statement, int index, absl::Time time) {
  if (time == absl::InfinitePast()) {
    statement.Null(index);
  } else {
    statement.Int(index, absl::ToUnixMicros(time));
  }
}

HeldVersion VersionOf(const Statement& row) {
  HeldVersion version;
  version.name = std::string(row.ColumnBytes(0));
  version.state = static_cast<v1::VersionState>(row.ColumnInt(1));
  version.digest = std::string(row.ColumnBytes(2));
  version.publish_time = TimeOf(row.ColumnInt(3));
  version.withdraw_time = TimeOf(row.ColumnInt(4));
  version.withdraw_reason = std::string(row.ColumnBytes(5));
  version.revision = row.ColumnInt(6);
  version.seal = std::string(row.ColumnBytes(7));
  version.content = std::string(row.ColumnBytes(8));
  return version;
}

// Binds the columns of a version from `first` on.
void BindVersion(Statement& statement, int first, const HeldVersion& version) {
  statement.Text(first, version.name).Int(first + 1, version.state).Text(first + 2, version.digest);
  BindTime(statement, first + 3, version.publish_time);
  BindTime(statement, first + 4, version.withdraw_time);
  statement.Text(first + 5, version.withdraw_reason).Int(first + 6, version.revision);
  statement.Text(first + 7, version.seal);
}

// A transaction that is taken back unless it is committed.
class Transaction {
 public:
  explicit Transaction(Database& database)
      : database_(database), begun_(database.Run("BEGIN IMMEDIATE")) {}
  ~Transaction() {
    if (begun_.ok() && !database_.Idle()) database_.Run("ROLLBACK").IgnoreError();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  const absl::Status& begun() const { return begun_; }
  absl::Status Commit() { return database_.Run("COMMIT"); }

 private:
  Database& database_;
  const absl::Status begun_;
};

class SqliteVersionStore final : public VersionStore {
 public:
  SqliteVersionStore(sqlite::FileLock lock, std::unique_ptr<Database> database)
      : lock_(std::move(lock)), database_(std::move(database)) {}

  absl::StatusOr<std::vector<HeldVersion>> ReadAll() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    absl::StatusOr<Statement*> statement = database_->Cached(
        "SELECT " ASSAY_VERSION_COLUMNS
        " FROM version v LEFT JOIN content c ON c.digest = v.digest ORDER BY v.name");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    std::vector<HeldVersion> versions;
    absl::StatusOr<bool> row = use->Step();
    for (; row.ok() && *row; row = use->Step()) versions.push_back(VersionOf(**statement));
    if (!row.ok()) return row.status();
    return versions;
  }

  absl::StatusOr<absl::optional<HeldVersion>> Read(absl::string_view name) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ReadOne(name);
  }

  absl::StatusOr<absl::optional<HeldVersion>> FindAnswer(const Request& request) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return AnswerTo(request);
  }

  absl::StatusOr<HeldVersion> Write(const HeldVersion& next, const Request& request) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!broken_.ok()) return broken_;
    Transaction transaction(*database_);
    if (!transaction.begun().ok()) return transaction.begun();
    absl::StatusOr<absl::optional<HeldVersion>> answered = AnswerTo(request);
    if (!answered.ok()) return answered.status();
    if (answered->has_value()) return **std::move(answered);
    const absl::StatusOr<absl::optional<HeldVersion>> current = ReadOne(next.name);
    if (!current.ok()) return current.status();
    const std::int64_t revision = current->has_value() ? (*current)->revision : 0;
    if (revision != next.revision) {
      return errors::EtagMismatch(errors::ResourceType::kFrameworkVersion, next.name);
    }
    HeldVersion written = next;
    ++written.revision;
    written.seal = SealOf(written);
    absl::Status status = Store(written, request);
    if (status.ok()) status = Commit(transaction);
    if (!status.ok()) return status;
    return written;
  }

  absl::StatusOr<std::int64_t> Generation() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return database_->Ask("SELECT generation FROM store");
  }

  absl::Status Check() override {
    if (database_->ReadOnly()) {
      return errors::DependencyUnavailable(kStore, "the file can be read and not written");
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    return broken_;
  }

 private:
  absl::StatusOr<absl::optional<HeldVersion>> ReadOne(absl::string_view name) {
    absl::StatusOr<Statement*> statement = database_->Cached(
        "SELECT " ASSAY_VERSION_COLUMNS
        " FROM version v LEFT JOIN content c ON c.digest = v.digest WHERE v.name = ?1");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Text(1, name);
    const absl::StatusOr<bool> row = use->Step();
    if (!row.ok()) return row.status();
    absl::optional<HeldVersion> version;
    if (*row) version = VersionOf(**statement);
    return version;
  }

  absl::StatusOr<absl::optional<HeldVersion>> AnswerTo(const Request& request) {
    absl::optional<HeldVersion> answer;
    if (request.id.empty()) return answer;
    absl::StatusOr<Statement*> statement =
        database_->Cached("SELECT " ASSAY_VERSION_COLUMNS
                          ", v.fingerprint FROM answer v LEFT JOIN content c ON c.digest = v.digest"
                          " WHERE v.request_id = ?1");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Text(1, request.id);
    const absl::StatusOr<bool> row = use->Step();
    if (!row.ok()) return row.status();
    if (!*row) return answer;
    if (use->ColumnBytes(9) != request.fingerprint) return errors::RequestIdReused(request.id);
    answer = VersionOf(**statement);
    return answer;
  }

  // Runs a statement whose parameters `bind` sets.
  template <class Bind>
  absl::Status RunBound(const char* sql, Bind bind) {
    absl::StatusOr<Statement*> statement = database_->Cached(sql);
    if (!statement.ok()) return statement.status();
    bind(**statement);
    return (*statement)->Run();
  }

  absl::Status Store(const HeldVersion& version, const Request& request) {
    absl::Status status = RunBound(
        "INSERT OR IGNORE INTO content VALUES (?1, ?2)",
        [&](Statement& statement) { statement.Text(1, version.digest).Blob(2, version.content); });
    if (status.ok()) {
      status = RunBound("INSERT OR REPLACE INTO version VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                        [&](Statement& statement) { BindVersion(statement, 1, version); });
    }
    if (status.ok() && !request.id.empty()) {
      status = RunBound("INSERT INTO answer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                        [&](Statement& statement) {
                          statement.Text(1, request.id).Blob(2, request.fingerprint);
                          BindVersion(statement, 3, version);
                        });
    }
    if (status.ok()) status = database_->Run("UPDATE store SET generation = generation + 1");
    return status;
  }

  // After a failed fsync the pages that the kernel holds and those on the disk may differ; going on
  // could build on what a crash takes away.
  absl::Status Commit(Transaction& transaction) {
    absl::Status status = transaction.Commit();
    if (sqlite::IsIoError(status)) broken_ = status;
    return status;
  }

  const sqlite::FileLock lock_;
  std::mutex mutex_;
  const std::unique_ptr<Database> database_;  // guarded by mutex_
  absl::Status broken_;                       // guarded by mutex_
};

// Seals the rows of `table`, which `key` tells apart, as they are.
absl::Status SealRows(Database& database, const std::string& table, const std::string& key) {
  absl::StatusOr<Statement> read =
      database.Prepare(absl::StrCat("SELECT " ASSAY_VERSION_COLUMNS ", v.", key, " FROM ", table,
                                    " v LEFT JOIN content c ON c.digest = v.digest"));
  if (!read.ok()) return read.status();
  std::vector<std::pair<std::string, std::string>> seals;
  absl::StatusOr<bool> row = read->Step();
  for (; row.ok() && *row; row = read->Step()) {
    seals.emplace_back(std::string(read->ColumnBytes(9)), SealOf(VersionOf(*read)));
  }
  if (!row.ok()) return row.status();
  read->Reset();
  absl::StatusOr<Statement> write =
      database.Prepare(absl::StrCat("UPDATE ", table, " SET seal = ?2 WHERE ", key, " = ?1"));
  if (!write.ok()) return write.status();
  for (const auto& [name, seal] : seals) {
    const absl::Status sealed = write->Text(1, name).Text(2, seal).Run();
    if (!sealed.ok()) return sealed;
  }
  return absl::OkStatus();
}

absl::Status AddSeals(Database& database) {
  absl::Status status = database.Run(kAddSeals);
  if (status.ok()) status = SealRows(database, "version", "name");
  if (status.ok()) status = SealRows(database, "answer", "request_id");
  return status;
}

absl::Status MakeTables(Database& database) {
  const absl::StatusOr<std::int64_t> version = database.Ask("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version == kSchemaVersion) return absl::OkStatus();
  Transaction transaction(database);
  absl::Status status = transaction.begun();
  if (status.ok()) status = *version == 0 ? database.Run(kTables) : AddSeals(database);
  if (status.ok()) {
    status = database.Run(absl::StrCat("PRAGMA application_id = ", kApplicationId,
                                       "; PRAGMA user_version = ", kSchemaVersion)
                              .c_str());
  }
  if (status.ok()) status = transaction.Commit();
  return status;
}

absl::Status Configure(Database& database, const SqliteVersionOptions& options) {
  absl::Status status = database.Run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
      "PRAGMA temp_store = MEMORY;");
  if (status.ok() && options.max_pages > 0) {
    status = database.Run(absl::StrCat("PRAGMA max_page_count = ", options.max_pages).c_str());
  }
  return status;
}

// The file as it is, before anything is written.
absl::Status CheckFile(const sqlite::FileLock& lock, const std::string& path) {
  const absl::Status header = sqlite::CheckHeader(kFormat, path);
  if (absl::IsFailedPrecondition(header)) return errors::Corrupt(kStore, header.message());
  if (!header.ok()) return header;
  return lock.CheckNotEmptied(path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<VersionStore>> OpenSqliteVersionStore(
    const SqliteVersionOptions& options) {
  absl::Status status = sqlite::CheckOneName(kStore, options.path);
  if (!status.ok()) return status;
  absl::StatusOr<sqlite::FileLock> lock = sqlite::FileLock::Take(kStore, options.path);
  if (!lock.ok()) return lock.status();
  status = CheckFile(*lock, options.path);
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<Database>> database =
      Database::Open(options.path, Database::Mode::kCreate, kStore);
  if (!database.ok()) return database.status();
  // Nothing is written into a file that is another's or damaged: neither a setting, of which
  // journal_mode changes it, nor what a crash left in the log.
  status = (*database)->KeepLog(true);
  if (status.ok()) status = sqlite::CheckOwner(kFormat, **database, options.path);
  if (status.ok()) status = sqlite::CheckIntegrity(**database);
  if (status.ok()) status = (*database)->KeepLog(false);
  if (status.ok()) status = Configure(**database, options);
  if (status.ok()) status = MakeTables(**database);
  if (status.ok()) status = lock->Mark();
  if (!status.ok()) return status;
  return absl::make_unique<SqliteVersionStore>(*std::move(lock), *std::move(database));
}

}  // namespace assay::framework
