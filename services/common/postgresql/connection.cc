#include "services/common/postgresql/connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <libpq-fe.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "services/common/errors/errors.h"
#include "services/common/postgresql/status.h"

namespace assay::postgresql {
namespace {

constexpr int kOldestServer = 150000;
constexpr size_t kCopyPiece = size_t{1} << 18;
// Signature, flags, length of the header's extension.
constexpr char kCopyHeader[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
constexpr size_t kCopyHeaderBytes = 19;
constexpr absl::string_view kCopyTrailer = "\xff\xff";

absl::string_view StateOf(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? absl::string_view() : absl::string_view(state);
}

using ConnectionOptions = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

ConnectionOptions Parse(const std::string& target, std::string* problem) {
  char* message = nullptr;
  ConnectionOptions parsed(PQconninfoParse(target.c_str(), &message), &PQconninfoFree);
  if (message != nullptr) *problem = message;
  PQfreemem(message);
  return parsed;
}

// Whether two statements differ in their values alone.
bool SameText(const Statement& a, const Statement& b) {
  if (a.sql != b.sql || a.params.size() != b.params.size()) return false;
  for (size_t at = 0; at < a.params.size(); ++at) {
    if (a.params.type(at) != b.params.type(at)) return false;
  }
  return true;
}

}  // namespace

bool IsUrl(absl::string_view target) {
  return absl::StartsWith(target, "postgresql://") || absl::StartsWith(target, "postgres://");
}

std::string Describe(const std::string& target) {
  std::string problem;
  const ConnectionOptions parsed = Parse(target, &problem);
  std::string host = "local socket", port, database;
  for (const PQconninfoOption* one = parsed.get(); one != nullptr && one->keyword != nullptr;
       ++one) {
    if (one->val == nullptr) continue;
    const absl::string_view keyword = one->keyword;
    if (keyword == "host") host = one->val;
    if (keyword == "port") port = absl::StrCat(":", one->val);
    if (keyword == "dbname") database = absl::StrCat("/", one->val);
  }
  return parsed == nullptr ? "" : absl::StrCat(host, port, database);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectOptions& options) {
  std::string problem;
  if (Parse(options.target, &problem) == nullptr) {
    // libpq repeats the target, which may hold a password.
    return errors::WithPrivateDetail(
        errors::InvalidArgument(options.dependency, "a target that libpq cannot read",
                                "postgresql://user@host:port/database"),
        problem);
  }
  const std::string seconds =
      absl::StrCat(std::max<int64_t>(1, absl::ToInt64Seconds(options.connect_timeout)));
  // What comes after the target overrides it, what comes before is overridden.
  const char* const keywords[] = {
      "connect_timeout",  "keepalives_idle", "keepalives_interval", "keepalives_count",
      "application_name", "dbname",          "client_encoding",     nullptr};
  const char* const values[] = {seconds.c_str(),        "10",   "5",    "3", "assay",
                                options.target.c_str(), "UTF8", nullptr};
  PGconn* raw = PQconnectdbParams(keywords, values, 1);
  if (raw == nullptr) return ErrorOf(options.dependency, "", "libpq has no memory");
  std::unique_ptr<Connection> connection(new Connection(raw, options));
  if (PQstatus(raw) != CONNECTION_OK) {
    const absl::string_view text = PQerrorMessage(raw);
    // libpq keeps no SQLSTATE of a refused connection.
    const bool refused =
        absl::StrContains(text, "authentication failed") ||
        absl::StrContains(text, "no pg_hba.conf entry") ||
        (absl::StrContains(text, "database \"") && absl::StrContains(text, "does not exist"));
    return ErrorOf(options.dependency, refused ? "28000" : "", text);
  }
  if (PQserverVersion(raw) < kOldestServer) {
    return absl::FailedPreconditionError(absl::StrCat(options.dependency, ": got PostgreSQL ",
                                                      PQserverVersion(raw) / 10000,
                                                      ", want 15 or later"));
  }
  PQsetnonblocking(raw, 1);
  PQsetNoticeReceiver(raw, &Connection::Notice, connection.get());
  return connection;
}

Connection::Connection(pg_conn* connection, ConnectOptions options)
    : connection_(connection), options_(std::move(options)) {}

Connection::~Connection() { PQfinish(connection_); }

void Connection::Notice(void* self, const pg_result* notice) {
  // "canceling wait for synchronous replication", of a commit that is on one disk only. It has no
  // SQLSTATE of its own, and its words are translated.
  const char* where = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
  if (where != nullptr && absl::string_view(where) == "SyncRepWaitForLSN") {
    static_cast<Connection*>(self)->doubt_ = PQresultErrorMessage(notice);
  }
}

bool Connection::broken() const { return broken_ || PQstatus(connection_) != CONNECTION_OK; }

bool Connection::in_transaction() const { return PQtransactionStatus(connection_) != PQTRANS_IDLE; }

bool Connection::Stale() {
  if (broken()) return true;
  pollfd wait = {PQsocket(connection_), POLLIN, 0};
  if (poll(&wait, 1, 0) <= 0) return false;
  // An idle server says nothing but good-bye, or a notice.
  return PQconsumeInput(connection_) == 0 || broken();
}

absl::Status Connection::Failure(const pg_result* result) {
  const absl::string_view text =
      result == nullptr ? PQerrorMessage(connection_) : PQresultErrorMessage(result);
  return ErrorOf(options_.dependency, StateOf(result), text);
}

absl::Status Connection::TimedOut() {
  broken_ = true;
  return ErrorOf(
      options_.dependency, "",
      absl::StrCat("no answer within ", absl::FormatDuration(options_.statement_timeout)));
}

absl::Time Connection::End() const {
  return options_.statement_timeout > absl::ZeroDuration()
             ? absl::Now() + options_.statement_timeout
             : absl::InfiniteFuture();
}

absl::Status Connection::Await(bool writing, absl::Time end) {
  pollfd wait = {PQsocket(connection_), static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN), 0};
  while (true) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return TimedOut();
    const int64_t limit = absl::ToInt64Milliseconds(std::min(left, absl::Hours(1))) + 1;
    const int ready = poll(&wait, 1, static_cast<int>(limit));
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR) return Failure(nullptr);
  }
  // Reading while writing, or both sides wait for each other with full buffers.
  if ((wait.revents & ~POLLOUT) != 0 && PQconsumeInput(connection_) == 0) return Failure(nullptr);
  return absl::OkStatus();
}

