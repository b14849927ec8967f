#pragma once

// A server stream that pulls from a source: the next message is asked for only when the last one is
// on its way, so a slow reader costs one message of memory, whatever happens behind the source.
//
//   grpc::ServerWriteReactor<Change>* StreamChanges(grpc::CallbackServerContext* context,
//                                                   const StreamChangesRequest* request) override {
//     return server::StartPull<Change>(stream_changes_, context, [&](server::CallContext& call)
//         -> absl::StatusOr<std::unique_ptr<server::PullSource<Change>>> {
//       return feed_->Open(*request);      // validates; an error ends the stream with it
//     });
//   }
//
// `stream_changes_` is a Method. The message may be a protobuf message, or grpc::ByteBuffer for
// WithRawCallbackMethod_*. A stream ends when the source ends it, when the caller cancels or its
// deadline passes, or with UNAVAILABLE (SERVER_DRAINING, RetryInfo) when the server leaves.
//
// Thread safety: Waker may be called from any thread, at any time, also after the stream is gone.
// Ownership: the stream owns its source and goes in OnDone; a Waker holds no stream alive.
// Cost: one pool task a message.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/server_callback.h"

#include "services/common/server/call_scope.h"
#include "services/common/server/drain_registry.h"
#include "services/common/server/method.h"

namespace assay::server {

// What a source has for its stream.
class Pull {
 public:
  enum class Kind { kMessage, kAgain, kWait, kEnd };

  // The message was filled in.
  static Pull Message() { return Pull(Kind::kMessage, absl::OkStatus()); }
  // Nothing yet, and more to look at: ask again once the pool's other work had its turn.
  static Pull Again() { return Pull(Kind::kAgain, absl::OkStatus()); }
  // Nothing now; ask again after the waker was called.
  static Pull Wait() { return Pull(Kind::kWait, absl::OkStatus()); }
  // Nothing more; the stream ends with `status`.
  static Pull End(absl::Status status) { return Pull(Kind::kEnd, std::move(status)); }

  Kind kind() const { return kind_; }
  const absl::Status& status() const { return status_; }

 private:
  Pull(Kind kind, absl::Status status) : kind_(kind), status_(std::move(status)) {}

  Kind kind_;
  absl::Status status_;
};

// Tells a stream that its source may have something. A wake-up that comes while the source is being
// asked is not lost: it is asked again.
using Waker = std::function<void()>;

template <class Message>
class PullSource {
 public:
  virtual ~PullSource() = default;

  // Called once, before the first Next, on a gRPC thread: keep the waker. Must not block.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): who keeps it moves it
  virtual void Start(Waker waker) { (void)waker; }

  // The next message, into an empty `message`. Called on the work pool, never twice at once; may
  // block for a store read, not for something to happen: return Wait for that.
  virtual Pull Next(CallContext& call, Message* message) = 0;
};

// The state machine, the same for every message type. For the template below.
class PullCore : public Drainable, public std::enable_shared_from_this<PullCore> {
 public:
  PullCore(const MethodInfo& method, grpc::CallbackServerContext* context)
      : scope_(method, context, CallScope::Kind::kStream) {}

  // Begins: a status that is not OK ends the stream at once.
  void Begin(const absl::Status& opened);
  void Wake();
  void Drain() override;
  void WriteDone(bool ok);
  void Cancelled();
  // After the last reaction: forgets the stream.
  void Gone();

  CallScope& scope() { return scope_; }
  Waker MakeWaker();

 protected:
  // Asks the source. On the pool.
  virtual Pull PullNext() = 0;
  // Starts writing what PullNext filled in.
  virtual void StartWrite() = 0;
  virtual void SendInitialMetadata() = 0;
  virtual void Finish(grpc::Status status) = 0;

 private:
  enum class State { kIdle, kPulling, kWriting, kFinished };

  void Schedule();
  void RunPull();
  // Ends the stream; the caller has set kFinished under the lock.
  void End(const absl::Status& status);
  // Why the stream must end now; OK where it must not. Under the lock.
  absl::Status MustEnd() const;

  CallScope scope_;
  std::mutex mutex_;
  State state_ = State::kPulling;
  bool wake_pending_ = false;
  bool cancelled_ = false;
  bool draining_ = false;
  uint64_t drain_key_ = 0;
};

template <class Message>
class PullReactor final : public grpc::ServerWriteReactor<Message> {
 public:
  using Source = PullSource<Message>;
  using Opener = absl::FunctionRef<absl::StatusOr<std::unique_ptr<Source>>(CallContext&)>;

  PullReactor(const MethodInfo& method, grpc::CallbackServerContext* context, Opener open)
      : core_(std::make_shared<Core>(this, method, context)) {
    absl::Status opened = core_->scope().StillWanted(core_->scope().began());
    if (opened.ok()) {
      opened = WithExceptionBarrier([&]() -> absl::Status {
        absl::StatusOr<std::unique_ptr<Source>> source = open(core_->scope().context());
        if (!source.ok()) return source.status();
        core_->source = *std::move(source);
        core_->source->Start(core_->MakeWaker());
        return absl::OkStatus();
      });
    }
    core_->Begin(opened);
  }

  void OnWriteDone(bool ok) override { core_->WriteDone(ok); }
  void OnCancel() override { core_->Cancelled(); }
  void OnDone() override {
    core_->Gone();
    // The source ends here, not with the core: a wake-up may be the last to hold that, under the
    // very lock that the source needs to say that it is not woken any more.
    core_->source.reset();
    delete this;
  }

 private:
  class Core final : public PullCore {
   public:
    Core(PullReactor* owner, const MethodInfo& method, grpc::CallbackServerContext* context)
        : PullCore(method, context), reactor_(owner) {}

    std::unique_ptr<Source> source;

   private:
    Pull PullNext() override {
      message_ = Message();
      return source->Next(scope().context(), &message_);
    }
    void StartWrite() override { reactor_->StartWrite(&message_); }
    void SendInitialMetadata() override { reactor_->StartSendInitialMetadata(); }
    void Finish(grpc::Status status) override { reactor_->Finish(std::move(status)); }

    // Valid until the stream is finished: no call on it comes after.
    PullReactor* const reactor_;
    Message message_;
  };

  const std::shared_ptr<Core> core_;
};

// Opens a stream. `open` runs at once on the gRPC thread and must not block: it validates the
// request and makes the source, or returns the error the stream ends with.
template <class Message, class Open>
grpc::ServerWriteReactor<Message>* StartPull(const Method& method,
                                             grpc::CallbackServerContext* context,
                                             const Open& open) {
  return new PullReactor<Message>(method.info(), context, open);
}

}  // namespace assay::server
