#pragma once

// SQLite's C interface with owners and statuses.
//
// Thread safety: none; one connection and its statements belong to one thread at a time. Ownership:
// a Database closes its connection, a Statement its compiled statement; statements go before their
// database. Cost: that of the C interface.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace assay::sqlite {

// A compiled statement. Texts and blobs that are bound must live until the next Reset.
class Statement {
 public:
  Statement() = default;
  // `store` is the name that errors give, and lives as long as the statement.
  Statement(sqlite3_stmt* statement, absl::string_view store)
      : statement_(statement), store_(store) {}
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters count from 1. Chainable; a wrong index ends the process.
  Statement& Int(int index, int64_t value);
  Statement& Text(int index, absl::string_view value);
  Statement& Blob(int index, absl::string_view value);
  Statement& Null(int index);

  // True: a row is there. False: the end.
  absl::StatusOr<bool> Step();
  // Steps to the end and resets.
  absl::Status Run();
  // Ready to be bound and stepped again.
  void Reset();

  // Columns count from 0; views live until the next Step or Reset.
  int64_t ColumnInt(int index) const;
  absl::string_view ColumnBytes(int index) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
  absl::string_view store_;
};

// Resets a statement when its use ends, so that no read transaction stays open.
class Use {
 public:
  explicit Use(Statement& statement) : statement_(statement) {}
  ~Use() { statement_.Reset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  Statement* operator->() const { return &statement_; }

 private:
  Statement& statement_;
};

class Database {
 public:
  // Opens for reading and writing, making the file where there is none, as MakeFile does; or for
  // reading alone.
  // `store` is what errors call it ("evidence store"), and must outlive the database.
  enum class Mode { kCreate, kReadOnly };
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, Mode mode,
                                                        absl::string_view store);
  // Makes an empty file of mode 600 where there is none, which SQLite gives what it keeps beside it
  // too: a store holds what not everybody may read. A file that is there keeps its mode. Where it
  // cannot be made, opening says why.
  static void MakeFile(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  absl::Status Run(const char* sql);
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  // A statement that is compiled once and kept, by its text.
  absl::StatusOr<Statement*> Cached(const std::string& sql);
  // Lets go of all that Cached gave; pointers to them are of no use after it.
  void ForgetStatements() { cache_.clear(); }
  // The first column of the first row of a statement without parameters, 0 where there is none.
  absl::StatusOr<int64_t> Ask(const std::string& sql);
  // Whether what is in the log stays there when the connection closes; at first it does not: the
  // last one to close moves it into the file.
  absl::Status KeepLog(bool keep);
  // True where the file can be read and not written.
  bool ReadOnly() const;
  // True outside of every transaction.
  bool Idle() const;
  // The name that errors give.
  absl::string_view store() const { return store_; }

 private:
  Database(sqlite3* connection, absl::string_view store) : connection_(connection), store_(store) {}

  sqlite3* connection_;
  absl::string_view store_;
  std::map<std::string, Statement> cache_;
};

// What a failed call means: DISK_FULL, DATA_CORRUPT, DEPENDENCY_UNAVAILABLE (cannot open, locked by
// another) or INTERNAL; SQLite's own words are in the private detail. A null connection is allowed.
absl::Status ErrorOf(absl::string_view store, sqlite3* connection, int code);

// True where the disk itself failed, after which nothing is known of what it holds.
bool IsIoError(const absl::Status& status);

}  // namespace assay::sqlite
