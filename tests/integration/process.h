#pragma once

// A program that a test runs: its lines are read as they come, it is ended by its own id, and never
// outlives the test.
//
// Thread safety: none. Ownership: owns the process; the destructor kills and reaps it. Start it on
// a thread that outlives it: the kernel ends it with the thread that started it. Cost: a fork.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace assay::integration {

// Standard input is empty.
struct ProcessOptions {
  // The program, by path or looked up in PATH, and its arguments.
  std::vector<std::string> command;
  // NAME=VALUE, over the test's own environment.
  std::vector<std::string> environment;
  // File that takes standard error; empty: it goes where standard output goes.
  std::string error_file;
};

class Process {
 public:
  static absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }

  // The next line of its output that has `part` in it, without its end. What comes before is kept
  // in said(). NOT_FOUND where the output ends first, DEADLINE_EXCEEDED after `patience`.
  absl::StatusOr<std::string> ReadLineWith(absl::string_view part, absl::Duration patience);

  // From here on the output is read and thrown away, lest a full pipe holds the program up.
  void DiscardOutput();

  // Reads the output to its end and returns the exit code, 128 + signal where one ended it.
  // DEADLINE_EXCEEDED after `patience`; then it is killed.
  absl::StatusOr<int> Finish(absl::Duration patience);

  // Sends a signal.
  void Signal(int number) const;
  // SIGKILL, and returns once it is gone.
  void Kill();

  // Everything read so far.
  const std::string& said() const { return said_; }

 private:
  Process() = default;

  // Reads once; false at the end of the output or where `end` came first.
  bool ReadMore(absl::Time end);
  int Reap();

  pid_t pid_ = 0;
  int output_ = -1;
  bool ended_ = false;
  std::string said_;
  std::size_t seen_ = 0;  // bytes of said_ that ReadLineWith has passed
  std::thread discard_;
};

// What a program that ends by itself said and how it ended.
struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

// Runs a program to its end; its standard error is kept apart. Fails where it cannot be started or
// takes longer than `patience`.
absl::StatusOr<Ran> RunProgram(const std::vector<std::string>& command,
                               const std::vector<std::string>& environment = {},
                               absl::Duration patience = absl::Seconds(60));

// A folder for one test, gone with the object.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  // The path of a file in it.
  std::string File(absl::string_view name) const;
  // Writes a file, with the folders above it.
  void Write(absl::string_view name, absl::string_view text) const;

 private:
  std::string path_;
};

// The whole text of a file; empty where there is none.
std::string ReadFile(const std::string& path);

}  // namespace assay::integration
