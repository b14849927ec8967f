#include "services/common/server/pull_stream.h"

#include "services/common/errors/errors.h"

namespace assay::server {

void PullCore::Begin(const absl::Status& opened) {
  if (!opened.ok()) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      state_ = State::kFinished;
    }
    End(opened);
    return;
  }
  // Headers go out now, so that the caller knows the stream is open before anything happens.
  scope_.SendInitialMetadata();
  SendInitialMetadata();
  drain_key_ = scope_.method().environment->streams->Add(shared_from_this());
  Schedule();
}

Waker PullCore::MakeWaker() {
  return [weak = weak_from_this()] {
    if (const std::shared_ptr<PullCore> core = weak.lock()) core->Wake();
  };
}

void PullCore::Wake() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kIdle) {
      // Finished: nothing to do. Pulling or writing: the source is asked once more before it idles.
      wake_pending_ = true;
      return;
    }
    state_ = State::kPulling;
  }
  Schedule();
}

void PullCore::Drain() {
  absl::Status status;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    draining_ = true;
    // A pull or a write that runs notices by itself when it is done.
    if (state_ != State::kIdle) return;
    state_ = State::kFinished;
    status = MustEnd();
  }
  End(status);
}

void PullCore::Cancelled() {
  scope_.context().Cancel();
  absl::Status status;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    cancelled_ = true;
    if (state_ != State::kIdle) return;
    state_ = State::kFinished;
    status = MustEnd();
  }
  End(status);
}

void PullCore::WriteDone(bool ok) {
  absl::Status status;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!ok) cancelled_ = true;
    status = MustEnd();
    state_ = status.ok() ? State::kPulling : State::kFinished;
  }
  if (ok) scope_.CountMessage();
  if (status.ok()) {
    Schedule();
  } else {
    End(status);
  }
}

void PullCore::Gone() {
  if (drain_key_ != 0) scope_.method().environment->streams->Remove(drain_key_);
}

void PullCore::Schedule() {
  const bool taken =
      scope_.method().pool->SubmitContinuation([self = shared_from_this()] { self->RunPull(); });
  if (taken) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    state_ = State::kFinished;
  }
  End(errors::Draining());
}

void PullCore::RunPull() {
  absl::Status status;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    wake_pending_ = false;
    status = MustEnd();
    if (!status.ok()) state_ = State::kFinished;
  }
  if (!status.ok()) return End(status);

  Pull pulled = Pull::Wait();
  const absl::Status thrown = WithExceptionBarrier([&] {
    pulled = PullNext();
    return absl::OkStatus();
  });
  if (!thrown.ok()) pulled = Pull::End(thrown);

  bool again = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    switch (pulled.kind()) {
      case Pull::Kind::kMessage:
        // A message that was pulled goes out even when the server drains: it may move a position.
        if (cancelled_) status = MustEnd();
        state_ = status.ok() ? State::kWriting : State::kFinished;
        break;
      case Pull::Kind::kAgain:
      case Pull::Kind::kWait:
        status = MustEnd();
        again = wake_pending_ || pulled.kind() == Pull::Kind::kAgain;
        if (!status.ok()) {
          state_ = State::kFinished;
        } else if (!again) {
          state_ = State::kIdle;
        }
        break;
      case Pull::Kind::kEnd:
        state_ = State::kFinished;
        break;
    }
  }
  if (pulled.kind() == Pull::Kind::kEnd) return End(pulled.status());
  if (!status.ok()) return End(status);
  if (pulled.kind() == Pull::Kind::kMessage) return StartWrite();
  if (again) Schedule();
}

absl::Status PullCore::MustEnd() const {
  if (cancelled_) {
    const bool late = absl::Now() >= scope_.deadline();
    return late ? errors::DeadlineExceeded() : errors::Cancelled();
  }
  return draining_ ? errors::Draining() : absl::OkStatus();
}

void PullCore::End(const absl::Status& status) { Finish(scope_.End(status)); }

}  // namespace assay::server
