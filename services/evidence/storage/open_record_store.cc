#include "services/evidence/storage/open_record_store.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

#include "services/common/errors/errors.h"
#include "services/common/postgresql/connection.h"
#include "services/evidence/storage/postgresql/postgresql_record_store.h"
#include "services/evidence/storage/sqlite/sqlite_record_store.h"

namespace assay::evidence {

absl::StatusOr<std::unique_ptr<RecordStore>> OpenRecordStore(const std::string& store,
                                                             const clock::Clock& clock,
                                                             digest::RandomSource& random,
                                                             std::function<void(bool)> on_wipe) {
  if (postgresql::IsUrl(store)) {
    PostgresqlOptions options;
    options.target = store;
    return OpenPostgresqlRecordStore(options, clock, random);
  }
  absl::string_view path = store;
  const bool named = absl::ConsumePrefix(&path, "sqlite:");
  // A misspelt scheme would else become a file of that name.
  if (path.empty() || (!named && absl::StrContains(path, "://"))) {
    return errors::InvalidArgument("--store", "no path and no URL that is known",
                                   "a path, sqlite:PATH or postgresql://...");
  }
  SqliteOptions options;
  options.path = std::string(path);
  options.on_wipe = std::move(on_wipe);
  return OpenSqliteRecordStore(options, clock, random);
}

std::string FileNameOf(const std::string& store) {
  if (postgresql::IsUrl(store)) return "assay-evidence";
  return std::string(absl::StripPrefix(store, "sqlite:"));
}

}  // namespace assay::evidence
