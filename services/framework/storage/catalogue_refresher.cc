#include "services/framework/storage/catalogue_refresher.h"

#include <utility>

namespace assay::framework {

CatalogueRefresher::CatalogueRefresher(CatalogueKeeper* keeper, absl::Duration interval,
                                       std::function<void(const absl::Status&)> failed)
    : keeper_(keeper),
      interval_(interval),
      failed_(std::move(failed)),
      thread_([this] { Run(); }) {}

CatalogueRefresher::~CatalogueRefresher() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void CatalogueRefresher::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_.wait_for(lock, absl::ToChronoNanoseconds(interval_), [this] { return stop_; })) {
    lock.unlock();
    const absl::Status refreshed = keeper_->Refresh();
    if (!refreshed.ok()) failed_(refreshed);
    lock.lock();
  }
}

}  // namespace assay::framework
