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

size_t BytesOf(const StoredRecord& record) {
  size_t bytes = record.payload.size();
  for (const SealedText& text : record.texts) bytes += text.bytes.size();
  return bytes;
}

absl::StatusOr<std::vector<StoredRecord>> RecordStore::Log(int32_t partition,
                                                           const LogQuery& query) {
  std::vector<StoredRecord> records;
  const absl::Status read = ReadLog(partition, query, [&](const StoredRecord& record) {
    records.push_back(record);
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  return records;
}

absl::StatusOr<std::vector<StoredRecord>> RecordStore::Log(int32_t partition, int64_t after,
                                                           size_t limit, size_t max_bytes) {
  LogQuery query;
  query.after = after;
  query.limit = limit;
  query.max_bytes = max_bytes;
  return Log(partition, query);
}

}  // namespace assay::evidence
