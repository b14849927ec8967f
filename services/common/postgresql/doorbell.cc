#include "services/common/postgresql/doorbell.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include <sys/eventfd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace assay::postgresql {
namespace {

// Said by who begins to listen, so that it hears who else does.
constexpr char kHello[] = "hello";

}  // namespace

Doorbell::Doorbell(ConnectOptions options, std::string channel, const clock::Clock& clock)
    : options_(std::move(options)),
      channel_(std::move(channel)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      backoff_({}, clock) {
  if (wake_ < 0) std::abort();  // no file descriptor left
}

Doorbell::~Doorbell() { close(wake_); }

void Doorbell::Wake() {
  const uint64_t one = 1;
  // Where the counter is full it is readable already.
  if (write(wake_, &one, sizeof(one)) < 0) return;
}

void Doorbell::Ring() {
  if (!rung_.exchange(true)) Wake();
}

void Doorbell::Stop() {
  stopped_ = true;
  Wake();
}

void Doorbell::Connect() {
  if (deaf_ || connection_ != nullptr || backoff_.Wait() > absl::ZeroDuration()) return;
  absl::StatusOr<std::unique_ptr<Connection>> made = Connection::Open(options_);
  if (!made.ok()) return backoff_.Failed();
  const absl::StatusOr<bool> direct = (*made)->Listen(channel_);
  if (!direct.ok()) return backoff_.Failed();
  backoff_.Succeeded();
  deaf_ = !*direct;
  if (deaf_) return;
  connection_ = *std::move(made);
  Notify(kHello);
}

void Doorbell::Notify(const char* payload) {
  if (connection_ == nullptr) return;
  const absl::Status told =
      connection_->Run(absl::StrCat("NOTIFY ", channel_, ", '", payload, "'"));
  if (!told.ok() && connection_->broken()) connection_.reset();
}

bool Doorbell::Look(absl::Time end) {
  if (connection_ == nullptr) {
    pollfd wait = {wake_, POLLIN, 0};
    const int64_t left = absl::ToInt64Milliseconds(end - absl::Now()) + 1;
    poll(&wait, 1, static_cast<int>(std::clamp<int64_t>(left, 0, 60000)));
    return false;
  }
  const absl::StatusOr<std::vector<std::string>> heard =
      connection_->AwaitNotifications(wake_, end);
  if (!heard.ok()) {
    connection_.reset();
    backoff_.Failed();
    return false;
  }
  if (heard->empty()) return false;
  alone_ = false;
  const bool hello = std::find(heard->begin(), heard->end(), kHello) != heard->end();
  if (hello) Notify("");
  return true;
}

bool Doorbell::Wait(absl::Duration wait) {
  const absl::Time end = absl::Now() + wait;
  Connect();
  while (!stopped_) {
    // Before the flag is looked at: a ring that comes after it wakes the next look.
    uint64_t count = 0;
    const bool woken = read(wake_, &count, sizeof(count)) > 0;
    if ((rung_.exchange(false) || woken) && !alone_) Notify("");
    if (Look(end)) return true;
    if (absl::Now() >= end) return false;
  }
  return false;
}

}  // namespace assay::postgresql
