#include "tests/common/testing/postgres_server.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <libpq-fe.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace assay::testing {
namespace {

namespace fs = std::filesystem;

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";
constexpr char kUser[] = "assay";

// Small, so that many run side by side; every promise of durability is kept.
constexpr char kSettings[] = R"(
listen_addresses = ''
shared_buffers = 64MB
max_connections = 200
wal_level = replica
max_wal_senders = 4
fsync = on
synchronous_commit = on
full_page_writes = on
max_wal_size = 1GB
log_min_messages = warning
log_checkpoints = off
timezone = 'UTC'
)";

std::string Program(absl::string_view name) { return absl::StrCat(kPrograms, name); }

std::string UrlOf(absl::string_view hosts, absl::string_view database) {
  return absl::StrCat("postgresql:///", database, "?user=", kUser, "&host=", hosts);
}

using Session = std::unique_ptr<PGconn, decltype(&PQfinish)>;

Session Connect(const std::string& url) {
  return {PQconnectdb(absl::StrCat(url, "&connect_timeout=5").c_str()), &PQfinish};
}

absl::StatusOr<std::string> AskAt(const std::string& url, const std::string& sql) {
  const Session session = Connect(url);
  if (PQstatus(session.get()) != CONNECTION_OK) {
    return absl::UnavailableError(PQerrorMessage(session.get()));
  }
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(session.get(), sql.c_str()),
                                                             &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    return absl::InternalError(PQerrorMessage(session.get()));
  }
  if (PQntuples(result.get()) == 0) return std::string();
  return std::string(PQgetvalue(result.get(), 0, 0));
}

// Where a freshly made cluster is kept: below the build folder, where the test knows it.
std::string TemplateFolder() {
  const char* bin = std::getenv("ASSAY_BIN_DIR");
  const fs::path build = bin == nullptr ? fs::temp_directory_path() : fs::path(bin).parent_path();
  return (build / absl::StrCat("postgresql-15-template-", getuid())).string();
}

absl::Status MakeTemplate(const Runner& runner, const std::string& where) {
  const absl::StatusOr<std::string> folder = MakeFolder(runner, "assay-initdb");
  if (!folder.ok()) return folder.status();
  const std::string data = *folder + "/data";
  const absl::StatusOr<std::string> made =
      RunAs(runner, {Program("initdb"), "-D", data, "-U", kUser, "-A", "trust", "-E", "UTF8",
                     "--locale=C.UTF-8", "--no-sync", "--no-instructions"});
  std::error_code error;
  if (made.ok()) {
    // Copied beside its place and moved there, so that it is there whole or not at all.
    const std::string part = absl::StrCat(where, ".part");
    fs::remove_all(part, error);
    fs::copy(data, part, fs::copy_options::recursive, error);
    if (!error) fs::rename(part, where, error);
  }
  std::error_code ignored;
  fs::remove_all(*folder, ignored);
  if (!made.ok()) return absl::FailedPreconditionError(made.status().message());
  return error ? absl::InternalError(error.message()) : absl::OkStatus();
}

