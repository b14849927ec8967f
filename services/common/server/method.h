#pragma once

// The one adapter for every unary method of the callback API. A handler is thin - validate, call,
// convert - and this does the rest: request and trace id, deadline, metrics, request log,
// exceptions, status conversion, metadata, cancellation.
//
//   class RatingApi final : public RatingService::CallbackService {
//     explicit RatingApi(const server::CallEnvironment* calls)
//         : get_rating_(calls, "assay.scoring.v1.RatingService/GetRating") {}
//     grpc::ServerUnaryReactor* GetRating(grpc::CallbackServerContext* context,
//                                         const GetRatingRequest* request, Rating* reply) override
//                                         {
//       return get_rating_.Inline(context, request, reply,
//           [this](server::CallContext& call, const GetRatingRequest& asked, Rating* out) {
//             return book_->Rate(asked.name(), out);   // absl::Status
//           });
//     }
//     const server::Method get_rating_;
//
// A handler takes (CallContext&, const Request&) and returns absl::StatusOr<Response>, or takes
// (CallContext&, const Request&, Response*) and returns absl::Status. Raw methods
// (WithRawCallbackMethod_*) are the same with grpc::ByteBuffer for both; see byte_buffer.h.
//
// Thread safety: a Method may serve calls from any number of threads. Ownership: it borrows the
// environment; each call's reactor owns itself and goes in OnDone, so a handler never sees a dead
// call. Cost: one allocation and about a microsecond a call, the log line apart.

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

#include "services/common/server/call_context.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/call_scope.h"

namespace assay::server {

struct MethodOptions {
  // Where Pooled runs; default the environment's pool. Heavy methods bring their own.
  WorkPool* pool = nullptr;
  // The deadline limits of this method; zero: the environment's.
  DeadlineLimits deadlines = {absl::ZeroDuration(), absl::ZeroDuration()};
};

// The answer of an asynchronous handler; copies answer the same call. Only the first Claim() wins.
// If every copy goes without an answer the call ends INTERNAL, so no call hangs.
class PendingAnswer {
 public:
  explicit PendingAnswer(std::function<void(const absl::Status&)> finish);

  // True for the first who asks; that one calls Finish() exactly once.
  bool Claim() const;
  void Finish(const absl::Status& status) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

class Method {
 public:
  // `name` is "package.Service/Method". `environment` outlives the method.
  Method(const CallEnvironment* environment, absl::string_view name, MethodOptions options = {});
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;

  // Runs the handler on the calling gRPC thread, and ends the call there (RunNowOrLater): for
  // handlers that never block.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* Inline(grpc::CallbackServerContext* context, const Request* request,
                                   Response* response, Handler&& handler) const {
    return RunInline(context,
                     [&](CallContext& call) { return Invoke(handler, call, *request, response); });
  }

  // Runs the handler on the work pool: for handlers that block. RESOURCE_EXHAUSTED (OVERLOADED)
  // when its queue is full; a call whose time ran out in the queue is not run. The handler is
  // copied.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* Pooled(grpc::CallbackServerContext* context, const Request* request,
                                   Response* response, Handler handler) const {
    return RunPooled(context, [=](CallContext& call) mutable {
      return Invoke(handler, call, *request, response);
    });
  }

  // Starts a handler that answers later, from any thread, through the callback it is given:
  //   void(CallContext&, const Request&, std::function<void(absl::StatusOr<Response>)>)
  // It must not block. Context and request live until it answers; it answers once (more is ignored)
  // and must not touch either after. Dropping the callback unanswered ends the call INTERNAL.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* Async(grpc::CallbackServerContext* context, const Request* request,
                                  Response* response, Handler&& handler) const {
    return RunAsync(context, [&](CallContext& call, const PendingAnswer& pending) {
      handler(call, *request, [response, pending](absl::StatusOr<Response> answer) {
        if (!pending.Claim()) return;
        const absl::Status status = answer.status();
        if (status.ok()) *response = *std::move(answer);
        pending.Finish(status);
      });
    });
  }

  // For handlers that mostly have their answer at hand: `now` runs on the calling gRPC thread and
  // returns the call's status, or nothing; then `later` starts an asynchronous answer as in
  // RunAsync. A call answered by `now` has no reactor of its own, so that gRPC ends it on the spot
  // in place of handing its last reaction to another thread; that costs less.
  grpc::ServerUnaryReactor* RunNowOrLater(
      grpc::CallbackServerContext* context,
      absl::FunctionRef<std::optional<absl::Status>(CallContext&)> now,
      absl::FunctionRef<void(CallContext&, const PendingAnswer&)> later) const;

  // Answers UNIMPLEMENTED (METHOD_UNIMPLEMENTED), counted and logged as any call.
  grpc::ServerUnaryReactor* Unimplemented(grpc::CallbackServerContext* context) const;

  const MethodInfo& info() const { return info_; }

  // What the templates above stand on; usable directly where a handler has another shape.
  grpc::ServerUnaryReactor* RunInline(grpc::CallbackServerContext* context,
                                      absl::FunctionRef<absl::Status(CallContext&)> work) const;
  grpc::ServerUnaryReactor* RunPooled(grpc::CallbackServerContext* context,
                                      std::function<absl::Status(CallContext&)> work) const;
  grpc::ServerUnaryReactor* RunAsync(
      grpc::CallbackServerContext* context,
      absl::FunctionRef<void(CallContext&, const PendingAnswer&)> work) const;

 private:
  template <class Handler, class Request, class Response>
  static absl::Status Invoke(Handler& handler, CallContext& call, const Request& request,
                             Response* response) {
    if constexpr (std::is_invocable_v<Handler&, CallContext&, const Request&, Response*>) {
      return handler(call, request, response);
    } else {
      absl::StatusOr<Response> answer = handler(call, request);
      if (!answer.ok()) return answer.status();
      *response = *std::move(answer);
      return absl::OkStatus();
    }
  }

  MethodInfo info_;
};

}  // namespace assay::server
