#pragma once

// One connection to PostgreSQL by libpq: pipelines of statements with typed parameters, binary
// COPY, and no wait without an end.
//
// It keeps no state in the session (no SET, no named statement, no advisory session lock), so it
// works through PgBouncer in transaction mode; but for Listen, which notices a pooler.
//
// Thread safety: none; one thread at a time. Ownership: closes its connection. Cost: a pipeline is
// one round trip, a COPY two. Every method blocks up to the statement timeout, then the connection
// is broken. Errors: as ErrorOf (status.h).

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "services/common/postgresql/values.h"

extern "C" {
struct pg_conn;
struct pg_result;
}

namespace assay::postgresql {

struct ConnectOptions {
  // `postgresql://...` or libpq's keywords and values. Several hosts with
  // target_session_attrs=read-write follow a promotion. Required.
  std::string target;
  // What an error calls it; default "postgresql".
  std::string dependency = "postgresql";
  // Time to connect to each host, in whole seconds; default 5 s; the target's own connect_timeout
  // goes before it; 0 is taken as 1 s.
  absl::Duration connect_timeout = absl::Seconds(5);
  // Longest wait for an answer; default 60 s; 0 or less: no limit.
  absl::Duration statement_timeout = absl::Seconds(60);
};

// True for `postgresql://` and `postgres://`.
bool IsUrl(absl::string_view target);

// Host, port and database of a target, for people: never its password. Empty where it is none.
std::string Describe(const std::string& target);

class Connection {
 public:
  // Connects. FAILED_PRECONDITION where the server refuses the role or the database or is older
  // than 15, INVALID_ARGUMENT for a target that is none, UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Statements without parameters, one after another; their results are dropped.
  absl::Status Run(const std::string& sql);

  // One statement.
  absl::StatusOr<Result> Query(const Statement& statement);

  // All statements in one round trip, each seeing what came before it. Outside of a transaction
  // they are one. The results in their order, or the first error; then none of those that follow
  // it was run, and a transaction that is open wants ROLLBACK.
  //
  // A COMMIT among them that the server did not carry out in full - it gave up waiting for its
  // synchronous standby - is an error, though the server calls it a warning.
  absl::StatusOr<std::vector<Result>> Pipeline(absl::Span<const Statement> statements);

  // Writes all rows by binary COPY; nothing where there are none.
  absl::Status CopyIn(const Rows& rows);

  // Begins to listen on a channel, which is trusted text. False where a pooler stands between,
  // which would pass nothing on; then nothing was done.
  absl::StatusOr<bool> Listen(const std::string& channel);
  // Waits for notifications of other sessions and returns what they say, or none once `other`, a
  // file descriptor, can be read, or at `end`.
  absl::StatusOr<std::vector<std::string>> AwaitNotifications(int other, absl::Time end);

  // Nothing more can be done with it: what was open is rolled back by the server, but for a COMMIT
  // on its way, of which nothing is known.
  bool broken() const;
  bool in_transaction() const;
  // True where an idle connection was closed by the other side. No wait.
  bool Stale();

 private:
  Connection(pg_conn* connection, ConnectOptions options);

  static void Notice(void* self, const pg_result* notice);
  // The server's last error, or of a result.
  absl::Status Failure(const pg_result* result);
  // Breaks the connection after a wait without answer.
  absl::Status TimedOut();
  absl::Status Await(bool writing, absl::Time end);
  absl::Status Flush(absl::Time end);
  // The next result; null at the end of a statement's.
  absl::StatusOr<pg_result*> Next(absl::Time end);
  // Sends all, and notes in `answers` for each answer to come whether it is a statement's; the
  // others only say that one was parsed.
  absl::Status Send(absl::Span<const Statement> statements, std::vector<bool>* answers);
  absl::Status Receive(const std::vector<bool>& answers, absl::Time end,
                       std::vector<Result>* results);
  // Reads what is left of a statement's results.
  absl::Status Finish(absl::Time end);
  absl::Status PutCopy(absl::string_view bytes, absl::Time end);
  // What other sessions said and was read already.
  std::vector<std::string> TakeNotifications();
  absl::Time End() const;

  pg_conn* const connection_;
  const ConnectOptions options_;
  // Set once an answer did not come, or a commit is in doubt.
  bool broken_ = false;
  // The server's words where it gave up waiting for a standby.
  std::string doubt_;
};

}  // namespace assay::postgresql
