#pragma once

// A bidirectional stream on which a client sends batches and the server acknowledges each, in
// order. At most `window` batches are read and not acknowledged, so a client that floods is held
// back by HTTP/2 flow control and costs bounded memory.
//
//   class Ingest final : public server::IngestHandler<Batch, Ack> {
//     void Handle(server::CallContext& call, Batch batch, server::Ticket<Ack> ticket) override {
//       ticket.Give(store_->Write(std::move(batch)));       // on the work pool; may block
//     }
//   };
//   grpc::ServerBidiReactor<Batch, Ack>* IngestRecords(grpc::CallbackServerContext* context)
//   override {
//     return server::StartIngest<Batch, Ack>(ingest_records_, context,
//                                            std::make_unique<Ingest>(store_));
//   }
//
// The stream ends OK when the client half-closed and every batch is acknowledged; with the
// handler's error after the acknowledgements of all earlier batches; with UNAVAILABLE
// (SERVER_DRAINING) when the server leaves, after acknowledging everything it has read. What was
// not acknowledged may or may not have been written: the client sends it again under the same
// request id.
//
// A handler that keeps the ticket of a batch while the store commits it is given the next batch
// meanwhile, so that one is prepared while the one before is written. The stream does not end
// before every ticket is back.
//
// Thread safety: nothing here is called by users after StartIngest but tickets. Ownership: the
// stream owns its handler and goes in OnDone; the handler goes on the pool, so that its destructor
// may block. Cost: one pool task a batch, and one more for an answer that is given later.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "grpcpp/support/server_callback.h"

#include "services/common/server/call_scope.h"
#include "services/common/server/drain_registry.h"
#include "services/common/server/method.h"

namespace assay::server {

struct IngestOptions {
  // Batches read and not acknowledged; default 8; 0 is taken as 1.
  size_t window = 8;
};

// Where the answer of one message goes, from any thread, once.
template <class Response>
class Ticket {
 public:
  using Answer = absl::StatusOr<absl::optional<Response>>;
  using Make = std::function<Answer()>;

  Ticket(std::function<void(Answer)> give, std::function<void(Make)> give_later)
      : give_(std::move(give)), give_later_(std::move(give_later)) {}

  // On a thread that may be kept for a while.
  void Give(Answer answer) const { give_(std::move(answer)); }
  // Makes the answer on the work pool and gives it there: for threads that must not be held up.
  void GiveLater(Make make) const { give_later_(std::move(make)); }

 private:
  std::function<void(Answer)> give_;
  std::function<void(Make)> give_later_;
};

// What a stream does with its messages, acknowledged or not.
template <class Request, class Response>
class StreamHandler {
 public:
  using Answer = absl::StatusOr<absl::optional<Response>>;

  virtual ~StreamHandler() = default;

  // Takes one message. On the work pool, one at a time, in the order of arrival; the next comes
  // when this has returned, though the ticket may still be out. Answers are sent in the order of
  // their messages. An error ends the stream, and none of the messages after it is taken.
  virtual void Take(CallContext& call, Request message, Ticket<Response> ticket) = 0;
  // Called once, on the work pool, after the last answer; an error ends the stream.
  virtual Answer Last(CallContext& call) = 0;
};

// A handler that takes pieces and answers once, after the last: what a client stream is. A stream
// that was cut off may look ended, so the pieces must say themselves that they are whole.
template <class Request, class Response>
class CollectHandler : public StreamHandler<Request, Response> {
 public:
  using Answer = typename StreamHandler<Request, Response>::Answer;

  virtual absl::Status Add(CallContext& call, Request piece) = 0;
  virtual absl::StatusOr<Response> Finish(CallContext& call) = 0;

  void Take(CallContext& call, Request piece, Ticket<Response> ticket) final {
    const absl::Status added = Add(call, std::move(piece));
    if (added.ok()) return ticket.Give(absl::optional<Response>());
    ticket.Give(added);
  }
  Answer Last(CallContext& call) final {
    absl::StatusOr<Response> answer = Finish(call);
    if (!answer.ok()) return answer.status();
    return absl::optional<Response>(*std::move(answer));
  }
};

template <class Request, class Response>
class IngestHandler : public StreamHandler<Request, Response> {
 public:
  using Answer = typename StreamHandler<Request, Response>::Answer;

