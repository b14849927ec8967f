#include "services/common/server/dependency_monitor.h"

#include <utility>
#include <vector>

#include "absl/time/clock.h"

namespace assay::server {

DependencyMonitor::DependencyMonitor(absl::Duration interval, Listener listener)
    : interval_(interval), listener_(std::move(listener)) {}

DependencyMonitor::~DependencyMonitor() { Stop(); }

void DependencyMonitor::Add(Dependency dependency) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string name = dependency.name;
  entries_[std::move(name)].dependency = std::move(dependency);
}

void DependencyMonitor::Report(absl::string_view name, const absl::Status& status) {
  std::lock_guard<std::mutex> in_order(listener_mutex_);
  Change change;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(std::string(name));
    if (found == entries_.end() || stopping_) return;
    Entry& entry = found->second;
    const bool changed = !entry.told || entry.status.ok() != status.ok();
    entry.status = status;
    entry.told = true;
    if (!changed) return;
    change = {found->first, status, RequiredUpLocked()};
  }
  listener_(change);
}

void DependencyMonitor::Start() {
  {
    std::lock_guard<std::mutex> in_order(listener_mutex_);
    listener_({"", absl::OkStatus(), RequiredUp()});
  }
  thread_ = std::thread([this] { RunThread(); });
}

void DependencyMonitor::Stop() {
  {
    std::lock_guard<std::mutex> in_order(listener_mutex_);
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool DependencyMonitor::RequiredUp() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return RequiredUpLocked();
}

bool DependencyMonitor::RequiredUpLocked() const {
  for (const auto& [name, entry] : entries_) {
    if (entry.dependency.required && !entry.status.ok()) return false;
  }
  return true;
}

void DependencyMonitor::RunThread() {
  while (true) {
    ProbeAll();
    std::unique_lock<std::mutex> lock(mutex_);
    if (wake_.wait_for(lock, absl::ToChronoMilliseconds(interval_), [this] { return stopping_; })) {
      return;
    }
  }
}

void DependencyMonitor::ProbeAll() {
  std::vector<Dependency> probed;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [name, entry] : entries_) {
      if (entry.dependency.probe) probed.push_back(entry.dependency);
    }
  }
  for (const Dependency& dependency : probed) Report(dependency.name, dependency.probe());
}

}  // namespace assay::server
