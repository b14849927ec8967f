#include "services/scoring/feed/feed_stream.h"

#include <utility>

namespace assay::scoring {

FeedStream::FeedStream(evidence::v1::ChangeService::Stub& stub, grpc::ClientContext& context,
                       const evidence::v1::StreamChangesRequest& request) {
  stub.async()->StreamChanges(&context, &request, this);
  // Else a stream that ends between two reads would be gone at the second.
  AddHold();
  StartCall();
}

bool FeedStream::Read(evidence::v1::StreamChangesResponse& message) {
  StartRead(&message);
  std::unique_lock<std::mutex> lock(mutex_);
  told_.wait(lock, [this] { return read_.has_value(); });
  return *std::exchange(read_, std::nullopt);
}

grpc::Status FeedStream::Finish() {
  RemoveHold();
  std::unique_lock<std::mutex> lock(mutex_);
  told_.wait(lock, [this] { return ended_.has_value(); });
  return *ended_;
}

// Both tell under the lock: after Finish has returned there may be nobody left to tell.

void FeedStream::OnReadDone(bool ok) {
  const std::lock_guard<std::mutex> lock(mutex_);
  read_ = ok;
  told_.notify_one();
}

void FeedStream::OnDone(const grpc::Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = status;
  told_.notify_one();
}

}  // namespace assay::scoring
