#pragma once

// Waits for SIGTERM or SIGINT on a thread, so that nothing happens inside a signal handler. The
// second signal ends the process at once.
//
// Thread safety: one object a process; Block() on the main thread before any other thread starts,
// since threads inherit what is blocked. Ownership: owns its thread. Cost: nothing until a signal
// comes.

#include <functional>
#include <thread>

namespace assay::server {

class StopSignal {
 public:
  // Blocks both signals in the calling thread and ignores SIGPIPE.
  static void Block();

  // Calls `on_first` with the signal's number on its own thread when the first comes.
  explicit StopSignal(std::function<void(int)> on_first);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

 private:
  void RunThread();

  const std::function<void(int)> on_first_;
  int wake_fd_ = -1;    // eventfd: the destructor's word
  int signal_fd_ = -1;  // signalfd
  std::thread thread_;
};

}  // namespace assay::server
