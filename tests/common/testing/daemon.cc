#include "tests/common/testing/daemon.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <utility>

#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace assay::testing {
namespace {

constexpr absl::Duration kLookAgain = absl::Milliseconds(5);

// In the child, between fork and exec: system calls only.
[[noreturn]] void Exec(const Runner& runner, int output, char* const* arguments) {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  if (runner.other) {
    if (setgroups(0, nullptr) != 0 || setgid(runner.group) != 0 || setuid(runner.user) != 0) {
      _exit(125);
    }
  }
  // A change of user clears it, so it comes after.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execvp(arguments[0], arguments);
  constexpr char kMissing[] = "the program is missing: run deploy/install-packages\n";
  if (write(STDERR_FILENO, kMissing, sizeof(kMissing) - 1) < 0) _exit(126);
  _exit(127);
}

struct Child {
  pid_t pid = 0;
  int output = -1;
};

absl::StatusOr<Child> Fork(const Runner& runner, std::vector<std::string>& words) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) Exec(runner, output[1], arguments.data());
  close(output[1]);
  if (pid < 0) {
    close(output[0]);
    return absl::ErrnoToStatus(errno, "fork");
  }
  return Child{pid, output[0]};
}

std::string ReadAll(int file) {
  std::string all;
  char bytes[4096];
  ssize_t size = 0;
  do {
    size = read(file, bytes, sizeof(bytes));
    if (size > 0) all.append(bytes, static_cast<size_t>(size));
  } while (size > 0 || (size < 0 && errno == EINTR));
  return all;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<pid_t> children;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipWhitespace())) {
    pid_t child = 0;
    if (absl::SimpleAtoi(word, &child)) children.push_back(child);
  }
  return children;
}

}  // namespace

Runner UnprivilegedRunner() {
  Runner runner{getuid(), getgid(), false};
  if (runner.user != 0) return runner;
  for (const char* name : {"postgres", "nobody"}) {
    const passwd* entry = getpwnam(name);
    if (entry != nullptr) return {entry->pw_uid, entry->pw_gid, true};
  }
  return runner;
}

absl::StatusOr<std::string> MakeFolder(const Runner& runner, const std::string& prefix) {
  std::error_code ignored;
  std::string folder =
      (std::filesystem::temp_directory_path(ignored) / absl::StrCat(prefix, "-XXXXXX")).string();
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("mkdtemp ", folder));
  }
  const absl::Status given = GiveTo(runner, folder);
  if (!given.ok()) return given;
  return folder;
}

absl::Status GiveTo(const Runner& runner, const std::string& folder) {
  if (!runner.other) return absl::OkStatus();
  const auto give = [&](const std::string& path) {
    return lchown(path.c_str(), runner.user, runner.group) == 0;
  };
  bool given = give(folder);
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    given = give(entry.path().string()) && given;
  }
  return given && !error ? absl::OkStatus() : absl::ErrnoToStatus(errno, "chown");
}

absl::StatusOr<std::string> RunAs(const Runner& runner, std::vector<std::string> words) {
  const absl::StatusOr<Child> child = Fork(runner, words);
  if (!child.ok()) return child.status();
  std::string said = ReadAll(child->output);
  close(child->output);
  int status = 0;
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return said;
  return absl::InternalError(absl::StrCat(words[0], ": ", said));
}

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

absl::Status Daemon::Start(const Runner& runner, std::vector<std::string> words, const Ready& ready,
                           absl::Duration timeout) {
  Kill();
  const absl::StatusOr<Child> child = Fork(runner, words);
  if (!child.ok()) return child.status();
  pid_ = child->pid;
  // Its output is read to the end, or a full pipe would hold it up; kept while it starts.
  auto said = std::make_shared<std::pair<std::mutex, std::string>>();
  drain_ = std::thread([output = child->output, said] {
    char bytes[4096];
    ssize_t size = 0;
    while ((size = read(output, bytes, sizeof(bytes))) > 0 || (size < 0 && errno == EINTR)) {
      const std::lock_guard<std::mutex> lock(said->first);
      if (size > 0 && said->second.size() < 100000) {
        said->second.append(bytes, static_cast<size_t>(size));
      }
    }
    close(output);
  });
  const absl::Time end = absl::Now() + timeout;
  absl::Status why = absl::DeadlineExceededError("not started");
  while (absl::Now() < end) {
    why = ready();
    if (why.ok()) return why;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = 0;
      drain_.join();
      break;
    }
    absl::SleepFor(kLookAgain);  // a server tells nobody that it listens
  }
  Kill();
  const std::lock_guard<std::mutex> lock(said->first);
  return absl::FailedPreconditionError(
      absl::StrCat(words[0], " did not start: ", why.message(), "\n", said->second));
}

std::vector<pid_t> Daemon::Family() const {
  std::vector<pid_t> family = {pid_};
  for (size_t at = 0; at < family.size(); ++at) {
    for (const pid_t child : ChildrenOf(family[at])) family.push_back(child);
  }
  return family;
}

void Daemon::Kill() {
  if (pid_ <= 0) return;
  // Stopped first, so that it starts no child meanwhile.
  kill(pid_, SIGSTOP);
  for (const pid_t pid : Family()) kill(pid, SIGKILL);
  Reap();
}

void Daemon::Signal(int signal, bool wait) {
  if (pid_ <= 0) return;
  kill(pid_, signal);
  if (wait) Reap();
}

void Daemon::Reap() {
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  // The pipe ends with the last of its children.
  if (drain_.joinable()) drain_.join();
}

void Daemon::Pause() {
  for (const pid_t pid : Family()) kill(pid, SIGSTOP);
}

void Daemon::Resume() {
  for (const pid_t pid : Family()) kill(pid, SIGCONT);
}

}  // namespace assay::testing
