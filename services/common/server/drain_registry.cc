#include "services/common/server/drain_registry.h"

#include <vector>

namespace assay::server {

uint64_t DrainRegistry::Add(const std::shared_ptr<Drainable>& stream) {
  uint64_t key = 0;
  bool late = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    key = next_key_++;
    streams_[key] = stream;
    late = draining_;
  }
  if (late) stream->Drain();
  return key;
}

void DrainRegistry::Remove(uint64_t key) {
  std::lock_guard<std::mutex> lock(mutex_);
  streams_.erase(key);
}

void DrainRegistry::StartDrain() {
  std::vector<std::shared_ptr<Drainable>> open;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    draining_ = true;
    for (const auto& [key, stream] : streams_) {
      if (std::shared_ptr<Drainable> alive = stream.lock()) open.push_back(std::move(alive));
    }
  }
  // Outside the lock: a stream that ends removes itself.
  for (const std::shared_ptr<Drainable>& stream : open) stream->Drain();
}

bool DrainRegistry::draining() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return draining_;
}

}  // namespace assay::server
