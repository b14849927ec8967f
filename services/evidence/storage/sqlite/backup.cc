#include "services/evidence/storage/sqlite/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>

#include <sqlite3.h>
#include <sys/stat.h>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/sqlite/store_file.h"
#include "services/evidence/storage/sqlite/schema.h"

namespace assay::evidence {
namespace {

using sqlite::Database;
using sqlite::kStoreWords;

// The kinds of file that SQLite keeps beside a database.
constexpr const char* kBeside[] = {"", "-journal", "-wal", "-shm"};

bool Exists(const std::string& path) {
  struct stat file = {};
  return stat(path.c_str(), &file) == 0;
}

void Remove(const std::string& path) {
  for (const char* suffix : kBeside) unlink(absl::StrCat(path, suffix).c_str());
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status CheckPaths(const std::string& from, const std::string& to) {
  if (!Exists(from)) return absl::NotFoundError(absl::StrCat("nothing is at ", from));
  for (const char* suffix : kBeside) {
    const std::string path = absl::StrCat(to, suffix);
    if (!Exists(path)) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is there already; name another path, or remove it"));
  }
  struct stat folder = {};
  if (stat(FolderOf(to).c_str(), &folder) != 0 || !S_ISDIR(folder.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no folder ", FolderOf(to), "; make it, or name another path"));
  }
  if (access(from.c_str(), R_OK) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot read ", from, ": ", std::strerror(errno)));
  }
  return assay::sqlite::CheckHeader(sqlite::kFormat, from);
}

absl::Status SyncPath(const std::string& path, int flags) {
  const int file = open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  const int error = errno;
  if (file >= 0) close(file);
  if (synced) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot sync ", path, ": ", std::strerror(error)));
}

// All pages of `from` in one read transaction: what is committed meanwhile is not in the copy.
absl::Status CopyPages(const std::string& from, const std::string& to) {
  const auto open_one = [](const std::string& path, int flags, sqlite3** connection) {
    const int code =
        sqlite3_open_v2(path.c_str(), connection, flags | SQLITE_OPEN_EXRESCODE, nullptr);
    sqlite3_busy_timeout(*connection, 10000);
    return code == SQLITE_OK ? absl::OkStatus()
                             : assay::sqlite::ErrorOf(kStoreWords, *connection, code);
  };
  sqlite3* source = nullptr;
  sqlite3* target = nullptr;
  absl::Status status = open_one(from, SQLITE_OPEN_READONLY, &source);
  if (status.ok()) status = open_one(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &target);
  if (status.ok()) {
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup != nullptr) {
      sqlite3_backup_step(backup, -1);
      sqlite3_backup_finish(backup);
    }
    const int code = sqlite3_extended_errcode(target);
    if (code != SQLITE_OK) status = assay::sqlite::ErrorOf(kStoreWords, target, code);
  }
  sqlite3_close(target);
  sqlite3_close(source);
  return status;
}

// Runs over the copy before it gets its name.
using Finish = std::function<absl::Status(Database&)>;

absl::StatusOr<BackupReport> CheckCopy(const std::string& path, const Finish& finish,
                                       const CheckProgress& progress) {
  const absl::StatusOr<std::unique_ptr<Database>> opened =
      Database::Open(path, Database::Mode::kCreate, kStoreWords);
  if (!opened.ok()) return opened.status();
  Database& database = **opened;
  // One file: what is copied or moved needs nothing beside it.
  absl::Status status = database.Run("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;");
  if (status.ok()) status = assay::sqlite::CheckOwner(sqlite::kFormat, database, path);
  if (status.ok()) status = assay::sqlite::CheckIntegrity(database);
  if (!status.ok()) return status;
  const absl::StatusOr<int64_t> application = database.Ask("PRAGMA application_id");
  if (!application.ok()) return application.status();
  if (*application != sqlite::kApplicationId) {
    return absl::FailedPreconditionError("the file is empty and no evidence store");
  }
  status = sqlite::CheckLogs(database, progress);
  if (status.ok()) status = finish(database);
  if (!status.ok()) return status;
  BackupReport report;
  const absl::StatusOr<int64_t> records = database.Ask("SELECT count(*) FROM record");
  if (!records.ok()) return records.status();
  report.records = *records;
  return report;
}

// What is wrong with a file, by its name; the copy has another one.
absl::Status Of(const std::string& path, const absl::Status& status) {
  absl::Status named(status.code(), absl::StrCat(path, ": ", status.message()));
  status.ForEachPayload([&named](absl::string_view url, const absl::Cord& payload) {
    named.SetPayload(url, payload);
  });
  return named;
}

absl::StatusOr<BackupReport> Copy(const std::string& from, const std::string& to,
                                  const Finish& finish, const CheckProgress& progress) {
  absl::Status status = CheckPaths(from, to);
  if (!status.ok()) return status;
  const std::string partial = absl::StrCat(to, ".partial");
  Remove(partial);
  Database::MakeFile(partial);
  if (const int error = errno; !Exists(partial)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make ", partial, ": ", std::strerror(error), "; name another path"));
  }
  status = CopyPages(from, partial);
  absl::StatusOr<BackupReport> report =
      status.ok() ? CheckCopy(partial, finish, progress) : absl::StatusOr<BackupReport>(status);
  if (report.ok()) status = SyncPath(partial, O_RDONLY);
  if (report.ok() && status.ok() && link(partial.c_str(), to.c_str()) != 0) {
    // A link refuses what came to `to` meanwhile, where renaming would replace it.
    status = absl::UnavailableError(absl::StrCat("cannot make ", to, ": ", std::strerror(errno)));
  }
  Remove(partial);
  if (!report.ok()) return Of(from, report.status());
  if (status.ok()) status = SyncPath(FolderOf(to), O_RDONLY | O_DIRECTORY);
  if (!status.ok()) return status;
  struct stat file = {};
  if (stat(to.c_str(), &file) == 0) report->bytes = file.st_size;
  return report;
}

}  // namespace

absl::StatusOr<BackupReport> BackUpStore(const std::string& from, const std::string& to,
                                         const CheckProgress& progress) {
  return Copy(
      from, to, [](Database&) { return absl::OkStatus(); }, progress);
}

absl::StatusOr<BackupReport> RestoreStore(const std::string& from, const std::string& to,
                                          digest::RandomSource& random,
                                          const CheckProgress& progress) {
  const Finish renew = [&](Database& database) {
    const int64_t epoch = static_cast<int64_t>(random.NextUint64());
    return database.Run(absl::StrCat("UPDATE store SET epoch = ", epoch).c_str());
  };
  return Copy(from, to, renew, progress);
}

}  // namespace assay::evidence
