#pragma once

// Knows whether what a server depends on answers, and tells those who report it (health, metrics).
//
// Thread safety: Add before Start; Report from any thread; the listener is called under no lock,
// one call at a time. Ownership: owns one thread between Start and Stop. Cost: one probe of each
// dependency an interval.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace assay::server {

struct Dependency {
  // Lower case: "redis", "evidence".
  std::string name;
  // While a required dependency is down the server reports NOT_SERVING as a whole; otherwise only
  // the dependency's own entry does (a cache).
  bool required = false;
  // OK while it answers. Called on the monitor's thread; returns within a second, whatever happens.
  // Empty: its state is pushed by Report().
  std::function<absl::Status()> probe;
};

class DependencyMonitor {
 public:
  // What changed: `name` (empty at the start) and whether it is up; whether all required ones are.
  struct Change {
    std::string name;
    absl::Status status;
    bool required_up = true;
  };
  using Listener = std::function<void(const Change&)>;

  // `interval` between two rounds of probes.
  DependencyMonitor(absl::Duration interval, Listener listener);
  ~DependencyMonitor();
  DependencyMonitor(const DependencyMonitor&) = delete;
  DependencyMonitor& operator=(const DependencyMonitor&) = delete;

  // Until its first probe or report a dependency counts as down.
  void Add(Dependency dependency);

  // Says how a dependency is. The listener hears of it only where up or down changed. Unknown names
  // are ignored.
  void Report(absl::string_view name, const absl::Status& status);

  // Tells the listener the first state, then probes at once and every interval.
  void Start();
  // No listener call comes after. Idempotent.
  void Stop();

  bool RequiredUp() const;

 private:
  struct Entry {
    Dependency dependency;
    absl::Status status = absl::UnavailableError("not asked yet");
    bool told = false;
  };

  void RunThread();
  void ProbeAll();
  bool RequiredUpLocked() const;

  const absl::Duration interval_;
  const Listener listener_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::map<std::string, Entry> entries_;
  // Held while the listener runs, so that it hears of changes one by one and in their order.
  std::mutex listener_mutex_;
  std::thread thread_;
};

}  // namespace assay::server
