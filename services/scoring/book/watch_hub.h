// Tells watchers which subjects' ratings moved. A watcher keeps the set of subjects that moved
// since it last looked, not the moves: however slowly it reads, it holds at most one entry a
// subject watched and always reads the newest.
//
// Thread safety: all methods may be called from any thread. Ownership: watchers are shared; the hub
// keeps weak references, so that a watcher ends by letting go of it. Cost: a move is one look-up
// for the subject and one for each area that it lies in.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace assay::scoring {

// What happened to a subject.
struct Move {
  std::string subject;  // `locations/1-102`
  bool left = false;    // it left the watched area, or is no longer registered
};

class Watcher {
 public:
  // `wake` is called after something was added to an empty watcher, on the adder's thread: it must
  // not block.
  explicit Watcher(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Adds a move; one of the same subject that is still waiting is replaced.
  void Add(Move move);
  // The oldest move that waits, or nothing.
  absl::optional<Move> Take();
  // No wake-up is called once this returns.
  void Close();
  std::size_t waiting() const;

 private:
  mutable std::mutex mutex_;  // guards all below
  std::function<void()> wake_;
  std::deque<std::string> order_;
  absl::flat_hash_map<std::string, bool> left_;
};

class WatchHub {
 public:
  // Follows `topics`: subjects and areas by resource name, until the last reference to `watcher`
  // goes.
  void Follow(const std::vector<std::string>& topics, const std::shared_ptr<Watcher>& watcher);

  // Passes a move on to whoever follows the subject or one of `areas`.
  void Publish(const Move& move, const std::vector<std::string>& areas);

  // Passes it on to whoever follows one of `areas`, but not to followers of the subject itself.
  void PublishToAreas(const Move& move, const std::vector<std::string>& areas);

  // True where no one follows anything: moves need not be found.
  bool idle() const;

 private:
  // The lock is held.
  void Collect(absl::string_view topic, std::vector<std::shared_ptr<Watcher>>& out);

  mutable std::mutex mutex_;  // guards all below
  absl::flat_hash_map<std::string, std::vector<std::weak_ptr<Watcher>>> topics_;
};

}  // namespace assay::scoring
