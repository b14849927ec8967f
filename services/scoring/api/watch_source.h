// One WatchRatings stream: what moved, rendered when the reader is ready for it.
//
// Thread safety: as PullSource says. Ownership: the stream's; the hub holds it weakly.
// Memory: one name a subject that moved and was not read yet.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/byte_buffer.h"

#include "services/common/server/pull_stream.h"
#include "services/scoring/api/serving.h"

namespace assay::scoring {

class WatchSource final : public server::PullSource<grpc::ByteBuffer> {
 public:
  // NOT_FOUND for a location or area that the registry does not have; UNAVAILABLE (NOT_READY) while
  // the replica catches up.
  static absl::StatusOr<std::unique_ptr<server::PullSource<grpc::ByteBuffer>>> Open(
      const Serving& serving, WatchQuestion question, bool send_initial);

  ~WatchSource() override;

  void Start(server::Waker waker) override;
  server::Pull Next(server::CallContext& call, grpc::ByteBuffer* message) override;

 private:
  // Whether the revision asked for was reached; shared with the gate, which may outlast the stream.
  struct Reached {
    absl::Mutex mutex;
    bool known ABSL_GUARDED_BY(mutex) = false;
    absl::Status status ABSL_GUARDED_BY(mutex);
  };

  WatchSource(const Serving& serving, WatchQuestion question, bool send_initial)
      : serving_(serving), question_(std::move(question)), send_initial_(send_initial) {}

  void AddInitial();
  // The message for one move; false where there is nothing to say any more.
  bool Render(const Move& move, std::string* out) const;

  const Serving serving_;
  const WatchQuestion question_;
  const bool send_initial_;
  const std::shared_ptr<Reached> reached_ = std::make_shared<Reached>();
  std::shared_ptr<Watcher> watcher_;
  bool begun_ = false;
  // Whether anything was sent since the last `caught_up`.
  bool owes_caught_up_ = true;
};

}  // namespace assay::scoring
