#pragma once

// Read-only connections that callers borrow.
//
// Thread safety: Borrow from any thread; it waits while all are out. Ownership: the pool owns the
// connections and outlives every loan. Cost: a mutex a loan; each connection keeps its statements.

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

class ReaderPool {
 public:
  // A connection until the loan ends.
  class Loan {
   public:
    Loan(ReaderPool& pool, std::unique_ptr<Database> database)
        : pool_(pool), database_(std::move(database)) {}
    ~Loan() { pool_.Return(std::move(database_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    Database* operator->() const { return database_.get(); }
    Database& operator*() const { return *database_; }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Database> database_;
  };

  static absl::StatusOr<std::unique_ptr<ReaderPool>> Open(const std::string& path, size_t readers);

  Loan Borrow();

 private:
  ReaderPool() = default;
  void Return(std::unique_ptr<Database> database);

  // The thread sanitizer sees std::mutex, not Abseil's.
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> idle_;  // guarded by mutex_
};

}  // namespace assay::evidence::sqlite
