#include "services/scoring/cache/redis/connection.h"

#include <algorithm>
#include <cstddef>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"

#include "services/scoring/cache/redis/loop_adapter.h"
#include "services/scoring/cache/redis/reply_guard.h"

namespace assay::scoring::redis {
namespace {

// hiredis collects a reply until it is whole. Ours are of a megabyte at the most: whoever sends
// more without end is no cache of ours.
constexpr std::size_t kMaxUnparsedBytes = std::size_t{4} << 20;
// hiredis frees an empty read buffer above this, its default of 16 KiB after nearly every pipeline.
constexpr std::size_t kKeptReadBuffer = std::size_t{256} << 10;
// The longest and the shortest time between two looks at the clock.
constexpr std::uint64_t kMaxTickMs = 50;
constexpr std::uint64_t kMinTickMs = 1;

std::uint64_t Nanoseconds(absl::Duration duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, absl::ToInt64Nanoseconds(duration)));
}

std::uint64_t Milliseconds(absl::Duration duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(1, absl::ToInt64Milliseconds(duration)));
}

std::string TextOf(const redisReply& reply) {
  if (reply.str == nullptr) return absl::StrCat("a reply of type ", reply.type);
  return std::string(reply.str, reply.len);
}

}  // namespace

Connection::Connection(uv_loop_t* loop, const NodeDirectory& nodes, int node,
                       ConnectionOptions options, Counters& counters, ChangeHook on_change)
    : loop_(loop),
      nodes_(nodes),
      node_(node),
      options_(std::move(options)),
      counters_(counters),
      on_change_(std::move(on_change)) {}

void Connection::Start() {
  uv_timer_init(loop_, &tick_);
  uv_timer_init(loop_, &retry_);
  tick_.data = retry_.data = this;
  const std::uint64_t tick =
      std::clamp(Milliseconds(options_.stall_timeout) / 4, kMinTickMs, kMaxTickMs);
  uv_timer_start(&tick_, OnTick, tick, tick);
  Connect();
}

void Connection::Close() {
  state_ = State::kClosed;
  reason_ = "closed";
  uv_close(reinterpret_cast<uv_handle_t*>(&tick_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&retry_), nullptr);
  redisAsyncContext* context = std::exchange(context_, nullptr);
  if (context != nullptr) redisAsyncFree(context);
}

std::string Connection::Trouble() const {
  if (available()) return "";
  return absl::StrCat(nodes_.EndpointOf(node_).ToString(), ": ",
                      ready() ? "answers stay away" : reason_);
}

void Connection::Connect() {
  state_ = State::kConnecting;
  phase_start_ = uv_hrtime();
  const Endpoint endpoint = nodes_.EndpointOf(node_);
  redisAsyncContext* context = endpoint.path.empty()
                                   ? redisAsyncConnect(endpoint.host.c_str(), endpoint.port)
                                   : redisAsyncConnectUnix(endpoint.path.c_str());
  if (context == nullptr) {
    Retry("out of memory");
    return;
  }
  if (context->err != 0 || !AttachToLoop(context, loop_, OnRead, this)) {
    const std::string reason = context->err != 0 ? context->errstr : "cannot watch the socket";
    redisAsyncFree(context);
    Retry(reason);
    return;
  }
  context_ = context;
  context->data = this;
  context->c.reader->maxbuf = kKeptReadBuffer;
  GuardReplies(context->c.reader, &outstanding_);
  redisAsyncSetConnectCallback(context, OnConnect);
  redisAsyncSetDisconnectCallback(context, OnDisconnect);
}

void Connection::OnConnect(const redisAsyncContext* context, int status) {
  auto* self = static_cast<Connection*>(context->data);
  if (self->context_ != context) return;
  if (status == REDIS_OK) {
    self->Greet();
    return;
  }
  self->context_ = nullptr;  // hiredis frees it
  self->Retry(context->errstr == nullptr ? "cannot connect" : context->errstr);
}

void Connection::OnDisconnect(const redisAsyncContext* context, int /*status*/) {
  auto* self = static_cast<Connection*>(context->data);
  if (self->context_ != context) return;
  self->context_ = nullptr;
  self->Retry(context->errstr == nullptr || *context->errstr == '\0' ? "connection lost"
                                                                     : context->errstr);
}

void Connection::OnReply(redisAsyncContext* context, void* reply, void* handler) {
  auto* self = static_cast<Connection*>(context->data);
  --self->outstanding_;
  if (reply != nullptr && self->context_ == context && self->timeouts_in_row_ != 0) {
    const bool was_available = self->available();
    self->timeouts_in_row_ = 0;
    if (!was_available) self->Announce();
  }
  static_cast<ReplyHandler*>(handler)->OnReply(static_cast<const redisReply*>(reply));
}