// The template, made by whichever test program comes first.
absl::StatusOr<std::string> Template(const Runner& runner) {
  std::string where = TemplateFolder();
  const int lock = open((where + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return absl::ErrnoToStatus(errno, where);
  flock(lock, LOCK_EX);
  const absl::Status made = fs::exists(where) ? absl::OkStatus() : MakeTemplate(runner, where);
  close(lock);
  if (!made.ok()) return made;
  return where;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::Start(const Options& options) {
  const Runner runner = UnprivilegedRunner();
  const absl::StatusOr<std::string> source = Template(runner);
  if (!source.ok()) return source.status();
  absl::StatusOr<std::string> folder = MakeFolder(runner, "assay-pg");
  if (!folder.ok()) return folder.status();
  std::unique_ptr<PostgresServer> server(new PostgresServer(runner, *std::move(folder)));
  std::error_code error;
  fs::copy(*source, server->data(), fs::copy_options::recursive, error);
  if (error) return absl::InternalError(absl::StrCat("copy of ", *source, ": ", error.message()));
  absl::Status status = server->Configure(options.settings);
  if (status.ok()) status = GiveTo(runner, server->folder_);
  if (status.ok()) status = server->Restart();
  if (!status.ok()) return status;
  return server;
}

PostgresServer::~PostgresServer() {
  daemon_.Kill();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

absl::Status PostgresServer::Configure(const std::vector<std::string>& settings) {
  std::ofstream file(data() + "/postgresql.conf", std::ios::app);
  file << kSettings << "unix_socket_directories = '" << folder_ << "'\n"
       << absl::StrJoin(settings, "\n") << "\n";
  file.close();
  if (!file) return absl::InternalError("postgresql.conf cannot be written");
  std::error_code error;
  fs::permissions(data(), fs::perms::owner_all, error);
  return error ? absl::InternalError(error.message()) : absl::OkStatus();
}

absl::Status PostgresServer::Restart() {
  daemon_.Kill();
  const auto ready = [this]() -> absl::Status { return Ask("SELECT 1").status(); };
  return daemon_.Start(runner_, {Program("postgres"), "-D", data()}, ready);
}

void PostgresServer::Stop() { daemon_.Signal(SIGINT, true); }

std::string PostgresServer::Url(absl::string_view database) const {
  return UrlOf(folder_, database);
}

std::string PostgresServer::UrlWith(const PostgresServer& other, absl::string_view database) const {
  return absl::StrCat(UrlOf(absl::StrCat(folder_, ",", other.folder_), database),
                      "&target_session_attrs=read-write");
}

absl::StatusOr<std::string> PostgresServer::Ask(const std::string& sql,
                                                absl::string_view database) const {
  return AskAt(Url(database), sql);
}

absl::StatusOr<std::string> PostgresServer::CreateDatabase(absl::string_view copy_of) {
  std::string name = absl::StrCat("test", ++databases_);
  const absl::StatusOr<std::string> made =
      Ask(absl::StrCat("CREATE DATABASE ", name, " TEMPLATE ", copy_of));
  if (!made.ok()) return made.status();
  return name;
}

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::StartSynchronousStandby() {
  absl::StatusOr<std::string> folder = MakeFolder(runner_, "assay-pg");
  if (!folder.ok()) return folder.status();
  std::unique_ptr<PostgresServer> standby(new PostgresServer(runner_, *std::move(folder)));
  const absl::StatusOr<std::string> copied =
      RunAs(runner_, {Program("pg_basebackup"), "-h", folder_, "-U", kUser, "-D", standby->data(),
                      "-R", "-X", "stream", "--no-sync", "--checkpoint=fast"});
  if (!copied.ok()) return copied.status();
  absl::Status status = standby->Configure({});
  if (status.ok()) status = standby->Restart();
  // ALTER SYSTEM runs in no transaction, so each goes alone.
  for (const char* sql :
       {"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"}) {
    if (status.ok()) status = Ask(sql).status();
  }
  if (!status.ok()) return status;
  // From the moment on at which the standby counts as synchronous.
  const char* const kReady = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
  for (int look = 0; look < 2000; ++look) {
    const absl::StatusOr<std::string> count = Ask(kReady);
    if (count.ok() && *count == "1") return standby;
    usleep(5000);  // nothing tells of it
  }
  return absl::DeadlineExceededError("the standby does not become synchronous");
}

absl::Status PostgresServer::Promote() {
  const absl::StatusOr<std::string> promoted = Ask("SELECT pg_promote(true, 60)");
  if (!promoted.ok()) return promoted.status();
  return *promoted == "t" ? absl::OkStatus() : absl::InternalError("not promoted");
}

absl::StatusOr<PostgresServer*> SharedPostgres() {
  // Kept until the program ends; then the destructor ends the server.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> shared = PostgresServer::Start();
  if (!shared.ok()) return shared.status();
  return shared->get();
}

absl::StatusOr<std::unique_ptr<PgBouncer>> PgBouncer::Start(const PostgresServer& server,
                                                            int connections) {
  constexpr char kProgram[] = "/usr/sbin/pgbouncer";
  if (!fs::exists(kProgram)) return absl::NotFoundError("pgbouncer is not installed");
  const Runner runner = UnprivilegedRunner();
  absl::StatusOr<std::string> folder = MakeFolder(runner, "assay-bouncer");
  if (!folder.ok()) return folder.status();
  std::unique_ptr<PgBouncer> bouncer(new PgBouncer(*std::move(folder)));
  const std::string config = bouncer->folder_ + "/pgbouncer.ini";
  {
    std::ofstream file(config);
    file << "[databases]\n* = host=" << server.host() << " user=" << kUser << "\n[pgbouncer]\n"
         << "listen_addr =\nunix_socket_dir = " << bouncer->folder_ << "\nauth_type = any\n"
         << "pool_mode = transaction\nmax_client_conn = 100\nserver_idle_timeout = 1\n"
         << "default_pool_size = " << connections << "\n";
  }
  absl::Status status = GiveTo(runner, bouncer->folder_);
  const auto ready = [&]() -> absl::Status {
    return AskAt(bouncer->Url("postgres"), "SELECT 1").status();
  };
  if (status.ok()) status = bouncer->daemon_.Start(runner, {kProgram, config}, ready);
  if (!status.ok()) return status;
  return bouncer;
}

PgBouncer::~PgBouncer() {
  daemon_.Kill();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string PgBouncer::Url(absl::string_view database) const {
  return absl::StrCat(UrlOf(folder_, database), "&port=6432");
}

}  // namespace assay::testing
