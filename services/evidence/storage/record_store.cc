#include "services/evidence/storage/record_store.h"

#include <utility>

#include "absl/synchronization/notification.h"

namespace assay::evidence {

BatchResult RecordStore::AppendAndWait(Batch batch) {
  BatchResult result;
  absl::Notification answered;
  Append(std::move(batch), [&](BatchResult given) {
    result = std::move(given);
    answered.Notify();
  });
  answered.WaitForNotification();
  return result;
}

}  // namespace assay::evidence