void Connection::OnRead(void* owner, redisAsyncContext* context, bool alive) {
  auto* self = static_cast<Connection*>(owner);
  if (self->context_ != context || !alive) return;
  self->last_progress_ = uv_hrtime();
  const redisReader& reader = *context->c.reader;
  if (reader.len - reader.pos > kMaxUnparsedBytes) self->Drop("an answer without end");
}

void Connection::Greet() {
  const std::string database = absl::StrCat(options_.database);
  greetings_left_ = 0;
  const auto say = [&](absl::Span<const absl::string_view> words) {
    if (Send(words, &greeting_)) ++greetings_left_;
  };
  if (!options_.password.empty()) {
    if (options_.user.empty()) {
      say({"AUTH", options_.password});
    } else {
      say({"AUTH", options_.user, options_.password});
    }
  }
  if (options_.database != 0) say({"SELECT", database});
  say({"PING"});
}

void Connection::OnGreeting(const redisReply* reply) {
  // Answers of a connection that was given up meanwhile are no greeting of this one.
  if (reply == nullptr || state_ != State::kConnecting || context_ == nullptr) return;
  if (reply->type == REDIS_REPLY_ERROR) {
    Drop(absl::StrCat("refused: ", TextOf(*reply)));
    return;
  }
  if (--greetings_left_ > 0) return;
  state_ = State::kReady;
  timeouts_in_row_ = 0;
  failures_in_row_ = 0;
  counters_.connects.Add();
  Announce();
}

bool Connection::Send(absl::Span<const absl::string_view> words, ReplyHandler* handler) {
  if (context_ == nullptr) return false;
  absl::InlinedVector<const char*, 6> data;
  absl::InlinedVector<std::size_t, 6> sizes;
  for (const absl::string_view word : words) {
    data.push_back(word.data());
    sizes.push_back(word.size());
  }
  if (redisAsyncCommandArgv(context_, OnReply, handler, static_cast<int>(words.size()), data.data(),
                            sizes.data()) != REDIS_OK) {
    return false;
  }
  if (outstanding_++ == 0) last_progress_ = uv_hrtime();
  return true;
}

void Connection::NoteTimeout() {
  if (!available()) return;
  if (++timeouts_in_row_ < options_.timeouts_to_open) return;
  counters_.circuit_opened.Add();
  Announce();
}

void Connection::OnTick(uv_timer_t* timer) { static_cast<Connection*>(timer->data)->Tick(); }

void Connection::Tick() {
  if (context_ == nullptr) return;
  const std::uint64_t now = uv_hrtime();
  if (state_ == State::kConnecting) {
    if (now - phase_start_ >= Nanoseconds(options_.connect_timeout)) {
      Drop(absl::StrCat("no greeting within ", absl::FormatDuration(options_.connect_timeout)));
    }
    return;
  }
  const std::uint64_t silent = now - std::min(now, last_progress_);
  if (outstanding_ != 0) {
    if (silent >= Nanoseconds(options_.stall_timeout)) {
      Drop(absl::StrCat("no answer for ", absl::FormatDuration(options_.stall_timeout)));
    }
  } else if (silent >= Nanoseconds(options_.ping_interval)) {
    Send({"PING"}, &heartbeat_);
  }
}

void Connection::Drop(const std::string& reason) {
  redisAsyncContext* context = std::exchange(context_, nullptr);
  // The state first: handlers that are told of the loss must find the connection gone.
  Retry(reason);
  if (context != nullptr) redisAsyncFree(context);
}

void Connection::OnRetry(uv_timer_t* timer) { static_cast<Connection*>(timer->data)->Connect(); }

void Connection::Retry(const std::string& reason) {
  if (state_ == State::kClosed) return;
  (state_ == State::kReady ? counters_.disconnects : counters_.failed_connects).Add();
  state_ = State::kWaiting;
  reason_ = reason;
  const int doublings = std::min(failures_in_row_++, 16);
  const absl::Duration full =
      std::min(options_.backoff_max, options_.backoff_min * (std::int64_t{1} << doublings));
  // Half of it is left to chance, so that replicas do not come back all at once.
  const absl::Duration wait = full * absl::Uniform(random_, 0.5, 1.0);
  uv_update_time(loop_);
  uv_timer_start(&retry_, OnRetry, Milliseconds(wait), 0);
  Announce();
}

void Connection::Announce() { on_change_(); }

}  // namespace assay::scoring::redis
