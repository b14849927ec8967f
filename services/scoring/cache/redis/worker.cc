#include "services/scoring/cache/redis/worker.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"

namespace assay::scoring::redis {
namespace {

// Puts that are sent ahead of their answers: enough to fill a pipeline, little enough that a lookup
// behind them does not wait long, and that a server that stops reading holds little.
constexpr std::size_t kMaxSentPuts = 64;
constexpr std::uint64_t kMaxSentPutBytes = std::uint64_t{1} << 20;

ConnectionOptions ForConnection(const RedisOptions& options) {
  ConnectionOptions wanted;
  wanted.user = options.user;
  wanted.password = options.password;
  wanted.database = options.database;
  wanted.connect_timeout = options.connect_timeout;
  wanted.stall_timeout = options.stall_timeout;
  wanted.ping_interval = options.ping_interval;
  wanted.backoff_min = options.backoff_min;
  wanted.backoff_max = options.backoff_max;
  wanted.timeouts_to_open = options.timeouts_to_open;
  return wanted;
}

// The last byte that a read asks for: one more than the largest value has, so that a larger one
// shows.
std::string ReadEnd(const RedisOptions& options) {
  return absl::StrCat(Sealer::kOverhead + options.max_value_bytes);
}

}  // namespace

// Waits for the answer to one key. Owns itself: hiredis calls OnReply exactly once.
class Worker::Asked final : public ReplyHandler {
 public:
  Asked(Worker* worker, Node* node, std::shared_ptr<Lookup> lookup, std::size_t index)
      : worker_(worker), node_(node), lookup_(std::move(lookup)), index_(index) {}

  void OnReply(const redisReply* reply) override {
    const std::unique_ptr<Asked> self(this);
    worker_->OnAnswer(*node_, *lookup_, index_, reply);
  }

 private:
  Worker* worker_;
  Node* node_;
  std::shared_ptr<Lookup> lookup_;
  std::size_t index_;
};

// Waits for the answer to one put. Owns itself.
class Worker::Putting final : public ReplyHandler {
 public:
  Putting(Worker* worker, Node* node, std::uint64_t cost)
      : worker_(worker), node_(node), cost_(cost) {}

  void OnReply(const redisReply* reply) override {
    const std::unique_ptr<Putting> self(this);
    worker_->OnPutAnswer(*node_, cost_, reply);
  }

 private:
  Worker* worker_;
  Node* node_;
  std::uint64_t cost_;
};

Worker::Worker(RedisOptions options, std::unique_ptr<const NodeDirectory> nodes)
    : options_(std::move(options)),
      nodes_(std::move(nodes)),
      available_(std::make_unique<std::atomic<bool>[]>(static_cast<std::size_t>(nodes_->size()))),
      node_states_(static_cast<std::size_t>(nodes_->size())),
      sealer_(options_.secret),
      read_end_(ReadEnd(options_)),
      ttl_ms_(absl::StrCat(absl::ToInt64Milliseconds(options_.ttl))) {}

Worker::~Worker() { Stop(); }

absl::Status Worker::Start() {
  const int failed = uv_loop_init(&loop_);
  if (failed != 0) return errors::Internal("rating cache", uv_strerror(failed));
  loop_.data = this;
  uv_async_init(&loop_, &wake_,
                [](uv_async_t* wake) { static_cast<Worker*>(wake->data)->OnWake(); });
  uv_timer_init(&loop_, &budget_timer_);
  wake_.data = budget_timer_.data = this;
  {
    const std::lock_guard<std::mutex> lock(queue_mutex_);
    stopping_ = false;
  }
  // The only exception of the standard library that can come here: it stays inside.
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& fault) {
    {
      const std::lock_guard<std::mutex> lock(queue_mutex_);
      stopping_ = true;
    }
    uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&budget_timer_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
    return errors::Internal("rating cache", fault.what());
  }
  return absl::OkStatus();
}

void Worker::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(queue_mutex_);
    stopping_ = true;
    uv_async_send(&wake_);
  }
  thread_.join();
  uv_loop_close(&loop_);
}

bool Worker::Submit(std::shared_ptr<Lookup>& lookup) {
  const std::lock_guard<std::mutex> lock(queue_mutex_);
  if (stopping_) return false;
  // Whoever finds the queues empty wakes the loop; it takes all that has come.
  const bool first = new_lookups_.empty() && new_writes_.empty();
  new_lookups_.push_back(std::move(lookup));
  if (first) uv_async_send(&wake_);
  return true;
}

bool Worker::Submit(std::unique_ptr<Write>& write) {
  const std::lock_guard<std::mutex> lock(queue_mutex_);
  if (stopping_) return false;
  const bool first = new_lookups_.empty() && new_writes_.empty();
  new_writes_.push_back(std::move(write));
  if (first) uv_async_send(&wake_);
  return true;
}

