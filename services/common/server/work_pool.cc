#include "services/common/server/work_pool.h"

#include <algorithm>
#include <utility>

namespace assay::server {

WorkPool::WorkPool(WorkPoolOptions options) : options_(std::move(options)) {
  const size_t threads = std::max<size_t>(1, options_.threads);
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { RunThread(); });
}

WorkPool::~WorkPool() { Shutdown(); }

bool WorkPool::Submit(Task task) { return Push(std::move(task), /*bounded=*/true); }

bool WorkPool::SubmitContinuation(Task task) { return Push(std::move(task), /*bounded=*/false); }

bool WorkPool::Push(Task task, bool bounded) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (shut_down_) return false;
    // A task that an idle thread is about to take does not count as waiting.
    const size_t idle = std::max<size_t>(1, options_.threads) - running_;
    if (bounded && queue_.size() >= options_.queue_bound + idle) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void WorkPool::RunThread() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return shut_down_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    task();
    task = nullptr;  // What it captured is released outside the lock.
    lock.lock();
    --running_;
  }
}

void WorkPool::Shutdown() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    shut_down_ = true;
  }
  wake_.notify_all();
  std::lock_guard<std::mutex> lock(join_mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

size_t WorkPool::waiting() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return queue_.size();
}

size_t WorkPool::running() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return running_;
}

}  // namespace assay::server
