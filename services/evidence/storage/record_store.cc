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

}  // namespace assay::evidence