absl::Status Worker::Health() const {
  const std::lock_guard<std::mutex> lock(health_mutex_);
  if (trouble_.empty()) return absl::OkStatus();
  return errors::DependencyUnavailable("redis", trouble_);
}

bool Worker::WaitUntilAvailable(bool available, absl::Duration timeout) const {
  std::unique_lock<std::mutex> lock(health_mutex_);
  return health_changed_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                                  [&] { return trouble_.empty() == available; });
}

void Worker::Release(std::uint64_t cost) {
  counters_.pending_puts.Subtract();
  counters_.pending_put_bytes.Subtract(cost);
}

void Worker::Run() {
  // hiredis writes without MSG_NOSIGNAL: a server that goes away would end the process. The signal
  // goes to the thread that writes, and all writing is done here.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  for (int i = 0; i < nodes_->size(); ++i) {
    Node& node = node_states_[static_cast<std::size_t>(i)];
    node.connection = std::make_unique<Connection>(&loop_, *nodes_, i, ForConnection(options_),
                                                   counters_, [this, i] { OnChange(i); });
  }
  for (Node& node : node_states_) node.connection->Start();
  uv_run(&loop_, UV_RUN_DEFAULT);
}

void Worker::OnWake() {
  std::vector<std::shared_ptr<Lookup>> lookups;
  std::vector<std::unique_ptr<Write>> writes;
  bool stopping = false;
  {
    const std::lock_guard<std::mutex> lock(queue_mutex_);
    lookups.swap(new_lookups_);
    writes.swap(new_writes_);
    stopping = stopping_;
  }
  // Closed first, so that what has just come finds no connection and is answered with misses.
  if (stopping) CloseAll();
  for (const std::shared_ptr<Lookup>& lookup : lookups) Begin(lookup);
  for (std::unique_ptr<Write>& write : writes) Enqueue(std::move(write));
  for (Node& node : node_states_) Pump(node);
}

void Worker::Begin(const std::shared_ptr<Lookup>& lookup) {
  const bool late = uv_hrtime() >= lookup->deadline;
  for (std::size_t i = 0; i < lookup->keys.size(); ++i) {
    if (!late && Ask(lookup, i)) continue;
    (late ? counters_.timeouts : counters_.rejected).Add();
    counters_.pending_gets.Subtract();
    lookup->keys[i].clear();
  }
  if (lookup->unanswered == 0) {
    lookup->Deliver();
    return;
  }
  due_.push(Due{lookup->deadline, lookup});
  Arm(lookup->deadline);
}

bool Worker::Ask(const std::shared_ptr<Lookup>& lookup, std::size_t index) {
  const std::string& key = lookup->keys[index];
  if (key.size() > RatingCache::kMaxKeyBytes) return false;
  Node& node = node_states_[static_cast<std::size_t>(nodes_->NodeOf(key))];
  if (!node.connection->available()) return false;
  auto asked = std::make_unique<Asked>(this, &node, lookup, index);
  if (!node.connection->Send({"GETRANGE", key, "0", read_end_}, asked.get())) return false;
  asked.release();  // NOLINT(bugprone-unused-return-value): hiredis holds it
  ++lookup->unanswered;
  return true;
}

void Worker::OnAnswer(Node& node, Lookup& lookup, std::size_t index, const redisReply* reply) {
  counters_.pending_gets.Subtract();
  --lookup.unanswered;
  if (lookup.delivered) return;  // counted as a timeout
  if (reply == nullptr) {
    counters_.errors.Add();
  } else {
    Take(node, lookup, index, *reply);
  }
  lookup.keys[index].clear();  // answered: see Timeout()
  if (lookup.unanswered == 0) lookup.Deliver();
}

void Worker::Take(Node& node, Lookup& lookup, std::size_t index, const redisReply& reply) {
  const std::string& key = lookup.keys[index];
  if (reply.type == REDIS_REPLY_ERROR) {
    // Another kind of value stands under our key: as forged as any other.
    if (absl::StartsWith(absl::string_view(reply.str, reply.len), "WRONGTYPE")) {
      counters_.corrupt.Add();
      Discard(node, key);
    } else {
      counters_.errors.Add();
    }
    return;
  }
  if (reply.type != REDIS_REPLY_STRING) {
    counters_.errors.Add();
    return;
  }
  if (reply.len > 0) {
    const absl::string_view stored(reply.str, reply.len);
    const bool fits = stored.size() <= Sealer::kOverhead + options_.max_value_bytes;
    const std::optional<absl::string_view> bytes = fits ? sealer_.Open(key, stored) : std::nullopt;
    if (!bytes) {
      counters_.corrupt.Add();
      Discard(node, key);
      return;
    }
    lookup.values[index].emplace(bytes->data(), bytes->size());
  }
  (reply.len > 0 ? counters_.hits : counters_.misses).Add();
  counters_.hit_bytes.Add(reply.len);
  counters_.ObserveLatency((uv_hrtime() - lookup.start) / 1000);
}

