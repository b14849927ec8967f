#pragma once

// One connection to one Redis server that keeps itself alive.
//
// It connects, says who it is, selects the database and pings; only then is it ready. hiredis knows
// no timeouts, so that a stopped server would hold everything for ever; the timers here are:
//   - connecting and greeting take at most connect_timeout;
//   - commands without any answer for stall_timeout, or an idle ping without one, end the
//   connection;
//   - after `timeouts_to_open` lookups in a row that got no answer in their budget the circuit
//   opens:
//     the connection stays, but is not available until the next answer comes or it is given up.
// A lost connection is made anew after a back-off that doubles, with jitter.
//
// Thread safety: none; everything runs on the loop's thread. Ownership: owns the hiredis context
// and its timers; the loop must turn after Close() until both are gone.

#include <uv.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <hiredis/async.h>

#include "absl/random/random.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "services/scoring/cache/redis/counters.h"
#include "services/scoring/cache/redis/nodes.h"

namespace assay::scoring::redis {

// What becomes of a command: OnReply is called once, with null where the connection was lost before
// the answer. The reply lives as long as the call.
class ReplyHandler {
 public:
  virtual void OnReply(const redisReply* reply) = 0;

 protected:
  ~ReplyHandler() = default;
};

struct ConnectionOptions {
  // For AUTH; without a password nothing is sent, without a user the default one is meant.
  std::string user;
  std::string password;
  int database = 0;
  absl::Duration connect_timeout;
  absl::Duration stall_timeout;
  absl::Duration ping_interval;
  absl::Duration backoff_min;
  absl::Duration backoff_max;
  int timeouts_to_open = 3;
};

class Connection {
 public:
  // Called when available() or Trouble() has changed.
  using ChangeHook = std::function<void()>;

  Connection(uv_loop_t* loop, const NodeDirectory& nodes, int node, ConnectionOptions options,
             Counters& counters, ChangeHook on_change);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begins to connect.
  void Start();

  // Ends for good: handlers under way get their null, timers are closed.
  void Close();

  // Connected and greeted: commands can be sent.
  bool ready() const { return state_ == State::kReady; }

  // Ready, and answers come in time.
  bool available() const { return ready() && timeouts_in_row_ < options_.timeouts_to_open; }

  // Why it is not available, for the log; empty where it is.
  std::string Trouble() const;

  // Sends a command. False where it could not be sent: the handler is then not called. Never
  // blocks.
  bool Send(absl::Span<const absl::string_view> words, ReplyHandler* handler);

  // A lookup got no answer in its budget.
  void NoteTimeout();

 private:
  enum class State { kWaiting, kConnecting, kReady, kClosed };

  // Takes the answers to AUTH, SELECT and the first PING.
  class Greeting final : public ReplyHandler {
   public:
    explicit Greeting(Connection* connection) : connection_(connection) {}
    void OnReply(const redisReply* reply) override { connection_->OnGreeting(reply); }

   private:
    Connection* connection_;
  };

  // Takes answers that say nothing but that the server lives.
  class Heartbeat final : public ReplyHandler {
   public:
    void OnReply(const redisReply* /*reply*/) override {}
  };

  static void OnConnect(const redisAsyncContext* context, int status);
  static void OnDisconnect(const redisAsyncContext* context, int status);
  static void OnReply(redisAsyncContext* context, void* reply, void* handler);
  static void OnRead(void* owner, redisAsyncContext* context, bool alive);
  static void OnTick(uv_timer_t* timer);
  static void OnRetry(uv_timer_t* timer);

  void Connect();
  void Greet();
  void OnGreeting(const redisReply* reply);
  void Tick();
  // Gives the connection up, with the reason for the log.
  void Drop(const std::string& reason);
  // After a loss of any kind: waits and tries again.
  void Retry(const std::string& reason);
  // Tells the owner where available() or the cause has changed.
  void Announce();

  uv_loop_t* const loop_;
  const NodeDirectory& nodes_;
  const int node_;
  const ConnectionOptions options_;
  Counters& counters_;
  const ChangeHook on_change_;
  Greeting greeting_{this};
  Heartbeat heartbeat_;

  State state_ = State::kWaiting;
  redisAsyncContext* context_ = nullptr;
  uv_timer_t tick_{};
  uv_timer_t retry_{};
  std::string reason_ = "not connected yet";
  // uv_hrtime() when the phase began, and when something was last read or first waited for.
  std::uint64_t phase_start_ = 0;
  std::uint64_t last_progress_ = 0;
  std::uint64_t outstanding_ = 0;
  int greetings_left_ = 0;
  int timeouts_in_row_ = 0;
  int failures_in_row_ = 0;
  absl::BitGen random_;
};

}  // namespace assay::scoring::redis
