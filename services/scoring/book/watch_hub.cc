#include "services/scoring/book/watch_hub.h"

#include <algorithm>
#include <utility>

namespace assay::scoring {

void Watcher::Add(Move move) {
  std::lock_guard lock(mutex_);
  const auto [at, inserted] = left_.insert_or_assign(move.subject, move.left);
  if (!inserted) return;
  const bool was_empty = order_.empty();
  order_.push_back(std::move(move.subject));
  if (was_empty && wake_) wake_();
}

absl::optional<Move> Watcher::Take() {
  std::lock_guard lock(mutex_);
  if (order_.empty()) return absl::nullopt;
  Move move;
  move.subject = std::move(order_.front());
  order_.pop_front();
  const auto at = left_.find(move.subject);
  move.left = at->second;
  left_.erase(at);
  return move;
}

void Watcher::Close() {
  std::lock_guard lock(mutex_);
  wake_ = nullptr;
}

std::size_t Watcher::waiting() const {
  std::lock_guard lock(mutex_);
  return order_.size();
}

void WatchHub::Follow(const std::vector<std::string>& topics,
                      const std::shared_ptr<Watcher>& watcher) {
  std::lock_guard lock(mutex_);
  for (const std::string& topic : topics) {
    auto& watchers = topics_[topic];
    // Those that went would otherwise pile up on a topic that never moves.
    watchers.erase(std::remove_if(watchers.begin(), watchers.end(),
                                  [](const auto& weak) { return weak.expired(); }),
                   watchers.end());
    watchers.push_back(watcher);
  }
}

void WatchHub::Collect(absl::string_view topic, std::vector<std::shared_ptr<Watcher>>& out) {
  const auto at = topics_.find(topic);
  if (at == topics_.end()) return;
  auto& watchers = at->second;
  // Watchers that went are dropped here, where the list is walked anyway.
  watchers.erase(std::remove_if(watchers.begin(), watchers.end(),
                                [&out](const std::weak_ptr<Watcher>& weak) {
                                  std::shared_ptr<Watcher> watcher = weak.lock();
                                  if (watcher == nullptr) return true;
                                  out.push_back(std::move(watcher));
                                  return false;
                                }),
                 watchers.end());
  if (watchers.empty()) topics_.erase(at);
}

void WatchHub::Publish(const Move& move, const std::vector<std::string>& areas) {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    std::lock_guard lock(mutex_);
    Collect(move.subject, watchers);
    for (const std::string& area : areas) Collect(area, watchers);
  }
  for (const auto& watcher : watchers) watcher->Add(move);
}

void WatchHub::PublishToAreas(const Move& move, const std::vector<std::string>& areas) {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    std::lock_guard lock(mutex_);
    for (const std::string& area : areas) Collect(area, watchers);
  }
  for (const auto& watcher : watchers) watcher->Add(move);
}

bool WatchHub::idle() const {
  std::lock_guard lock(mutex_);
  return topics_.empty();
}

}  // namespace assay::scoring
