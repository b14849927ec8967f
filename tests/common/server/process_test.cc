// A server as a process: exit codes, signals, what it prints. Needs the echo server's executable.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "services/common/server/client_channel.h"
#include "tests/common/server/echo_service.h"
#include "tests/common/server/raw_call.h"

extern char** environ;

namespace assay::server {
namespace {

using ::testing::HasSubstr;

// A child with its output in pipes.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    const char* bin = std::getenv("ASSAY_BIN_DIR");
    arguments.insert(arguments.begin(), absl::StrCat(bin == nullptr ? "bin" : bin, "/assay-echo"));
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int out[2];
    int err[2];
    EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(err, O_CLOEXEC), 0);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_adddup2(&files, err[1], 2);
    EXPECT_EQ(posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ), 0) << argv[0];
    posix_spawn_file_actions_destroy(&files);
    close(out[1]);
    close(err[1]);
    out_ = out[0];
    err_ = err[0];
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      Wait();
    }
    close(out_);
    close(err_);
  }

  void Signal(int number) const { kill(pid_, number); }

  // The exit code, 128 and the signal's number where one ended it.
  int Wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  // One line of standard output.
  std::string ReadLine() const {
    std::string line;
    for (char c = 0; read(out_, &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

  // All of standard error, once the process has ended.
  std::string Errors() const {
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(err_, buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

std::unique_ptr<test::v1::EchoService::Stub> Connect(const std::string& ready) {
  ChannelOptions options;
  options.address = nlohmann::json::parse(ready)["listen"];
  return test::v1::EchoService::NewStub(*MakeChannel(options));
}

TEST(ProcessTest, ServesSaysReadyAndLeavesWithZeroOnEitherSignal) {
  for (const int number : {SIGTERM, SIGINT}) {
    Process echo({});
    const auto stub = Connect(echo.ReadLine());
    const auto context = test::NewContext();
    test::v1::EchoReply reply;
    EXPECT_TRUE(stub->Say(context.get(), test::v1::EchoRequest(), &reply).ok());
    echo.Signal(number);
    EXPECT_EQ(echo.Wait(), 0);
    const std::string log = echo.Errors();
    EXPECT_THAT(log, HasSubstr("PLAIN TEXT"));
    EXPECT_THAT(log, HasSubstr("\"message\":\"drained\""));
  }
}

TEST(ProcessTest, TheSecondSignalLeavesAtOnce) {
  Process echo({"--drain-timeout=1h"});
  const std::string ready = echo.ReadLine();
  const auto stub = Connect(ready);
  const auto context = test::NewContext();
  test::v1::EchoRequest gated;
  gated.set_gated(true);
  std::thread caller([&] {
    test::v1::EchoReply reply;
    EXPECT_FALSE(stub->Work(context.get(), gated, &reply).ok());
  });
  // The metrics say when it has arrived.
  const std::string metrics = nlohmann::json::parse(ready)["metrics"];
  const std::string arrived = "assay_calls_in_flight{method=\"assay.test.v1.EchoService/Work\"} 1";
  while (!absl::StrContains(test::HttpGet(metrics, "/metrics"), arrived)) std::this_thread::yield();
  echo.Signal(SIGTERM);
  // Refused calls say that the first signal was taken.
  while (true) {
    const auto late = test::NewContext();
    test::v1::EchoReply reply;
    if (!stub->Say(late.get(), test::v1::EchoRequest(), &reply).ok()) break;
  }
  echo.Signal(SIGTERM);
  EXPECT_EQ(echo.Wait(), 128 + SIGTERM);
  caller.join();
}

TEST(ProcessTest, APortInUseIsOneLineAndExitCodeThree) {
  Process first({});
  const std::string address = nlohmann::json::parse(first.ReadLine())["listen"];
  Process second({absl::StrCat("--listen-address=", address), "--log-level=off"});
  EXPECT_EQ(second.Wait(), 3);
  EXPECT_EQ(second.Errors(),
            absl::StrCat("assay-echo: ", address,
                         " is in use by another process; choose another address\n"));
}

TEST(ProcessTest, BadFlagsAreAllToldWithExitCodeTwo) {
  Process echo({"--listen-address=0.0.0.0:1", "--tls-client-ca=x", "--default-deadline=10m"});
  EXPECT_EQ(echo.Wait(), 2);
  const std::string told = echo.Errors();
  EXPECT_THAT(told, HasSubstr("--listen-address"));
  EXPECT_THAT(told, HasSubstr("--tls-client-ca"));
  EXPECT_THAT(told, HasSubstr("--default-deadline"));
}

TEST(ProcessTest, HelpAndVersionLeaveWithZero) {
  Process help({"--help"});
  EXPECT_EQ(help.Wait(), 0);
  Process version({"--version"});
  EXPECT_THAT(version.ReadLine(), HasSubstr("assay-echo "));
  EXPECT_EQ(version.Wait(), 0);
}

}  // namespace
}  // namespace assay::server
