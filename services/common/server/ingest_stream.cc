#include "services/common/server/ingest_stream.h"

#include <algorithm>

#include "services/common/errors/errors.h"

namespace assay::server {

IngestCore::IngestCore(const MethodInfo& method, grpc::CallbackServerContext* context,
                       IngestOptions options)
    : scope_(method, context, CallScope::Kind::kStream),
      window_(std::max<size_t>(1, options.window)) {}

void IngestCore::Begin() {
  scope_.SendInitialMetadata();
  SendInitialMetadata();
  drain_key_ = scope_.method().environment->streams->Add(shared_from_this());
  Advance();
}

void IngestCore::ReadDone(bool ok) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    reading_ = false;
    if (ok && !finished_) {
      KeepRead();
      ++unhandled_;
    } else {
      read_ended_ = true;
    }
  }
  Advance();
}

void IngestCore::WriteDone(bool ok) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    writing_ = false;
    if (!ok) cancelled_ = true;
  }
  Advance();
}

void IngestCore::Cancelled() {
  scope_.context().Cancel();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    cancelled_ = true;
  }
  Advance();
}

void IngestCore::Drain() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    draining_ = true;
  }
  Advance();
}

void IngestCore::Gone() {
  if (drain_key_ != 0) scope_.method().environment->streams->Remove(drain_key_);
}

void IngestCore::Advance() {
  Steps steps;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    steps = Decide();
  }
  Do(steps);
}

IngestCore::Steps IngestCore::Decide() {
  Steps steps;
  if (finished_) return steps;
  const bool stop = cancelled_ || !failed_.ok();
  if (!handling_ && !stop) {
    const bool all_read = read_ended_ && unhandled_ == 0;
    steps.handle = unhandled_ > 0 || (all_read && !end_handled_);
    handling_ = steps.handle;
  }
  if (!writing_ && !cancelled_ && unwritten_ > 0) {
    steps.write = writing_ = true;
    --unwritten_;
  }
  const size_t open = unhandled_ + unwritten_ + (writing_ ? 1 : 0);
  if (!reading_ && !read_ended_ && !stop && !draining_ && open < window_) {
    steps.read = reading_ = starting_read_ = true;
  }
  // A read that another thread is about to start needs the reactor: finish after it has started.
  if (handling_ || writing_ || starting_read_) return steps;
  if (cancelled_) {
    const bool late = absl::Now() >= scope_.deadline();
    steps.status = late ? errors::DeadlineExceeded() : errors::Cancelled();
  } else if (!failed_.ok()) {
    steps.status = failed_;
  } else if (end_handled_) {
    steps.status = absl::OkStatus();
  } else if (draining_) {
    steps.status = errors::Draining();
  } else {
    return steps;
  }
  steps.finish = finished_ = true;
  return steps;
}

void IngestCore::Do(const Steps& steps) {
  // Finishing comes alone: the reactor may be gone after it.
  if (steps.finish) return Finish(scope_.End(steps.status));
  if (steps.write) StartWrite();
  if (steps.handle) ScheduleHandle();
  if (!steps.read) return;
  StartRead();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    starting_read_ = false;
  }
  Advance();
}

void IngestCore::ScheduleHandle() {
  const bool taken =
      scope_.method().pool->SubmitContinuation([self = shared_from_this()] { self->RunHandle(); });
  if (taken) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    handling_ = false;
    failed_ = errors::Draining();
  }
  Advance();
}

void IngestCore::RunHandle() {
  bool batch = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    batch = unhandled_ > 0;
  }
  bool answered = false;
  const absl::Status status = WithExceptionBarrier([&] {
    const absl::StatusOr<bool> handled = batch ? HandleOldest() : HandleEnd();
    answered = handled.ok() && *handled;
    return handled.status();
  });
  if (batch && status.ok()) scope_.CountMessage();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    handling_ = false;
    if (batch) {
      --unhandled_;
    } else {
      end_handled_ = status.ok();
    }
    if (answered) ++unwritten_;
    if (!status.ok()) failed_ = status;
  }
  Advance();
}

}  // namespace assay::server
