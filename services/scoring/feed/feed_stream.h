// One run of the change feed, read by a thread that blocks. A thread that waits in gRPC's own
// blocking reader waits in the poll that the whole process shares, so it wakes for calls of this
// server's clients too, and hands each to another thread: a quarter more CPU time for a rating
// from memory. Here it waits for gRPC's callback instead.
//
// Thread safety: made, read and finished by one thread; the context may be cancelled from any.
// Ownership: borrows the context; gRPC is done with the stream once Finish has returned, which must
// be called. Cost: two changes of thread a message.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "grpcpp/support/status.h"

#include "assay/evidence/v1/change_service.grpc.pb.h"

namespace assay::scoring {

class FeedStream final : private grpc::ClientReadReactor<evidence::v1::StreamChangesResponse> {
 public:
  // Begins the stream. All outlive it.
  FeedStream(evidence::v1::ChangeService::Stub& stub, grpc::ClientContext& context,
             const evidence::v1::StreamChangesRequest& request);
  FeedStream(const FeedStream&) = delete;
  FeedStream& operator=(const FeedStream&) = delete;

  // Waits for the next message; false where there is none any more.
  bool Read(evidence::v1::StreamChangesResponse& message);

  // Waits for the stream's end, which whoever has not read to it hastens by cancelling. Once, last.
  grpc::Status Finish();

 private:
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  std::mutex mutex_;
  std::condition_variable told_;
  std::optional<bool> read_;
  std::optional<grpc::Status> ended_;
};

}  // namespace assay::scoring
