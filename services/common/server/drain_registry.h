#pragma once

// Knows the open streams of a server, so that they can be told to end when it leaves: a watch would
// otherwise outlive every drain timeout.
//
// Thread safety: all methods may be called from any thread. Ownership: holds weak references only.
// Cost: one mutex at the start and the end of a stream.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace assay::server {

// Something that runs until told to end.
class Drainable {
 public:
  virtual ~Drainable() = default;
  // Asks it to end soon; must not block, and may be called more than once.
  virtual void Drain() = 0;
};

class DrainRegistry {
 public:
  DrainRegistry() = default;
  DrainRegistry(const DrainRegistry&) = delete;
  DrainRegistry& operator=(const DrainRegistry&) = delete;

  // Notes `stream` until Remove(). Where the drain has begun already, `stream` is told at once.
  // Returns the key for Remove().
  uint64_t Add(const std::shared_ptr<Drainable>& stream);
  void Remove(uint64_t key);

  // Tells everything that is registered to end, and everything added later.
  void StartDrain();

  bool draining() const;

 private:
  mutable std::mutex mutex_;
  bool draining_ = false;
  uint64_t next_key_ = 1;
  std::map<uint64_t, std::weak_ptr<Drainable>> streams_;
};

}  // namespace assay::server
