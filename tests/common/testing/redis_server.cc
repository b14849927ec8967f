#include "tests/common/testing/redis_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace assay::testing {
namespace {

constexpr absl::Duration kStartTimeout = absl::Seconds(20);
constexpr timeval kCommandTimeout = {10, 0};

// In the child, between fork and exec.
[[noreturn]] void Exec(int output, char* const* arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execvp(arguments[0], arguments);
  constexpr char kMissing[] = "redis-server is missing: run deploy/install-packages\n";
  if (write(STDERR_FILENO, kMissing, sizeof(kMissing) - 1) < 0) _exit(126);
  _exit(127);
}

void Drain(int output) {
  char bytes[4096];
  ssize_t size = 0;
  do {
    size = read(output, bytes, sizeof(bytes));
  } while (size > 0 || (size < 0 && errno == EINTR));
  close(output);
}

// A port that nobody listened on a moment ago; whoever takes it meanwhile makes the start fail.
int FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  int port = 0;
  if (bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  close(probe);
  return port;
}

absl::StatusOr<std::string> TextOf(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      return std::string(reply.str, reply.len);
    case REDIS_REPLY_INTEGER:
      return absl::StrCat(reply.integer);
    case REDIS_REPLY_NIL:
      return absl::NotFoundError("nil");
    case REDIS_REPLY_ARRAY: {
      std::string lines;
      for (std::size_t i = 0; i < reply.elements; ++i) {
        const absl::StatusOr<std::string> line = TextOf(*reply.element[i]);
        if (!line.ok()) return line;
        absl::StrAppend(&lines, i == 0 ? "" : "\n", *line);
      }
      return lines;
    }
    default:
      return absl::InternalError(std::string(reply.str, reply.len));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedisServer>> RedisServer::Start(Options options) {
  std::unique_ptr<RedisServer> server(new RedisServer(std::move(options)));
  std::error_code ignored;
  server->folder_ = (std::filesystem::temp_directory_path(ignored) / "assay-redis-XXXXXX").string();
  if (mkdtemp(server->folder_.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("mkdtemp ", server->folder_));
  }
  server->socket_path_ = server->folder_ + "/redis.sock";
  const absl::Status launched = server->Launch();
  if (!launched.ok()) return launched;
  return server;
}

RedisServer::~RedisServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

absl::Status RedisServer::Launch() {
  if (options_.tcp && port_ == 0) port_ = FreePort();
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  // Everything is made before the fork: its child may only make system calls.
  std::vector<std::string> words = CommandLine();
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) Exec(output[1], arguments.data());
  close(output[1]);
  if (pid_ < 0) {
    pid_ = 0;
    close(output[0]);
    return absl::ErrnoToStatus(errno, "fork");
  }
  const absl::Status ready = AwaitReady(output[0]);
  // Its output is read to the end, or a full pipe would hold the server up.
  drain_ = std::thread(Drain, output[0]);
  if (!ready.ok()) Kill();
  return ready;
}

std::vector<std::string> RedisServer::CommandLine() const {
  std::vector<std::string> words = {"redis-server", "--port",      std::to_string(port_),
                                    "--bind",       "127.0.0.1",   "--unixsocket",
                                    socket_path_,   "--save",      "",
                                    "--appendonly", "no",          "--dir",
                                    folder_,        "--daemonize", "no"};
  words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
  return words;
}

absl::Status RedisServer::AwaitReady(int output) {
  const absl::Time end = absl::Now() + kStartTimeout;
  std::string said;
  // The last line of the start, once all addresses are open.
  const char* wanted = "ready to accept connections at";
  while (!absl::StrContains(said, wanted)) {
    const absl::Duration left = end - absl::Now();
    pollfd wait = {output, POLLIN, 0};
    const int timeout = static_cast<int>(absl::ToInt64Milliseconds(left));
    const int got = left > absl::ZeroDuration() ? poll(&wait, 1, timeout) : 0;
    if (got < 0 && errno == EINTR) continue;
    char bytes[4096];
    const ssize_t size = got > 0 ? read(output, bytes, sizeof(bytes)) : 0;
    if (size <= 0) {
      return absl::FailedPreconditionError(absl::StrCat("redis-server did not start: ", said));
    }
    said.append(bytes, static_cast<std::size_t>(size));
  }
  return absl::OkStatus();
}

void RedisServer::Reap() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  if (drain_.joinable()) drain_.join();
}

void RedisServer::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  Reap();
}

absl::Status RedisServer::Restart() {
  if (running()) Kill();
  return Launch();
}

void RedisServer::Pause() {
  kill(pid_, SIGSTOP);
  int status = 0;
  while (waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
}

void RedisServer::Resume() { kill(pid_, SIGCONT); }

absl::StatusOr<std::string> RedisServer::Command(absl::Span<const absl::string_view> words) const {
  const std::unique_ptr<redisContext, decltype(&redisFree)> connection(
      redisConnectUnixWithTimeout(socket_path_.c_str(), kCommandTimeout), &redisFree);
  if (connection == nullptr) return absl::ResourceExhaustedError("hiredis has no memory");
  if (connection->err != 0) return absl::UnavailableError(connection->errstr);
  redisSetTimeout(connection.get(), kCommandTimeout);
  const auto run = [&](absl::Span<const absl::string_view> command) -> absl::StatusOr<std::string> {
    std::vector<const char*> data;
    std::vector<std::size_t> sizes;
    for (const absl::string_view word : command) {
      data.push_back(word.data());
      sizes.push_back(word.size());
    }
    const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
        static_cast<redisReply*>(redisCommandArgv(connection.get(), static_cast<int>(data.size()),
                                                  data.data(), sizes.data())),
        &freeReplyObject);
    if (reply == nullptr) return absl::UnavailableError(connection->errstr);
    return TextOf(*reply);
  };
  if (!options_.password.empty()) {
    const absl::StatusOr<std::string> greeted = run({"AUTH", options_.password});
    if (!greeted.ok()) return greeted;
  }
  return run(words);
}

}  // namespace assay::testing
