#include "tests/integration/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <sys/prctl.h>
#include <sys/wait.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace assay::integration {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The test's environment with `changes` put over it.
std::vector<std::string> Environment(const std::vector<std::string>& changes) {
  std::vector<std::string> all = changes;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string entry = *at;
    const std::string name = entry.substr(0, entry.find('=') + 1);
    bool changed = false;
    for (const std::string& change : changes) changed |= change.compare(0, name.size(), name) == 0;
    if (!changed) all.push_back(entry);
  }
  return all;
}

// In the child, between fork and exec: system calls only.
[[noreturn]] void Exec(int output, int error, char* const* arguments, char* const* environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(error, STDERR_FILENO);
  execvpe(arguments[0], arguments, environment);
  constexpr char kMissing[] = "the program cannot be started\n";
  if (write(STDERR_FILENO, kMissing, sizeof(kMissing) - 1) < 0) _exit(126);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const ProcessOptions& options) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  int error = pipe_ends[1];
  if (!options.error_file.empty()) {
    error = open(options.error_file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (error < 0) return absl::ErrnoToStatus(errno, options.error_file);
  }
  std::vector<std::string> command = options.command;
  std::vector<std::string> environment = Environment(options.environment);
  const std::vector<char*> arguments = Pointers(command);
  const std::vector<char*> variables = Pointers(environment);
  std::unique_ptr<Process> process(new Process);
  process->output_ = pipe_ends[0];
  process->pid_ = fork();
  if (process->pid_ == 0) Exec(pipe_ends[1], error, arguments.data(), variables.data());
  const int failure = errno;
  if (error != pipe_ends[1]) close(error);
  close(pipe_ends[1]);
  if (process->pid_ < 0) {
    process->pid_ = 0;
    return absl::ErrnoToStatus(failure, "fork");
  }
  return process;
}

Process::~Process() {
  Kill();
  if (output_ >= 0) close(output_);
}

bool Process::ReadMore(absl::Time end) {
  while (!ended_) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    pollfd wait = {output_, POLLIN, 0};
    const int got = poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (got <= 0) continue;  // interrupted, or the time is over
    char bytes[4096];
    const ssize_t size = read(output_, bytes, sizeof(bytes));
    if (size < 0 && errno == EINTR) continue;
    if (size > 0) {
      said_.append(bytes, static_cast<std::size_t>(size));
      return true;
    }
    ended_ = true;
  }
  return false;
}

absl::StatusOr<std::string> Process::ReadLineWith(absl::string_view part, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  while (true) {
    const std::size_t line_end = said_.find('\n', seen_);
    if (line_end != std::string::npos) {
      std::string line = said_.substr(seen_, line_end - seen_);
      seen_ = line_end + 1;
      if (line.find(std::string(part)) != std::string::npos) return line;
    } else if (!ReadMore(end)) {
      const std::string what = absl::StrCat("no line with '", part, "' in: ", said_);
      if (ended_) return absl::NotFoundError(what);
      return absl::DeadlineExceededError(what);
    }
  }
}

void Process::DiscardOutput() {
  if (discard_.joinable() || output_ < 0) return;
  discard_ = std::thread([output = output_] {
    char bytes[4096];
    ssize_t size = 0;
    do {
      size = read(output, bytes, sizeof(bytes));
    } while (size > 0 || (size < 0 && errno == EINTR));
    close(output);
  });
  output_ = -1;
}

int Process::Reap() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  if (discard_.joinable()) discard_.join();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

absl::StatusOr<int> Process::Finish(absl::Duration patience) {
  if (!running()) return absl::FailedPreconditionError("the program has ended");
  const absl::Time end = absl::Now() + patience;
  if (discard_.joinable()) {
    // Its output is another thread's; the end of the process is what there is to wait for.
    return Reap();
  }
  while (ReadMore(end)) {
  }
  if (ended_) return Reap();
  Kill();
  return absl::DeadlineExceededError(absl::StrCat("still running; it said: ", said_));
}

void Process::Signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

void Process::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  Reap();
}

absl::StatusOr<Ran> RunProgram(const std::vector<std::string>& command,
                               const std::vector<std::string>& environment,
                               absl::Duration patience) {
  const TestFolder folder;
  ProcessOptions options;
  options.command = command;
  options.environment = environment;
  options.error_file = folder.File("stderr");
  absl::StatusOr<std::unique_ptr<Process>> process = Process::Start(options);
  if (!process.ok()) return process.status();
  const absl::StatusOr<int> code = (*process)->Finish(patience);
  if (!code.ok()) return code.status();
  return Ran{*code, (*process)->said(), ReadFile(options.error_file)};
}

TestFolder::TestFolder() {
  std::error_code ignored;
  path_ = (std::filesystem::temp_directory_path(ignored) / "assay-test-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) std::abort();
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TestFolder::File(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

void TestFolder::Write(absl::string_view name, absl::string_view text) const {
  const std::filesystem::path file = File(name);
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  std::ofstream(file, std::ios::binary)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace assay::integration
