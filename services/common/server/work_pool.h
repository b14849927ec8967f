#pragma once

// Threads for work that may block, behind a bounded queue. gRPC's callback threads must never
// block, so store calls run here; a full queue is told to the caller at once instead of growing.
//
// Thread safety: all methods may be called from any thread. Ownership: the pool owns its threads
// and joins them in Shutdown(); tasks own what they capture. Cost: one mutex and one wake-up a
// task.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace assay::server {

struct WorkPoolOptions {
  // Shown in errors and logs: "the store".
  std::string name = "the work pool";
  // Threads; default 8; 0 is taken as 1.
  size_t threads = 8;
  // Tasks that may wait, beside those running; default 1024; 0 lets none wait for a busy thread.
  size_t queue_bound = 1024;
};

class WorkPool {
 public:
  using Task = std::function<void()>;

  explicit WorkPool(WorkPoolOptions options);
  // Shuts down first.
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // Runs `task` on one of the threads, in the order of submission. False, and nothing is kept, when
  // the queue is full or the pool is shut down. A task must not throw; what escapes ends the
  // process.
  [[nodiscard]] bool Submit(Task task);

  // As Submit, but a full queue does not refuse it: for the next step of work that was admitted
  // before (a stream's next message). Its user has at most one such task waiting for each piece of
  // admitted work, which bounds the queue. False only after Shutdown.
  [[nodiscard]] bool SubmitContinuation(Task task);

  // Takes no more tasks, runs those that wait, joins the threads. Idempotent; must not be called
  // from a task of this pool.
  void Shutdown();

  const std::string& name() const { return options_.name; }
  size_t queue_bound() const { return options_.queue_bound; }
  // Tasks waiting and tasks running at this moment, for metrics.
  size_t waiting() const;
  size_t running() const;

 private:
  bool Push(Task task, bool bounded);
  void RunThread();

  const WorkPoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  size_t running_ = 0;
  bool shut_down_ = false;
  std::mutex join_mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace assay::server
