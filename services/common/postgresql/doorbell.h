#pragma once

// Tells other processes on the same database that there is something new, and is told by them:
// NOTIFY and LISTEN on a connection of its own.
//
// It is a hint. What it says may come late, twice or never - through a pooler in transaction mode,
// or while the server is away - so its user asks the database now and then all the same. It
// notices a pooler and is silent then, and it tells nobody until it has heard of somebody.
//
// Thread safety: Ring and Stop from any thread, Wait from one. Ownership: owns its connection.
// Cost: a connection; a NOTIFY, which waits for no disk, for all rings since the last.

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "services/common/postgresql/backoff.h"
#include "services/common/postgresql/connection.h"

namespace assay::postgresql {

class Doorbell {
 public:
  // `channel` is an SQL name, of trusted text. Connects with the first Wait().
  Doorbell(ConnectOptions options, std::string channel, const clock::Clock& clock);
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // Has the thread that waits tell the others. No wait.
  void Ring();
  // Ends a Wait() that runs, and every later one at once.
  void Stop();
  bool stopped() const { return stopped_; }

  // Waits until another process rang: true; false after `wait`, or once it is stopped. Where it
  // cannot connect it waits all the same.
  bool Wait(absl::Duration wait);

 private:
  void Wake();
  // Connects, where that is due and of use.
  void Connect();
  void Notify(const char* payload);
  // One look at what came; true where somebody rang.
  bool Look(absl::Time end);

  const ConnectOptions options_;
  const std::string channel_;
  // Readable while there is something to do for the thread that waits.
  const int wake_;
  std::atomic<bool> rung_{false};
  std::atomic<bool> stopped_{false};
  // The waiting thread's own, as the next.
  std::unique_ptr<Connection> connection_;
  Backoff backoff_;
  // A pooler stands between.
  bool deaf_ = false;
  bool alone_ = true;
};

}  // namespace assay::postgresql
