#include "services/common/sqlite/database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <sqlite3.h>
#include <sys/stat.h>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"

namespace assay::sqlite {
namespace {

// Marks errors of the disk itself; not a google.rpc type, so that it never leaves the process.
constexpr char kIoErrorMark[] = "assay.sqlite.io-error";

void Require(int code) {
  if (code != SQLITE_OK) std::abort();  // only a parameter index outside the statement gets here
}

// Whether a write failed at a quota or at the limit of a file's size, of which SQLite knows only
// that it failed. `error` is the thread's errno: sqlite3_system_errno() is not set by a COMMIT.
bool WantsRoom(int code, int error) {
  return code == SQLITE_IOERR_WRITE && (error == EFBIG || error == EDQUOT);
}

}  // namespace

absl::Status ErrorOf(absl::string_view store, sqlite3* connection, int code) {
  const int error = errno;  // before anything here changes it
  std::string detail = absl::StrCat("SQLite ", code, ": ", sqlite3_errstr(code));
  if (connection != nullptr) absl::StrAppend(&detail, "; ", sqlite3_errmsg(connection));
  switch (code & 0xff) {
    case SQLITE_FULL:
      return errors::DiskFull(store, detail);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return errors::Corrupt(store, detail);
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return errors::DependencyUnavailable(store, detail);
    case SQLITE_IOERR: {
      if (WantsRoom(code, error)) return errors::DiskFull(store, detail);
      absl::Status status = errors::Internal(store, detail);
      status.SetPayload(kIoErrorMark, absl::Cord("1"));
      return status;
    }
    default:
      return errors::Internal(store, detail);
  }
}

bool IsIoError(const absl::Status& status) { return status.GetPayload(kIoErrorMark).has_value(); }

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), store_(other.store_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  std::swap(store_, other.store_);
  return *this;
}

Statement& Statement::Int(int index, int64_t value) {
  Require(sqlite3_bind_int64(statement_, index, value));
  return *this;
}

Statement& Statement::Text(int index, absl::string_view value) {
  // A null pointer would be bound as NULL.
  const char* data = value.data() == nullptr ? "" : value.data();
  Require(sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::Blob(int index, absl::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  Require(sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::Null(int index) {
  Require(sqlite3_bind_null(statement_, index));
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* connection = sqlite3_db_handle(statement_);
  return ErrorOf(store_, connection, sqlite3_extended_errcode(connection));
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> row = true;
  while (row.ok() && *row) row = Step();
  Reset();
  return row.status();
}

void Statement::Reset() { sqlite3_reset(statement_); }

int64_t Statement::ColumnInt(int index) const { return sqlite3_column_int64(statement_, index); }

absl::string_view Statement::ColumnBytes(int index) const {
  const void* data = sqlite3_column_blob(statement_, index);
  const int size = sqlite3_column_bytes(statement_, index);
  return absl::string_view(static_cast<const char*>(data), static_cast<size_t>(size));
}

void Database::MakeFile(const std::string& path) {
  // Only a file that is new is opened: to close one that another connection of this process has
  // would take the locks of that.
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) close(file);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, Mode mode,
                                                         absl::string_view store) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |=
      mode == Mode::kCreate ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  if (mode == Mode::kCreate && path != ":memory:") MakeFile(path);
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  std::unique_ptr<Database> database(new Database(connection, store));
  if (code != SQLITE_OK) return ErrorOf(store, connection, code);
  // Only a checkpoint and the recovery after a crash make a connection wait.
  sqlite3_busy_timeout(connection, 10000);
  return database;
}

Database::~Database() {
  cache_.clear();
  sqlite3_close_v2(connection_);
}

absl::Status Database::Run(const char* sql) {
  const int code = sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(store_, connection_, code);
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(store_, connection_, code);
  return Statement(statement, store_);
}

absl::StatusOr<Statement*> Database::Cached(const std::string& sql) {
  auto found = cache_.find(sql);
  if (found == cache_.end()) {
    absl::StatusOr<Statement> made = Prepare(sql);
    if (!made.ok()) return made.status();
    found = cache_.emplace(sql, *std::move(made)).first;
  }
  return &found->second;
}

absl::StatusOr<int64_t> Database::Ask(const std::string& sql) {
  absl::StatusOr<Statement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  return *row ? statement->ColumnInt(0) : 0;
}

absl::Status Database::KeepLog(bool keep) {
  const int code = sqlite3_db_config(connection_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                                     static_cast<int>(keep), static_cast<int*>(nullptr));
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(store_, connection_, code);
}

bool Database::ReadOnly() const { return sqlite3_db_readonly(connection_, "main") == 1; }

bool Database::Idle() const { return sqlite3_get_autocommit(connection_) != 0; }

}  // namespace assay::sqlite
