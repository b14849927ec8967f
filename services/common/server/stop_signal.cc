#include "services/common/server/stop_signal.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include <sys/eventfd.h>
#include <sys/signalfd.h>

namespace assay::server {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void StopSignal::Block() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A reader of our output that went away is an error of that write, not the end of the server.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that reached the limit on its size: the write is refused as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
}

StopSignal::StopSignal(std::function<void(int)> on_first) : on_first_(std::move(on_first)) {
  const sigset_t signals = StopSignals();
  wake_fd_ = eventfd(0, EFD_CLOEXEC);
  signal_fd_ = signalfd(-1, &signals, SFD_CLOEXEC);
  thread_ = std::thread([this] { RunThread(); });
}

StopSignal::~StopSignal() {
  const uint64_t one = 1;
  // An eventfd that is not full takes eight bytes whole.
  const ssize_t written = write(wake_fd_, &one, sizeof(one));
  (void)written;
  thread_.join();
  close(signal_fd_);
  close(wake_fd_);
}

void StopSignal::RunThread() {
  bool first = true;
  pollfd fds[2] = {{signal_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
  while (true) {
    if (poll(fds, 2, -1) < 0) continue;
    if ((fds[1].revents & POLLIN) != 0) return;
    signalfd_siginfo info;
    if (read(signal_fd_, &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) continue;
    const int number = static_cast<int>(info.ssi_signo);
    if (!first) std::_Exit(128 + number);
    first = false;
    on_first_(number);
  }
}

}  // namespace assay::server