void Worker::Discard(Node& node, absl::string_view key) {
  class Ignore final : public ReplyHandler {
   public:
    void OnReply(const redisReply* /*reply*/) override {}
  };
  static Ignore ignore;
  node.connection->Send({"DEL", key}, &ignore);
}

void Worker::Arm(std::uint64_t deadline) {
  if (armed_for_ != 0 && armed_for_ <= deadline) return;
  armed_for_ = deadline;
  const std::uint64_t now = uv_hrtime();
  const std::uint64_t wait = deadline <= now ? 0 : (deadline - now + 999'999) / 1'000'000;
  uv_update_time(&loop_);
  uv_timer_start(
      &budget_timer_, [](uv_timer_t* timer) { static_cast<Worker*>(timer->data)->Expire(); }, wait,
      0);
}

void Worker::Expire() {
  armed_for_ = 0;
  const std::uint64_t now = uv_hrtime();
  while (!due_.empty() && (due_.top().lookup->delivered || due_.top().deadline <= now)) {
    const std::shared_ptr<Lookup> lookup = due_.top().lookup;
    due_.pop();
    if (!lookup->delivered) Timeout(*lookup);
  }
  if (!due_.empty()) Arm(due_.top().deadline);
}

void Worker::Timeout(Lookup& lookup) {
  std::vector<bool> slow(node_states_.size());
  for (const std::string& key : lookup.keys) {
    if (key.empty()) continue;  // answered, or never sent
    counters_.timeouts.Add();
    slow[static_cast<std::size_t>(nodes_->NodeOf(key))] = true;
  }
  for (std::size_t i = 0; i < slow.size(); ++i) {
    if (slow[i]) node_states_[i].connection->NoteTimeout();
  }
  lookup.Deliver();
}

void Worker::Enqueue(std::unique_ptr<Write> write) {
  Node& node = node_states_[static_cast<std::size_t>(nodes_->NodeOf(write->key))];
  node.waiting.push_back(std::move(write));
}

void Worker::Pump(Node& node) {
  if (!node.connection->ready()) {
    DropWaiting(node);
    return;
  }
  while (!node.waiting.empty() && node.connection->available() && node.sent < kMaxSentPuts &&
         node.sent_bytes < kMaxSentPutBytes) {
    const std::unique_ptr<Write> write = std::move(node.waiting.front());
    node.waiting.pop_front();
    const std::string stored = sealer_.Seal(write->key, *write->bytes);
    auto putting = std::make_unique<Putting>(this, &node, write->cost());
    if (!node.connection->Send({"SET", write->key, stored, "PX", ttl_ms_}, putting.get())) {
      counters_.dropped_puts.Add();
      Release(write->cost());
      continue;
    }
    putting.release();  // NOLINT(bugprone-unused-return-value): hiredis holds it
    ++node.sent;
    node.sent_bytes += write->cost();
  }
}

void Worker::DropWaiting(Node& node) {
  for (const std::unique_ptr<Write>& write : node.waiting) {
    counters_.dropped_puts.Add();
    Release(write->cost());
  }
  node.waiting.clear();
}

void Worker::OnPutAnswer(Node& node, std::uint64_t cost, const redisReply* reply) {
  --node.sent;
  node.sent_bytes -= cost;
  Release(cost);
  const bool stored = reply != nullptr && reply->type == REDIS_REPLY_STATUS;
  (stored ? counters_.stored : counters_.failed_puts).Add();
  if (stored) counters_.stored_bytes.Add(cost);
  if (reply != nullptr) Pump(node);
}

void Worker::OnChange(int node) {
  Node& changed = node_states_[static_cast<std::size_t>(node)];
  const bool available = changed.connection->available();
  available_[static_cast<std::size_t>(node)].store(available, std::memory_order_release);
  std::string trouble = changed.connection->Trouble();
  for (const Node& other : node_states_) {
    if (trouble.empty()) trouble = other.connection->Trouble();
  }
  {
    const std::lock_guard<std::mutex> lock(health_mutex_);
    trouble_ = std::move(trouble);
    health_changed_.notify_all();
  }
  Pump(changed);
}

void Worker::CloseAll() {
  for (std::size_t i = 0; i < node_states_.size(); ++i) {
    available_[i].store(false, std::memory_order_release);
    node_states_[i].connection->Close();
  }
  for (Node& node : node_states_) DropWaiting(node);
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&budget_timer_), nullptr);
  const std::lock_guard<std::mutex> lock(health_mutex_);
  trouble_ = "closed";
  health_changed_.notify_all();
}

}  // namespace assay::scoring::redis
