#pragma once

// A server program as a child of a test: started, read to the end, ended with the test.
//
// As root it runs as another user where asked to, since PostgreSQL and PgBouncer refuse root.
//
// Thread safety: none. Start it on a thread that outlives it: the kernel ends it with the thread
// that started it, so that none is left behind by a crash. Ownership: ends its process.

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace assay::testing {

// Who runs what refuses root: the process's own user, or where that is root, `postgres` or else
// `nobody`.
struct Runner {
  uid_t user = 0;
  gid_t group = 0;
  // Whether processes and files have to be given to it.
  bool other = false;
};
Runner UnprivilegedRunner();

// A folder of its own in the temporary folder, which belongs to the runner and which only it and
// root enter.
absl::StatusOr<std::string> MakeFolder(const Runner& runner, const std::string& prefix);
// Gives everything below a folder to the runner.
absl::Status GiveTo(const Runner& runner, const std::string& folder);

// Runs a program to its end and returns what it printed; INTERNAL with that where it failed.
absl::StatusOr<std::string> RunAs(const Runner& runner, std::vector<std::string> words);

// A TCP port of 127.0.0.1 that nobody listened on a moment ago; whoever takes it meanwhile makes
// the start fail.
int FreePort();

class Daemon {
 public:
  // Asks whether it serves: OK ends the wait for it.
  using Ready = std::function<absl::Status()>;

  Daemon() = default;
  ~Daemon() { Kill(); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Starts it and waits until it is ready. FAILED_PRECONDITION with what it said where it ends or
  // does not become ready; then it is ended.
  absl::Status Start(const Runner& runner, std::vector<std::string> words, const Ready& ready,
                     absl::Duration timeout = absl::Seconds(30));
  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }

  // SIGKILL to it and to its children; returns when they are gone.
  void Kill();
  // Another signal, and waits for its end where `wait` is set.
  void Signal(int signal, bool wait);
  // SIGSTOP and SIGCONT to it and to its children.
  void Pause();
  void Resume();

 private:
  std::vector<pid_t> Family() const;
  void Reap();

  pid_t pid_ = 0;
  std::thread drain_;
};

}  // namespace assay::testing
