#include "services/framework/storage/engine/open_store.h"

#include <memory>

#include "services/common/postgresql/connection.h"
#include "services/framework/storage/damaged_version_store.h"
#include "services/framework/storage/postgresql/postgresql_version_store.h"
#include "services/framework/storage/sqlite/sqlite_version_store.h"

namespace assay::framework {
namespace {

absl::StatusOr<std::unique_ptr<VersionStore>> OpenEngine(const std::string& where,
                                                         const clock::Clock& clock) {
  if (postgresql::IsUrl(where)) {
    PostgresqlVersionOptions server;
    server.target = where;
    return OpenPostgresqlVersionStore(server, clock);
  }
  SqliteVersionOptions file;
  file.path = where;
  return OpenSqliteVersionStore(file);
}

}  // namespace

absl::StatusOr<std::unique_ptr<VersionStore>> OpenVersionStore(const std::string& where,
                                                               const clock::Clock& clock) {
  if (where.empty()) return std::unique_ptr<VersionStore>();
  absl::StatusOr<std::unique_ptr<VersionStore>> store = OpenEngine(where, clock);
  if (!absl::IsDataLoss(store.status())) return store;
  return std::make_unique<DamagedVersionStore>(store.status());
}

}  // namespace assay::framework
