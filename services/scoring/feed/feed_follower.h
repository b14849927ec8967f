// Follows the evidence service's change feed into the book: the whole record first, then every
// change as it comes. Reconnects for ever, from where the book is; where the record was renewed (a
// restore) it begins again.
//
// Thread safety: Start and Stop on one thread; the rest from any. Ownership: borrows the book, gate
// and models; owns its thread. Cost: one thread, one stream; a new record reaches the book as soon
// as the stream brings it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "spdlog/logger.h"

#include "assay/evidence/v1/change_service.grpc.pb.h"
#include "services/common/catalogue/model_source.h"
#include "services/scoring/book/book.h"
#include "services/scoring/book/revision_gate.h"

namespace assay::scoring {

class FeedFollower {
 public:
  struct Options {
    // Wait before the first new try after a failure; doubled with each up to `longest_wait`.
    absl::Duration first_wait = absl::Milliseconds(50);
    absl::Duration longest_wait = absl::Seconds(5);
  };

  // `on_renewed` runs when something changed that every rendering depends on: another record, or
  // one more framework version.
  FeedFollower(const Options& options, const std::shared_ptr<grpc::Channel>& channel, Book& book,
               RevisionGate& gate, catalogue::ModelSource& models,
               std::shared_ptr<spdlog::logger> log, std::function<void()> on_renewed);
  ~FeedFollower();
  FeedFollower(const FeedFollower&) = delete;
  FeedFollower& operator=(const FeedFollower&) = delete;

  void Start();
  // Ends the stream and joins the thread. Idempotent.
  void Stop();

  // OK while the stream runs; else why it does not.
  absl::Status Health() const;

 private:
  void Run();
  absl::Status LoadModels();
  absl::Status AddModel(std::shared_ptr<const model::CompiledModel> model);
  // One stream, until it ends: its end, never OK.
  absl::Status Follow(bool from_start);
  absl::Status Take(const evidence::v1::StreamChangesResponse& message);
  absl::Status TakeChange(const evidence::v1::Change& change);
  void SetHealth(absl::Status health);
  // Waits, or until Stop; false where it is time to stop.
  bool Pause(absl::Duration wait);

  const Options options_;
  const std::unique_ptr<evidence::v1::ChangeService::Stub> stub_;
  Book& book_;
  RevisionGate& gate_;
  catalogue::ModelSource& models_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::function<void()> on_renewed_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace assay::scoring
