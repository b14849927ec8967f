#include "services/evidence/storage/record_store.h"

#include <future>
#include <memory>
#include <utility>

namespace assay::evidence {

BatchResult RecordStore::AppendAndWait(Batch batch) {
  // Shared: the answering thread may still be inside the promise when this one has its answer.
  const auto answer = std::make_shared<std::promise<BatchResult>>();
  std::future<BatchResult> answered = answer->get_future();
  Append(std::move(batch), [answer](BatchResult given) { answer->set_value(std::move(given)); });
  return answered.get();
}

absl::StatusOr<std::vector<StoredRecord>> RecordStore::Log(int32_t partition, int64_t after,
                                                           size_t limit, size_t max_bytes) {
  LogQuery query;
  query.after = after;
  query.limit = limit;
  query.max_bytes = max_bytes;
  return ReadLog(partition, query);
}

}  // namespace assay::evidence
