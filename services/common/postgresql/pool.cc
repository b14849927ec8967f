#include "services/common/postgresql/pool.h"

#include <algorithm>
#include <chrono>

#include "services/common/errors/errors.h"

namespace assay::postgresql {

Pool::Loan::~Loan() {
  if (connection_ != nullptr) pool_->Return(std::move(connection_));
}

Pool::Pool(PoolOptions options, const clock::Clock& clock)
    : options_(std::move(options)), backoff_(options_.backoff, clock) {}

absl::StatusOr<Pool::Loan> Pool::Borrow() {
  const size_t most = std::max<size_t>(options_.size, 1);
  {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto end = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(options_.wait);
    if (!returned_.wait_until(lock, end, [&] { return !idle_.empty() || open_ < most; })) {
      return errors::Overloaded(options_.connect.dependency, absl::Seconds(1));
    }
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (!connection->Stale()) return Loan(this, std::move(connection), true);
      --open_;
    }
    if (backoff_.Wait() > absl::ZeroDuration()) return last_failure_;
    ++open_;
  }
  absl::StatusOr<std::unique_ptr<Connection>> made = Connect();
  if (!made.ok()) return made.status();
  return Loan(this, *std::move(made), false);
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::Connect() {
  absl::StatusOr<std::unique_ptr<Connection>> made = Connection::Open(options_.connect);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (made.ok()) {
    backoff_.Succeeded();
  } else {
    backoff_.Failed();
    last_failure_ = made.status();
    --open_;
    returned_.notify_one();
  }
  return made;
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  if (!connection->broken() && connection->in_transaction()) {
    connection->Run("ROLLBACK").IgnoreError();
  }
  const bool usable = !connection->broken() && !connection->in_transaction();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (usable) {
    idle_.push_back(std::move(connection));
  } else {
    --open_;
  }
  returned_.notify_one();
}

}  // namespace assay::postgresql
