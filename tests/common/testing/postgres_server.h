#pragma once

// A real PostgreSQL 15 for tests: on a unix socket in a folder of its own, with every fsync, gone
// with the object. Nothing of the machine's own servers is touched.
//
// initdb takes seconds, so its result is kept below the build folder and copied: a start then takes
// about a second. A test program starts one (SharedPostgres) and makes a database for each test.
//
// Thread safety: none, but any thread may connect; see Daemon for threads. Ownership: ends its
// server and removes its folder.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "tests/common/testing/daemon.h"

namespace assay::testing {

class PostgresServer {
 public:
  struct Options {
    // Added to the configuration, "name = value" each; they override the harness's own.
    std::vector<std::string> settings;
  };

  // FAILED_PRECONDITION where PostgreSQL is missing or does not start, with what it said.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Start(const Options& options);
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Start() { return Start(Options()); }
  // A standby of this server, which from then on waits for it with each commit.
  absl::StatusOr<std::unique_ptr<PostgresServer>> StartSynchronousStandby();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Folder of the socket, as libpq's `host`.
  const std::string& host() const { return folder_; }
  // `postgresql://` URL of a database. The socket's folder is all that a client needs.
  std::string Url(absl::string_view database = "postgres") const;
  // The same for a client that goes to whichever of the two takes writes.
  std::string UrlWith(const PostgresServer& other, absl::string_view database) const;

  // Sends SQL on a connection of its own and returns the first column of the last result's first
  // row, as text.
  absl::StatusOr<std::string> Ask(const std::string& sql,
                                  absl::string_view database = "postgres") const;
  // A new database with a name of its own: empty, or a copy of another that nobody is connected to.
  absl::StatusOr<std::string> CreateDatabase(absl::string_view copy_of = "template1");

  bool running() const { return daemon_.running(); }
  // SIGKILL to all of its processes.
  void Kill() { daemon_.Kill(); }
  // Starts it again on its data, which it recovers.
  absl::Status Restart();
  // Ends all sessions and stops ("fast").
  void Stop();
  // All processes stand still: connections are accepted and nothing is answered.
  void Pause() { daemon_.Pause(); }
  void Resume() { daemon_.Resume(); }
  // A standby takes over.
  absl::Status Promote();

 private:
  PostgresServer(Runner runner, std::string folder) : runner_(runner), folder_(std::move(folder)) {}

  std::string data() const { return folder_ + "/data"; }
  absl::Status Configure(const std::vector<std::string>& settings);

  const Runner runner_;
  const std::string folder_;
  int databases_ = 0;
  Daemon daemon_;
};

// One server for the whole test program, started when first asked for.
absl::StatusOr<PostgresServer*> SharedPostgres();

// PgBouncer in transaction mode before a server.
class PgBouncer {
 public:
  // FAILED_PRECONDITION where it does not start; NOT_FOUND where it is not installed.
  static absl::StatusOr<std::unique_ptr<PgBouncer>> Start(const PostgresServer& server,
                                                          int connections = 8);
  ~PgBouncer();
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;

  std::string Url(absl::string_view database) const;

 private:
  explicit PgBouncer(std::string folder) : folder_(std::move(folder)) {}

  const std::string folder_;
  Daemon daemon_;
};

}  // namespace assay::testing
