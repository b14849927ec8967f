#include "services/evidence/storage/sqlite/reader_pool.h"

#include <algorithm>
#include <utility>

namespace assay::evidence::sqlite {

absl::StatusOr<std::unique_ptr<ReaderPool>> ReaderPool::Open(const std::string& path,
                                                             size_t readers) {
  std::unique_ptr<ReaderPool> pool(new ReaderPool);
  for (size_t count = std::max<size_t>(readers, 1); count > 0; --count) {
    absl::StatusOr<std::unique_ptr<Database>> database =
        Database::Open(path, Database::Mode::kReadOnly, kStoreWords);
    if (!database.ok()) return database.status();
    pool->idle_.push_back(*std::move(database));
  }
  return pool;
}

ReaderPool::Loan ReaderPool::Borrow() {
  std::unique_lock<std::mutex> lock(mutex_);
  returned_.wait(lock, [this] { return !idle_.empty(); });
  std::unique_ptr<Database> database = std::move(idle_.back());
  idle_.pop_back();
  return Loan(*this, std::move(database));
}

void ReaderPool::Return(std::unique_ptr<Database> database) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(database));
  }
  returned_.notify_one();
}

}  // namespace assay::evidence::sqlite