absl::Status Connection::Flush(absl::Time end) {
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return absl::OkStatus();
    if (left < 0) return Failure(nullptr);
    const absl::Status status = Await(true, end);
    if (!status.ok()) return status;
  }
}

absl::StatusOr<pg_result*> Connection::Next(absl::Time end) {
  while (PQisBusy(connection_) != 0) {
    const absl::Status status = Await(false, end);
    if (!status.ok()) return status;
  }
  return PQgetResult(connection_);
}

absl::Status Connection::Finish(absl::Time end) {
  absl::Status first;
  while (true) {
    const absl::StatusOr<pg_result*> next = Next(end);
    if (!next.ok()) return next.status();
    if (*next == nullptr) return first;
    const Result result(*next);
    const ExecStatusType status = PQresultStatus(*next);
    if (first.ok() && status == PGRES_FATAL_ERROR) first = Failure(*next);
    if (PQstatus(connection_) != CONNECTION_OK) return first.ok() ? Failure(nullptr) : first;
  }
}

absl::Status Connection::Run(const std::string& sql) {
  if (broken()) return ErrorOf(options_.dependency, "", "the connection is broken");
  const absl::Time end = End();
  if (PQsendQuery(connection_, sql.c_str()) == 0) return Failure(nullptr);
  const absl::Status status = Flush(end);
  return status.ok() ? Finish(end) : status;
}

absl::StatusOr<Result> Connection::Query(const Statement& statement) {
  absl::StatusOr<std::vector<Result>> results = Pipeline(absl::MakeConstSpan(&statement, 1));
  if (!results.ok()) return results.status();
  return std::move(results->front());
}

absl::Status Connection::Send(absl::Span<const Statement> statements, std::vector<bool>* answers) {
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  const Statement* parsed = nullptr;
  for (size_t at = 0; at < statements.size(); ++at) {
    const Statement& statement = statements[at];
    const Params& params = statement.params;
    const int count = static_cast<int>(params.size());
    types.clear();
    values.clear();
    lengths.clear();
    for (size_t index = 0; index < params.size(); ++index) {
      types.push_back(static_cast<Oid>(params.type(index)));
      values.push_back(params.null(index) ? nullptr : params.bytes(index).data());
      lengths.push_back(static_cast<int>(params.bytes(index).size()));
    }
    formats.assign(params.size(), 1);
    // A statement that comes several times in a row is parsed once, under no name, so that a pooler
    // in transaction mode has nothing to remember.
    const bool again = parsed != nullptr && SameText(*parsed, statement);
    if (!again && at + 1 < statements.size() && SameText(statement, statements[at + 1])) {
      if (PQsendPrepare(connection_, "", statement.sql.c_str(), count, types.data()) == 0) {
        return Failure(nullptr);
      }
      answers->push_back(false);
      parsed = &statement;
    } else if (!again) {
      parsed = nullptr;
    }
    const int sent = parsed != nullptr ? PQsendQueryPrepared(connection_, "", count, values.data(),
                                                             lengths.data(), formats.data(), 1)
                                       : PQsendQueryParams(connection_, statement.sql.c_str(),
                                                           count, types.data(), values.data(),
                                                           lengths.data(), formats.data(), 1);
    if (sent == 0) return Failure(nullptr);
    answers->push_back(true);
  }
  return PQpipelineSync(connection_) == 0 ? Failure(nullptr) : absl::OkStatus();
}

