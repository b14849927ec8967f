#include "services/common/server/call_context.h"

#include <algorithm>

namespace assay::server {

void CallContext::OnCancel(std::function<void()> callback) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!cancelled()) {
      on_cancel_ = std::move(callback);
      return;
    }
  }
  callback();
}

void CallContext::Cancel() {
  std::function<void()> callback;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    cancelled_.store(true, std::memory_order_release);
    callback = std::move(on_cancel_);
    on_cancel_ = nullptr;
  }
  if (callback) callback();
}

const RequestIdentity& CallContext::identity() const {
  std::call_once(identified_,
                 [this] { identity_ = IdentifyRequest(asked_.request_id, asked_.traceparent); });
  return identity_;
}

void CallContext::Set(Metadata* metadata, absl::string_view key, absl::string_view value) {
  for (auto& [known, kept] : *metadata) {
    if (known != key) continue;
    kept = std::string(value);
    return;
  }
  metadata->emplace_back(std::string(key), std::string(value));
}

absl::Time ClampDeadline(absl::Time now, absl::Time asked, const DeadlineLimits& limits) {
  if (asked == absl::InfiniteFuture()) {
    return now + std::min(limits.default_deadline, limits.max_deadline);
  }
  return std::min(asked, now + limits.max_deadline);
}

}  // namespace assay::server
