#include "services/common/sqlite/store_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"

namespace assay::sqlite {
namespace {

absl::Status RefuseFile(absl::string_view store, const std::string& path, absl::string_view why,
                        absl::string_view advice) {
  return absl::FailedPreconditionError(absl::StrCat(store, " ", path, ": ", why, "; ", advice));
}

}  // namespace

absl::Status CheckHeader(const StoreFormat& format, const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) {
    if (errno == ENOENT) return absl::OkStatus();
    return errors::DependencyUnavailable(format.store,
                                         absl::StrCat(path, ": ", std::strerror(errno)));
  }
  static constexpr char kMagic[] = "SQLite format 3";  // with its zero byte, 16 bytes
  char head[sizeof(kMagic)] = {};
  const size_t read = std::fread(head, 1, sizeof(head), file.get());
  if (read == 0) return absl::OkStatus();
  if (read == sizeof(head) && std::memcmp(head, kMagic, sizeof(head)) == 0) return absl::OkStatus();
  return RefuseFile(format.store, path,
                    "the file is not one of SQLite's, or its first bytes are damaged",
                    "name another path, or restore the file from a backup");
}

absl::Status CheckOwner(const StoreFormat& format, Database& database, const std::string& path) {
  const absl::StatusOr<int64_t> version = database.Ask("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const absl::StatusOr<int64_t> application = database.Ask("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const absl::StatusOr<int64_t> tables = database.Ask("SELECT count(*) FROM sqlite_master");
  if (!tables.ok()) return tables.status();
  // An empty database is what a crash leaves that came before the first step's commit.
  const bool empty = *tables == 0 && *application == 0 && *version == 0;
  if (!empty && *application != format.application_id) {
    return RefuseFile(format.store, path, "the file belongs to another application",
                      "name another path");
  }
  if (*version > format.schema_version) {
    return RefuseFile(format.store, path,
                      absl::StrCat("the file has schema version ", *version,
                                   ", this software knows up to ", format.schema_version),
                      "start the newer software");
  }
  return absl::OkStatus();
}

absl::Status CheckIntegrity(Database& database) {
  absl::StatusOr<Statement> check = database.Prepare("PRAGMA quick_check(1)");
  if (!check.ok()) return check.status();
  const absl::StatusOr<bool> row = check->Step();
  if (!row.ok()) return row.status();
  const absl::string_view said = *row ? check->ColumnBytes(0) : absl::string_view("no answer");
  if (said == "ok") return absl::OkStatus();
  return errors::Corrupt(database.store(), said);
}

}  // namespace assay::sqlite
