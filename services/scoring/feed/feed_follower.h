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

  // The evidence service: OK while the stream runs; else why it does not. Where a method holds the
  // stream up, that is not evidence's fault: then, whether it can be reached. Up to 250 ms.
  absl::Status RecordHealth() const;
  // The framework service: OK, or why a method is missed without which the book does not go on.
  absl::Status ModelsHealth() const;

 private:
  void Run();
  absl::Status LoadModels();
  // Errors of this and of LoadModels() name "framework" as the dependency.
  absl::Status AddModel(std::shared_ptr<const model::CompiledModel> model);
  // One stream, until it ends: its end, never OK.
  absl::Status Follow(bool from_start);
  absl::Status Take(const evidence::v1::StreamChangesResponse& message);
  absl::Status TakeChange(const evidence::v1::Change& change);
  // For health: the stream brings changes; every method is known; the stream, or the wait for a
  // method that it needs, ended so.
  void NoteRunning();
  void NoteModels();
  void NoteEnd(const absl::Status& ended);
  // Waits, or until Stop; false where it is time to stop.
  bool Pause(absl::Duration wait);

  const Options options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<evidence::v1::ChangeService::Stub> stub_;
  Book& book_;
  RevisionGate& gate_;
  catalogue::ModelSource& models_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::function<void()> on_renewed_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // OK while the stream runs; else why it does not.
  absl::Status record_ ABSL_GUARDED_BY(mutex_);
  // Why a method is missed that holds the stream up; OK where none is.
  absl::Status missing_model_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace assay::scoring
