#include "tests/clients/cli/commands/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <sys/wait.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace assay::cli {
namespace {

std::string ReadAndRemove(const std::string& path) {
  std::string text;
  {
    std::ifstream file(path, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  unlink(path.c_str());
  return text;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ProcessResult RunCli(const std::vector<std::string>& arguments, const std::string& in,
                     const std::vector<std::string>& environment) {
  const char* bin = std::getenv("ASSAY_BIN_DIR");
  const std::string program = absl::StrCat(bin == nullptr ? "build/dev/bin" : bin, "/assay");
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment;
  const char* path = std::getenv("PATH");
  variables.push_back(absl::StrCat("PATH=", path == nullptr ? "" : path));

  std::string base = absl::StrCat(::testing::TempDir(), "/assay-cli-XXXXXX");
  close(mkstemp(base.data()));
  const std::string in_path = base + ".in";
  std::ofstream(in_path, std::ios::binary) << in;

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int write_flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in_path.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (base + ".out").c_str(), write_flags,
                                   0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (base + ".err").c_str(), write_flags,
                                   0600);
  pid_t child = 0;
  ProcessResult result;
  const int spawned = posix_spawn(&child, program.c_str(), &actions, nullptr,
                                  Pointers(&words).data(), Pointers(&variables).data());
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(spawned, 0) << program;
  int status = 0;
  if (spawned == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)) {
    result.code = WEXITSTATUS(status);
  }
  result.out = ReadAndRemove(base + ".out");
  result.err = ReadAndRemove(base + ".err");
  unlink(in_path.c_str());
  unlink(base.c_str());
  return result;
}

}  // namespace assay::cli
