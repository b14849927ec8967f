#pragma once

// The one catalogue in force. Readers keep the one they took for as long as they need it, so that a
// new one never changes an answer under way.
//
// Thread safety: all methods from any thread. Ownership: shared with the readers.
// Cost: Current() is a short lock and a reference count.

#include <memory>
#include <mutex>
#include <utility>

#include "services/framework/core/catalogue.h"

namespace assay::framework {

class CatalogueHolder {
 public:
  explicit CatalogueHolder(std::shared_ptr<const Catalogue> first) : current_(std::move(first)) {}
  CatalogueHolder(const CatalogueHolder&) = delete;
  CatalogueHolder& operator=(const CatalogueHolder&) = delete;

  // Never null.
  std::shared_ptr<const Catalogue> Current() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return current_;
  }

  // Puts `next`, which is not null, in force.
  void Replace(std::shared_ptr<const Catalogue> next) {
    const std::lock_guard<std::mutex> lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Catalogue> current_;
};

}  // namespace assay::framework
