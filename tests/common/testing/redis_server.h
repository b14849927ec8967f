#pragma once

// A real redis-server for one test: on a unix socket in a folder of its own, without persistence,
// gone with the object. Each object is another server, so that tests can run side by side.
//
// Thread safety: none, but any thread may connect. Create it on a thread that outlives it: the
// kernel ends the server with the thread that started it, so that none is left behind by a crash.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace assay::testing {

class RedisServer {
 public:
  struct Options {
    // Added to the command line, for instance {"--requirepass", "secret"}.
    std::vector<std::string> arguments;
    // Also listen on a free TCP port of 127.0.0.1.
    bool tcp = false;
    // For Command(), where the server wants one.
    std::string password;
  };

  // Starts a server and waits until it answers. FAILED_PRECONDITION where redis-server is missing
  // or does not start, with its log.
  static absl::StatusOr<std::unique_ptr<RedisServer>> Start(Options options);
  static absl::StatusOr<std::unique_ptr<RedisServer>> Start() { return Start(Options()); }

  // Ends the server, paused or not, and removes its folder.
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  const std::string& socket_path() const { return socket_path_; }
  // `unix:` and the socket's path.
  std::string address() const { return "unix:" + socket_path_; }
  // The TCP port, 0 without one. A restart keeps it.
  int port() const { return port_; }
  bool running() const { return pid_ > 0; }

  // SIGKILL; returns when the process is gone. The socket's file stays behind, as after a crash.
  void Kill();
  // Starts it again, empty, at the same address.
  absl::Status Restart();
  // SIGSTOP; returns when the process has stopped: it then accepts connections and answers nothing.
  void Pause();
  // SIGCONT.
  void Resume();

  // Sends a command on a connection of its own. Returns a string or status as it is, an integer in
  // digits, nil as NOT_FOUND, an error as INTERNAL with its text, an array joined by line breaks.
  absl::StatusOr<std::string> Command(absl::Span<const absl::string_view> words) const;

 private:
  explicit RedisServer(Options options) : options_(std::move(options)) {}

  absl::Status Launch();
  std::vector<std::string> CommandLine() const;
  absl::Status AwaitReady(int output);
  void Reap();

  const Options options_;
  std::string folder_;
  std::string socket_path_;
  int port_ = 0;
  pid_t pid_ = 0;
  std::thread drain_;
};

}  // namespace assay::testing
