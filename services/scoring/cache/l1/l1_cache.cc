#include "services/scoring/cache/l1/l1_cache.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/numeric/bits.h"

namespace assay::scoring {
namespace {

// Subject and view: views of a node's own strings in the table, of the caller's in a lookup.
using Key = std::pair<absl::string_view, absl::string_view>;

struct Result {
  std::int32_t from;
  std::int32_t before;
  SubjectRevision revision;
  Buffer bytes;

  std::size_t cost() const { return sizeof(Result) + sizeof(std::string) + 32 + bytes->size(); }
};

// Links of the list of nodes by last use.
struct Links {
  Links* older = this;
  Links* newer = this;
};

// All results of one subject and view, the last used one first.
struct Node : Links {
  std::string subject;
  std::string view;
  std::vector<Result> results;

  Key key() const { return {subject, view}; }
  // What the node costs beside its results: itself, its strings and its place in the table.
  std::size_t own_cost() const { return sizeof(Node) + 64 + subject.size() + view.size(); }
};

void Unlink(Links* links) {
  links->older->newer = links->newer;
  links->newer->older = links->older;
}

std::int32_t EndOf(const Rendered& rendered) {
  return rendered.valid_before ? rendered.valid_before->days_since_1970()
                               : std::numeric_limits<std::int32_t>::max();
}

}  // namespace

// Aligned, so that the locks of two shards never share a cache line.
class alignas(64) L1Cache::Shard {
 public:
  void set_limit(std::size_t bytes) { limit_ = bytes; }

  Buffer Find(const Key& key, clock::Day day, const SubjectRevision& revision) {
    const std::int32_t wanted = day.days_since_1970();
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = nodes_.find(key);
    if (found != nodes_.end()) {
      Node& node = *found->second;
      for (std::size_t i = 0; i < node.results.size(); ++i) {
        Result& result = node.results[i];
        if (result.from <= wanted && wanted < result.before && result.revision == revision) {
          Touch(&node);
          if (i != 0) std::swap(node.results[0], node.results[i]);
          ++stats_.hits;
          return node.results[0].bytes;
        }
      }
    }
    ++stats_.misses;
    return nullptr;
  }

  // The generation is read under the lock, so that a result of a past one never enters after
  // Clear().
  void Insert(const std::atomic<std::uint64_t>& now, std::uint64_t generation, const Key& key,
              Result result) {
    // Destroyed after the lock is given back: freeing a large buffer takes time.
    std::vector<std::unique_ptr<Node>> dropped;
    Result replaced{};
    const std::lock_guard<std::mutex> lock(mutex_);
    if (now.load(std::memory_order_acquire) != generation || result.from >= result.before ||
        result.cost() + sizeof(Node) + key.first.size() + key.second.size() > limit_ / 8) {
      ++stats_.refused;
      return;
    }
    Node* node = NodeFor(key);
    replaced = Place(*node, std::move(result));
    Touch(node);
    ++stats_.inserts;
    while (stats_.bytes > limit_) dropped.push_back(Remove(static_cast<Node*>(list_.newer)));
  }

  void Clear() {
    absl::flat_hash_map<Key, std::unique_ptr<Node>> dropped;
    const std::lock_guard<std::mutex> lock(mutex_);
    dropped.swap(nodes_);
    list_.newer = list_.older = &list_;
    stats_.evicted += stats_.results;
    stats_.results = stats_.bytes = 0;
  }

  void AddTo(L1Stats& sum) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    sum.hits += stats_.hits;
    sum.misses += stats_.misses;
    sum.inserts += stats_.inserts;
    sum.refused += stats_.refused;
    sum.evicted += stats_.evicted;
    sum.results += stats_.results;
    sum.bytes += stats_.bytes;
  }

 private:
  // These are called with the lock held.

  // Makes the node the newest of the list.
  void Touch(Node* node) {
    if (list_.older == node) return;
    Unlink(node);
    node->older = list_.older;
    node->newer = &list_;
    list_.older->newer = node;
    list_.older = node;
  }

  Node* NodeFor(const Key& key) {
    const auto found = nodes_.find(key);
    if (found != nodes_.end()) return found->second.get();
    auto made = std::make_unique<Node>();
    made->subject = std::string(key.first);
    made->view = std::string(key.second);
    Node* node = made.get();
    stats_.bytes += node->own_cost();
    nodes_.emplace(node->key(), std::move(made));
    return node;
  }

  // Puts the result first, in the place of its like or of the one used longest ago; returns what
  // was there.
  Result Place(Node& node, Result result) {
    auto place = std::find_if(node.results.begin(), node.results.end(), [&](const Result& other) {
      return other.from == result.from && other.revision == result.revision;
    });
    stats_.bytes += result.cost();
    Result replaced{};
    if (place == node.results.end() && node.results.size() < kResultsPerKey) {
      ++stats_.results;
      node.results.push_back(std::move(result));
      place = node.results.end() - 1;
    } else {
      if (place == node.results.end()) {
        --place;
        ++stats_.evicted;
      }
      stats_.bytes -= place->cost();
      replaced = std::exchange(*place, std::move(result));
    }
    std::rotate(node.results.begin(), place, place + 1);
    return replaced;
  }

  std::unique_ptr<Node> Remove(Node* node) {
    Unlink(node);
    stats_.bytes -= node->own_cost();
    for (const Result& result : node->results) stats_.bytes -= result.cost();
    stats_.results -= node->results.size();
    stats_.evicted += node->results.size();
    const auto found = nodes_.find(node->key());
    std::unique_ptr<Node> removed = std::move(found->second);
    nodes_.erase(found);
    return removed;
  }

  std::size_t limit_ = 0;
  // Guards what follows. Of the standard library, whose locks the thread sanitizer sees; Debian's
  // Abseil it does not.
  mutable std::mutex mutex_;
  // `newer` of the head is the node used longest ago, `older` the one used last.
  Links list_;
  absl::flat_hash_map<Key, std::unique_ptr<Node>> nodes_;
  L1Stats stats_;
};

L1Cache::L1Cache(const Options& options) {
  const auto count = absl::bit_ceil(static_cast<unsigned>(std::clamp(options.shards, 1, 256)));
  mask_ = count - 1;
  shards_ = std::make_unique<Shard[]>(count);
  for (unsigned i = 0; i < count; ++i) shards_[i].set_limit(options.max_bytes / count);
}

L1Cache::~L1Cache() = default;

L1Cache::Shard& L1Cache::ShardOf(absl::string_view subject, absl::string_view view) {
  // Other bits than those by which the shard's table places the key.
  return shards_[(absl::HashOf(subject, view) >> 40) & mask_];
}

Buffer L1Cache::Find(absl::string_view subject, absl::string_view view, clock::Day day,
                     const SubjectRevision& revision) {
  return ShardOf(subject, view).Find({subject, view}, day, revision);
}

void L1Cache::Insert(std::uint64_t generation, absl::string_view subject, absl::string_view view,
                     Rendered rendered) {
  const std::int32_t before = EndOf(rendered);
  ShardOf(subject, view)
      .Insert(generation_, generation, {subject, view},
              Result{rendered.valid_from.days_since_1970(), before, rendered.revision,
                     std::move(rendered.bytes)});
}

void L1Cache::StartGeneration() {
  generation_.fetch_add(1, std::memory_order_acq_rel);
  for (std::size_t i = 0; i <= mask_; ++i) shards_[i].Clear();
}

L1Stats L1Cache::Stats() const {
  L1Stats sum;
  for (std::size_t i = 0; i <= mask_; ++i) shards_[i].AddTo(sum);
  return sum;
}

}  // namespace assay::scoring
