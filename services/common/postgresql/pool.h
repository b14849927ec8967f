#pragma once

// A bounded set of connections that many threads share.
//
// A connection is made where one is wanted and none is idle, and kept. One that broke is dropped;
// one that the server closed meanwhile is noticed before it is lent. While the server cannot be
// reached, borrowers are answered at once, and one of them tries again after each back-off.
//
// Thread safety: all methods from any thread; a loan belongs to one thread. Ownership: owns the
// connections; every loan goes before the pool. Cost: a lock a loan; a connection costs the server
// a process.

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/common/clock/clock.h"
#include "services/common/postgresql/backoff.h"
#include "services/common/postgresql/connection.h"

namespace assay::postgresql {

struct PoolOptions {
  ConnectOptions connect;
  BackoffOptions backoff;
  // Most connections; default 4; 0 is taken as 1.
  size_t size = 4;
  // Longest wait for one that is lent; default 5 s; 0: none.
  absl::Duration wait = absl::Seconds(5);
};

class Pool {
 public:
  class Loan {
   public:
    Loan(Loan&& other) noexcept
        : pool_(other.pool_), reused_(other.reused_), connection_(std::move(other.connection_)) {}
    Loan& operator=(Loan&&) = delete;
    ~Loan();
    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }
    // It was made for an earlier loan.
    bool reused() const { return reused_; }

   private:
    friend class Pool;
    Loan(Pool* pool, std::unique_ptr<Connection> connection, bool reused)
        : pool_(pool), reused_(reused), connection_(std::move(connection)) {}
    Pool* pool_;
    bool reused_;
    std::unique_ptr<Connection> connection_;
  };

  // `clock` must outlive it. Connects nothing yet.
  Pool(PoolOptions options, const clock::Clock& clock);
  ~Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A connection that is open and in no transaction. UNAVAILABLE while the server cannot be
  // reached, RESOURCE_EXHAUSTED (OVERLOADED) where all are lent for too long.
  absl::StatusOr<Loan> Borrow();

  // Calls `work(Connection&)`, which returns a StatusOr and only reads. Where an idle connection
  // turns out to be gone, it is called once more, on a fresh one.
  template <typename Work>
  auto Read(const Work& work) -> decltype(work(std::declval<Connection&>())) {
    for (bool again = true;; again = false) {
      absl::StatusOr<Loan> loan = Borrow();
      if (!loan.ok()) return loan.status();
      auto result = work(**loan);
      if (result.ok() || !again || !loan->reused() || !(*loan)->broken()) return result;
    }
  }

 private:
  void Return(std::unique_ptr<Connection> connection);
  absl::StatusOr<std::unique_ptr<Connection>> Connect();

  const PoolOptions options_;
  // The thread sanitizer sees std::mutex, not Abseil's.
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_, as the next
  size_t open_ = 0;
  Backoff backoff_;
  absl::Status last_failure_;
};

}  // namespace assay::postgresql