absl::Status Connection::Receive(const std::vector<bool>& answers, absl::Time end,
                                 std::vector<Result>* results) {
  absl::Status first;
  // Each statement's results end with a null one; the last of all is the synchronisation.
  for (size_t at = 0; at <= answers.size();) {
    const absl::StatusOr<pg_result*> next = Next(end);
    if (!next.ok()) return next.status();
    if (*next == nullptr) {
      ++at;
      if (PQstatus(connection_) != CONNECTION_OK) return first.ok() ? Failure(nullptr) : first;
      continue;
    }
    Result result(*next);
    const ExecStatusType status = PQresultStatus(*next);
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      if (at < answers.size() && answers[at]) results->push_back(std::move(result));
    } else if (first.ok() && status != PGRES_PIPELINE_ABORTED) {
      first = Failure(*next);
    }
  }
  return first;
}

absl::StatusOr<std::vector<Result>> Connection::Pipeline(absl::Span<const Statement> statements) {
  std::vector<Result> results;
  if (statements.empty()) return results;
  if (broken()) return ErrorOf(options_.dependency, "", "the connection is broken");
  const absl::Time end = End();
  results.reserve(statements.size());
  doubt_.clear();
  if (PQenterPipelineMode(connection_) == 0) return Failure(nullptr);
  std::vector<bool> answers;
  absl::Status status = Send(statements, &answers);
  if (status.ok()) status = Flush(end);
  if (status.ok()) status = Receive(answers, end, &results);
  // A connection that cannot leave the mode has answers on their way that nobody waits for.
  if (PQexitPipelineMode(connection_) == 0) {
    broken_ = true;
    if (status.ok()) status = Failure(nullptr);
  }
  if (status.ok() && !doubt_.empty()) {
    broken_ = true;
    status = ErrorOf(options_.dependency, "", doubt_);
  }
  if (!status.ok()) return status;
  return results;
}

absl::StatusOr<bool> Connection::Listen(const std::string& channel) {
  const absl::StatusOr<Result> backend = Query({"SELECT pg_backend_pid()", {}});
  if (!backend.ok()) return backend.status();
  // A pooler gives its clients numbers of its own.
  if (backend->Int(0, 0) != PQbackendPID(connection_)) return false;
  const absl::Status status = Run(absl::StrCat("LISTEN ", channel));
  if (!status.ok()) return status;
  return true;
}

std::vector<std::string> Connection::TakeNotifications() {
  std::vector<std::string> said;
  while (PGnotify* const notice = PQnotifies(connection_)) {
    if (notice->be_pid != PQbackendPID(connection_)) said.emplace_back(notice->extra);
    PQfreemem(notice);
  }
  return said;
}

absl::StatusOr<std::vector<std::string>> Connection::AwaitNotifications(int other, absl::Time end) {
  std::vector<std::string> said = TakeNotifications();
  while (said.empty()) {
    const int64_t left = absl::ToInt64Milliseconds(std::min(end - absl::Now(), absl::Hours(1)));
    pollfd wait[] = {{PQsocket(connection_), POLLIN, 0}, {other, POLLIN, 0}};
    const int ready = poll(wait, 2, static_cast<int>(std::max<int64_t>(left + 1, 0)));
    if (ready == 0 && absl::Now() >= end) break;
    if (wait[0].revents != 0) {
      if (PQconsumeInput(connection_) == 0 || broken()) return Failure(nullptr);
      said = TakeNotifications();
    }
    if (wait[1].revents != 0) break;
  }
  return said;
}

absl::Status Connection::PutCopy(absl::string_view bytes, absl::Time end) {
  while (!bytes.empty()) {
    const size_t piece = std::min(bytes.size(), kCopyPiece);
    const int put = PQputCopyData(connection_, bytes.data(), static_cast<int>(piece));
    if (put < 0) return Failure(nullptr);
    if (put > 0) bytes.remove_prefix(piece);
    const absl::Status status = Flush(end);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Connection::CopyIn(const Rows& rows) {
  if (rows.empty()) return absl::OkStatus();
  if (broken()) return ErrorOf(options_.dependency, "", "the connection is broken");
  const absl::Time end = End();
  if (PQsendQuery(connection_, rows.CopySql().c_str()) == 0) return Failure(nullptr);
  absl::Status status = Flush(end);
  if (!status.ok()) return status;
  const absl::StatusOr<pg_result*> begun = Next(end);
  if (!begun.ok()) return begun.status();
  const Result answer(*begun);
  if (PQresultStatus(*begun) != PGRES_COPY_IN) {
    status = Failure(*begun);
    const absl::Status finished = Finish(end);
    return finished.ok() || !broken() ? status : finished;
  }
  status = PutCopy(absl::string_view(kCopyHeader, kCopyHeaderBytes), end);
  if (status.ok()) status = PutCopy(rows.copy_bytes(), end);
  if (status.ok()) status = PutCopy(kCopyTrailer, end);
  if (!status.ok()) {
    broken_ = true;
    return status;
  }
  while (true) {
    const int ended = PQputCopyEnd(connection_, nullptr);
    if (ended < 0) return Failure(nullptr);
    status = Flush(end);
    if (!status.ok()) return status;
    if (ended > 0) break;
  }
  return Finish(end);
}

}  // namespace assay::postgresql
