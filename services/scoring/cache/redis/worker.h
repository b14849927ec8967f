#pragma once

// The thread behind RedisRatingCache: it owns the loop, the connections and everything under way.
//
// Thread safety: the methods of the first block are for any thread and never wait for the loop (but
// Stop() and WaitUntilAvailable()); everything else runs on the loop's thread alone.

#include <uv.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "services/scoring/cache/redis/connection.h"
#include "services/scoring/cache/redis/counters.h"
#include "services/scoring/cache/redis/nodes.h"
#include "services/scoring/cache/redis/redis_rating_cache.h"
#include "services/scoring/cache/redis/requests.h"
#include "services/scoring/cache/redis/seal.h"

namespace assay::scoring::redis {

class Worker {
 public:
  Worker(RedisOptions options, std::unique_ptr<const NodeDirectory> nodes);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Starts the thread. INTERNAL where the system gives no loop or thread. Called once.
  absl::Status Start();
  // Answers everything with misses and joins the thread. Without Start() it does nothing.
  void Stop();

  // Whether the node of a key takes commands now.
  bool IsAvailable(absl::string_view key) const {
    return available_[nodes_->NodeOf(key)].load(std::memory_order_acquire);
  }
  // Takes a lookup over, with room for its keys reserved in pending_gets. False once stopping: the
  // caller then answers it.
  bool Submit(std::shared_ptr<Lookup>& lookup);
  // Takes a put over, with its place reserved in pending_puts and pending_put_bytes.
  bool Submit(std::unique_ptr<Write>& write);
  absl::Status Health() const;
  bool WaitUntilAvailable(bool available, absl::Duration timeout) const;
  Counters& counters() { return counters_; }
  const RedisOptions& options() const { return options_; }
  // Gives back the place of a put that is over.
  void Release(std::uint64_t cost);

 private:
  class Asked;
  class Putting;

  // A server with the puts that wait for it.
  struct Node {
    std::unique_ptr<Connection> connection;
    std::deque<std::unique_ptr<Write>> waiting;
    // Puts sent that have no answer, and their bytes.
    std::size_t sent = 0;
    std::uint64_t sent_bytes = 0;
  };

  struct Due {
    std::uint64_t deadline;
    std::shared_ptr<Lookup> lookup;
    bool operator<(const Due& other) const { return deadline > other.deadline; }
  };

  void Run();
  void OnWake();
  void Begin(const std::shared_ptr<Lookup>& lookup);
  // Sends one key; false where its node takes no commands.
  bool Ask(const std::shared_ptr<Lookup>& lookup, std::size_t index);
  void OnAnswer(Node& node, Lookup& lookup, std::size_t index, const redisReply* reply);
  // Counts an answer and takes its value, where it is one.
  void Take(Node& node, Lookup& lookup, std::size_t index, const redisReply& reply);
  void Discard(Node& node, absl::string_view key);
  // Lookups whose budget has ended.
  void Expire();
  void Timeout(Lookup& lookup);
  void Arm(std::uint64_t deadline);
  void Enqueue(std::unique_ptr<Write> write);
  // Sends waiting puts as far as they may go ahead of their answers.
  void Pump(Node& node);
  void DropWaiting(Node& node);
  void OnPutAnswer(Node& node, std::uint64_t cost, const redisReply* reply);
  void OnChange(int node);
  void CloseAll();

  const RedisOptions options_;
  const std::unique_ptr<const NodeDirectory> nodes_;
  Counters counters_;
  std::unique_ptr<std::atomic<bool>[]> available_;

  // Locks of the standard library: the thread sanitizer sees them, and not those of Debian's
  // Abseil.

  // Guards the next three.
  mutable std::mutex queue_mutex_;
  std::vector<std::shared_ptr<Lookup>> new_lookups_;
  std::vector<std::unique_ptr<Write>> new_writes_;
  bool stopping_ = true;

  // Guards `trouble_`; the condition is told of each change.
  mutable std::mutex health_mutex_;
  mutable std::condition_variable health_changed_;
  // Why the cache is not available; empty where it is. No absl::Status, whose shared payloads the
  // sanitizer does not see either.
  std::string trouble_ = "not connected yet";

  // The loop's own.
  uv_loop_t loop_{};
  uv_async_t wake_{};
  uv_timer_t budget_timer_{};
  std::uint64_t armed_for_ = 0;
  std::priority_queue<Due> due_;
  std::vector<Node> node_states_;
  Sealer sealer_;
  const std::string read_end_;
  const std::string ttl_ms_;
  std::thread thread_;
};

}  // namespace assay::scoring::redis
