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
  const bool stop = cancelled_ || failing_;
  if (!handling_ && !stop) {
    const bool all_answered = read_ended_ && unhandled_ == 0 && open_ == 0;
    steps.handle = unhandled_ > 0 || (all_answered && !end_handled_);
    handling_ = steps.handle;
  }
  if (!writing_ && !cancelled_ && unwritten_ > 0) {
    steps.write = writing_ = true;
    --unwritten_;
  }
  const size_t unanswered = unhandled_ + open_ + unwritten_ + (writing_ ? 1 : 0);
  if (!reading_ && !read_ended_ && !stop && !draining_ && unanswered < window_) {
    steps.read = reading_ = starting_read_ = true;
  }
  // A read that another thread is about to start needs the reactor: finish after it has started.
  if (handling_ || open_ > 0 || writing_ || starting_read_) return steps;
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

bool IngestCore::Settle(const absl::Status& status, bool has_answer) {
  --open_;
  if (!failed_.ok()) return false;
  if (!status.ok()) {
    failed_ = status;
    return true;
  }
  scope_.CountMessage();
  if (has_answer) ++unwritten_;
  return true;
}

void IngestCore::Post(std::function<void()> task) {
  // Shared, so that it is still here where the pool refuses it.
  const auto shared = std::make_shared<std::function<void()>>(std::move(task));
  if (!scope_.method().pool->SubmitContinuation([shared] { (*shared)(); })) (*shared)();
}

void IngestCore::ScheduleHandle() {
  const bool taken =
      scope_.method().pool->SubmitContinuation([self = shared_from_this()] { self->RunHandle(); });
  if (taken) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    handling_ = false;
    failing_ = true;
    failed_ = errors::Draining();
  }
  Advance();
}

void IngestCore::RunHandle() {
  bool message = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    message = unhandled_ > 0;
    if (message) {
      --unhandled_;
      ++open_;
      TakeOldest();
    }
  }
  if (message) {
    const absl::Status thrown = WithExceptionBarrier([this] {
      HandleTaken();
      return absl::OkStatus();
    });
    if (!thrown.ok()) FailTaken(thrown);
    std::lock_guard<std::mutex> lock(mutex_);
    handling_ = false;
  } else {
    bool answered = false;
    const absl::Status status = WithExceptionBarrier([&] {
      const absl::StatusOr<bool> handled = HandleEnd();
      answered = handled.ok() && *handled;
      return handled.status();
    });
    std::lock_guard<std::mutex> lock(mutex_);
    handling_ = false;
    end_handled_ = status.ok();
    if (answered) ++unwritten_;
    if (!status.ok()) {
      failing_ = true;
      failed_ = status;
    }
  }
  Advance();
}

}  // namespace assay::server