  // Takes one batch and gives its acknowledgement to the ticket, now or later: see StreamHandler.
  virtual void Handle(CallContext& call, Request batch, Ticket<Response> ticket) = 0;

  // Called once, on the work pool, after the last acknowledgement; its status ends the stream.
  // Where the client was cut off just then it may be called too, so it must not take the call for a
  // wish to commit.
  virtual absl::Status End(CallContext& call) {
    (void)call;
    return absl::OkStatus();
  }

  void Take(CallContext& call, Request batch, Ticket<Response> ticket) final {
    Handle(call, std::move(batch), std::move(ticket));
  }
  Answer Last(CallContext& call) final {
    const absl::Status ended = End(call);
    if (!ended.ok()) return ended;
    return absl::optional<Response>();
  }
};

// The state machine, the same for every message type. For the template below.
class IngestCore : public Drainable, public std::enable_shared_from_this<IngestCore> {
 public:
  IngestCore(const MethodInfo& method, grpc::CallbackServerContext* context, IngestOptions options);

  void Begin();
  void ReadDone(bool ok);
  void WriteDone(bool ok);
  void Cancelled();
  void Drain() override;
  void Gone();

 protected:
  CallScope& scope() { return scope_; }

  // Starts reading the next message.
  virtual void StartRead() = 0;
  // Queues the message that was read. Under the lock.
  virtual void KeepRead() = 0;
  // Moves the oldest message queued out for HandleTaken, and makes a place for its answer. Under
  // the lock.
  virtual void TakeOldest() = 0;
  // Hands the message that was taken to the handler, whose answer comes by Settle. On the pool,
  // without the lock.
  virtual void HandleTaken() = 0;
  // Gives an error for the message that was taken, unless it has an answer.
  virtual void FailTaken(const absl::Status& status) = 0;
  // Handles the end, and queues the answer: true where there is one. On the pool, without the lock.
  virtual absl::StatusOr<bool> HandleEnd() = 0;
  // Writes the oldest acknowledgement. Without the lock.
  virtual void StartWrite() = 0;
  virtual void SendInitialMetadata() = 0;
  virtual void Finish(grpc::Status status) = 0;

  // An error was given for a message; those before it may be open still. Under the lock.
  void StopTaking() { failing_ = true; }
  // The answer of the oldest open message came to its turn: one to write, none, or an error. False
  // where an error came before it, so that it goes nowhere. Under the lock.
  bool Settle(const absl::Status& status, bool has_answer);
  // After Settle, without the lock.
  void Advance();
  // Runs on the pool, or here where the pool takes nothing any more.
  void Post(std::function<void()> task);

  std::mutex mutex_;

 private:
  // What may start next, decided under the lock and done outside it.
  struct Steps {
    bool read = false;
    bool handle = false;
    bool write = false;
    bool finish = false;
    absl::Status status;
  };
  Steps Decide();
  void Do(const Steps& steps);
  void ScheduleHandle();
  void RunHandle();

  CallScope scope_;
  const size_t window_;
  bool reading_ = false;
  bool starting_read_ = false;  // decided, and StartRead() has not returned
  bool read_ended_ = false;     // the client half-closed, or is gone
  size_t unhandled_ = 0;        // read, waiting for the handler
  size_t open_ = 0;             // taken by the handler and not answered
  bool handling_ = false;
  bool end_handled_ = false;
  size_t unwritten_ = 0;  // acknowledgements waiting
  bool writing_ = false;
  bool cancelled_ = false;
  bool draining_ = false;
  bool finished_ = false;
  bool failing_ = false;  // an error was given, whose turn may be still to come
  absl::Status failed_;   // the first error of the handler
  uint64_t drain_key_ = 0;
};

template <class Request, class Response>
class IngestReactor final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  using Handler = StreamHandler<Request, Response>;

  IngestReactor(const MethodInfo& method, grpc::CallbackServerContext* context,
                std::unique_ptr<Handler> handler, IngestOptions options)
      : core_(std::make_shared<Core>(this, method, context, std::move(handler), options)) {
    core_->Begin();
  }

  void OnReadDone(bool ok) override { core_->ReadDone(ok); }
  void OnWriteDone(bool ok) override { core_->WriteDone(ok); }
  void OnCancel() override { core_->Cancelled(); }
  void OnDone() override {
    core_->Gone();
    core_->LetGo();
    delete this;
  }

