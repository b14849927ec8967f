#pragma once

// Takes over, again and again, what other services wrote to a shared store.
//
// Thread safety: none; made and destroyed by one thread. Ownership: owns its thread; borrows the
// keeper. Cost: one small question to the store each time.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "services/framework/storage/catalogue_keeper.h"

namespace assay::framework {

class CatalogueRefresher {
 public:
  // Refreshes `keeper` after each `interval`, which is more than 0. `failed` is told of every
  // error, on the refresher's thread; the old catalogue goes on serving.
  CatalogueRefresher(CatalogueKeeper* keeper, absl::Duration interval,
                     std::function<void(const absl::Status&)> failed);
  // Ends with the refresh that is under way.
  ~CatalogueRefresher();
  CatalogueRefresher(const CatalogueRefresher&) = delete;
  CatalogueRefresher& operator=(const CatalogueRefresher&) = delete;

 private:
  void Run();

  CatalogueKeeper* const keeper_;
  const absl::Duration interval_;
  const std::function<void(const absl::Status&)> failed_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace assay::framework
