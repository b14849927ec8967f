#include "services/framework/storage/engine/open_store.h"

#include "services/common/postgresql/connection.h"
#include "services/framework/storage/postgresql/postgresql_version_store.h"
#include "services/framework/storage/sqlite/sqlite_version_store.h"

namespace assay::framework {

absl::StatusOr<std::unique_ptr<VersionStore>> OpenVersionStore(const std::string& where,
                                                               const clock::Clock& clock) {
  if (where.empty()) return std::unique_ptr<VersionStore>();
  if (postgresql::IsUrl(where)) {
    PostgresqlVersionOptions server;
    server.target = where;
    return OpenPostgresqlVersionStore(server, clock);
  }
  SqliteVersionOptions file;
  file.path = where;
  return OpenSqliteVersionStore(file);
}

}  // namespace assay::framework