 private:
  class Core final : public IngestCore {
   public:
    Core(IngestReactor* owner, const MethodInfo& method, grpc::CallbackServerContext* context,
         std::unique_ptr<Handler> handler, IngestOptions options)
        : IngestCore(method, context, options), reactor_(owner), handler_(std::move(handler)) {}

    // Ends the handler where it may block, on the pool: what a client left half done is rolled back
    // in its destructor. Here only where the pool takes nothing any more.
    void LetGo() {
      // Shared, because a task must be copyable.
      std::shared_ptr<Handler> handler = std::move(handler_);
      const bool taken = scope().method().pool->SubmitContinuation(
          [handler = std::move(handler)]() mutable { handler.reset(); });
      // A task that was refused is gone already, and the handler with it.
      (void)taken;
    }

   private:
    using Answer = typename Handler::Answer;
    // Where a message's answer is kept until its turn.
    struct Place {
      absl::optional<Answer> answer;
    };

    void StartRead() override {
      incoming_ = Request();
      reactor_->StartRead(&incoming_);
    }
    void KeepRead() override { requests_.push_back(std::move(incoming_)); }
    void TakeOldest() override {
      taken_ = std::move(requests_.front());
      requests_.pop_front();
      places_.push_back(std::make_shared<Place>());
      taken_place_ = places_.back();
    }
    void HandleTaken() override {
      const std::shared_ptr<Core> self = std::static_pointer_cast<Core>(shared_from_this());
      const std::shared_ptr<Place> place = taken_place_;
      const auto give = [self, place](Answer answer) { self->Give(*place, std::move(answer)); };
      handler_->Take(scope().context(), std::move(taken_),
                     Ticket<Response>(give, [self, give](typename Ticket<Response>::Make make) {
                       self->Post([give, make = std::move(make)] {
                         Answer answer = absl::optional<Response>();
                         const absl::Status made = WithExceptionBarrier([&] {
                           answer = make();
                           return absl::OkStatus();
                         });
                         if (!made.ok()) answer = made;
                         give(std::move(answer));
                       });
                     }));
    }
    void FailTaken(const absl::Status& status) override { Give(*taken_place_, status); }
    absl::StatusOr<bool> HandleEnd() override {
      Answer answer = handler_->Last(scope().context());
      if (!answer.ok()) return answer.status();
      if (!answer->has_value()) return false;
      std::lock_guard<std::mutex> lock(mutex_);
      responses_.push_back(**std::move(answer));
      return true;
    }
    void Give(Place& place, Answer answer) {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        if (place.answer.has_value()) return;
        if (!answer.ok()) StopTaking();
        place.answer.emplace(std::move(answer));
        while (!places_.empty() && places_.front()->answer.has_value()) {
          Answer& oldest = *places_.front()->answer;
          const bool has_answer = oldest.ok() && oldest->has_value();
          if (Settle(oldest.status(), has_answer) && has_answer) {
            responses_.push_back(**std::move(oldest));
          }
          places_.pop_front();
        }
      }
      Advance();
    }
    void StartWrite() override {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        outgoing_ = std::move(responses_.front());
        responses_.pop_front();
      }
      reactor_->StartWrite(&outgoing_);
    }
    void SendInitialMetadata() override { reactor_->StartSendInitialMetadata(); }
    void Finish(grpc::Status status) override { reactor_->Finish(std::move(status)); }

    // Valid until the stream is finished: no call on it comes after.
    IngestReactor* const reactor_;
    std::unique_ptr<Handler> handler_;
    Request incoming_;
    Response outgoing_;
    std::deque<Request> requests_;
    // In the handler.
    Request taken_;
    std::shared_ptr<Place> taken_place_;
    // Of the messages without an answer that could be sent, in their order.
    std::deque<std::shared_ptr<Place>> places_;
    std::deque<Response> responses_;
  };

  const std::shared_ptr<Core> core_;
};

// Starts the stream. `method` outlives it.
template <class Request, class Response>
grpc::ServerBidiReactor<Request, Response>* StartIngest(
    const Method& method, grpc::CallbackServerContext* context,
    std::unique_ptr<StreamHandler<Request, Response>> handler, IngestOptions options = {}) {
  return new IngestReactor<Request, Response>(method.info(), context, std::move(handler), options);
}

}  // namespace assay::server
