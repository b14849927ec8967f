#include "services/common/server/call_count.h"

#include <chrono>

namespace assay::server {

void CallCount::End() {
  if (running_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  std::lock_guard<std::mutex> lock(mutex_);
  none_.notify_all();
}

bool CallCount::WaitForNone(absl::Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  return none_.wait_for(lock, absl::ToChronoMilliseconds(timeout),
                        [this] { return running() == 0; });
}

}  // namespace assay::server
