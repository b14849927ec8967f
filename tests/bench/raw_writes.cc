#include "tests/bench/raw_writes.h"

#include <chrono>
#include <cstdint>
#include <cstdlib>

#include <sqlite3.h>

#include "services/common/postgresql/connection.h"

namespace assay::evidence {

void InsertRaw(const std::string& path, const std::vector<Write>& writes, size_t batch_size) {
  constexpr size_t kRowsAStatement = 20;
  sqlite3* db = nullptr;
  if (sqlite3_open(path.c_str(), &db) != SQLITE_OK) std::abort();
  const auto run = [db](const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) std::abort();
  };
  run("PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4096;"
      "CREATE TABLE record(p INT, r INT, t INT, k INT, s TEXT, pl INT, e INT, a INT, b BLOB,"
      " PRIMARY KEY(p, r)) WITHOUT ROWID;"
      "CREATE INDEX record_state ON record(p, s, pl, e DESC, a DESC, r DESC)");
  std::string sql = "INSERT INTO record VALUES ";
  for (size_t row = 0; row < kRowsAStatement; ++row) {
    sql += row == 0 ? "(?,?,?,?,?,?,?,?,?)" : ",(?,?,?,?,?,?,?,?,?)";
  }
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, sql.c_str(), -1, &insert, nullptr);
  std::vector<int64_t> counters(kPartitions, 0);
  for (size_t at = 0; at + kRowsAStatement <= writes.size(); at += kRowsAStatement) {
    if (at % batch_size == 0) run(at == 0 ? "BEGIN" : "COMMIT; BEGIN");
    for (size_t row = 0; row < kRowsAStatement; ++row) {
      const RecordRow& one = writes[at + row].row;
      const int first = static_cast<int>(row) * 9;
      const int64_t numbers[] = {one.partition, ++counters[static_cast<size_t>(one.partition)],
                                 static_cast<int64_t>(at), one.kind};
      for (int column = 0; column < 4; ++column) {
        sqlite3_bind_int64(insert, first + column + 1, numbers[column]);
      }
      sqlite3_bind_text(insert, first + 5, one.subject.c_str(), -1, SQLITE_STATIC);
      sqlite3_bind_int64(insert, first + 6, one.place);
      sqlite3_bind_int64(insert, first + 7, one.effective);
      sqlite3_bind_int64(insert, first + 8, one.assessed ? 1 : 0);
      sqlite3_bind_blob64(insert, first + 9, one.payload.data(), one.payload.size(), SQLITE_STATIC);
    }
    if (sqlite3_step(insert) != SQLITE_DONE) std::abort();
    sqlite3_reset(insert);
  }
  run("COMMIT");
  sqlite3_finalize(insert);
  sqlite3_close(db);
}

double CopyRaw(const std::string& url, const std::vector<Write>& writes, size_t batch_size) {
  using postgresql::Type;
  postgresql::ConnectOptions options;
  options.target = url;
  const auto connection = postgresql::Connection::Open(options);
  const auto must = [](const absl::Status& status) {
    if (!status.ok()) std::abort();
  };
  must(connection.status());
  must((*connection)
           ->Run("CREATE TABLE raw(p int, k int, r bigint, t bigint, pl bigint, e int, a boolean,"
                 " s text COLLATE \"C\", b bytea, PRIMARY KEY (p, r));"
                 "CREATE INDEX raw_state ON raw(p, s, pl, e DESC, a DESC, r DESC)"));
  postgresql::Rows rows("raw", {{"p", Type::kInt4},
                                {"k", Type::kInt4},
                                {"r", Type::kInt8},
                                {"t", Type::kInt8},
                                {"pl", Type::kInt8},
                                {"e", Type::kInt4},
                                {"a", Type::kBool},
                                {"s", Type::kText},
                                {"b", Type::kBytea}});
  std::vector<int64_t> counters(kPartitions, 0);
  const auto start = std::chrono::steady_clock::now();
  for (size_t at = 0; at < writes.size(); ++at) {
    const RecordRow& row = writes[at].row;
    rows.Int4(row.partition)
        .Int4(row.kind)
        .Int8(++counters[static_cast<size_t>(row.partition)])
        .Int8(static_cast<int64_t>(at))
        .Int8(row.place)
        .Int4(row.effective)
        .Bool(row.assessed)
        .Text(row.subject)
        .Bytes(row.payload);
    if (rows.size() < batch_size && at + 1 < writes.size()) continue;
    must((*connection)->CopyIn(rows));
    rows.Clear();
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace assay::evidence
