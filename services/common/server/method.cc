#include "services/common/server/method.h"

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "services/common/errors/errors.h"

namespace assay::server {
namespace {

// How long a caller is asked to wait when a queue is full.
constexpr absl::Duration kOverloadRetry = absl::Milliseconds(250);

// One unary call. gRPC deletes nothing: the reactor goes in OnDone, after the last reaction.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  explicit UnaryCall(std::unique_ptr<CallScope> scope) : scope_(std::move(scope)) {}

  CallScope& scope() { return *scope_; }
  CallContext& context() { return scope_->context(); }

  // Ends the call. The reactor may be gone when this returns.
  void Answer(const absl::Status& status) { Finish(scope_->End(status)); }

  void OnDone() override { delete this; }
  void OnCancel() override { scope_->context().Cancel(); }

 private:
  const std::unique_ptr<CallScope> scope_;
};

std::unique_ptr<CallScope> Arrive(const MethodInfo& method, grpc::CallbackServerContext* context) {
  return std::make_unique<CallScope>(method, context, CallScope::Kind::kUnary);
}

}  // namespace

struct PendingAnswer::State {
  explicit State(std::function<void(const absl::Status&)> on_finish)
      : finish(std::move(on_finish)) {}
  ~State() {
    if (!claimed.load(std::memory_order_acquire)) {
      finish(errors::Internal("the handler", "it dropped its answer"));
    }
  }

  std::atomic<bool> claimed{false};
  std::function<void(const absl::Status&)> finish;
};

PendingAnswer::PendingAnswer(std::function<void(const absl::Status&)> finish)
    : state_(std::make_shared<State>(std::move(finish))) {}

bool PendingAnswer::Claim() const {
  return !state_->claimed.exchange(true, std::memory_order_acq_rel);
}

void PendingAnswer::Finish(const absl::Status& status) const { state_->finish(status); }

Method::Method(const CallEnvironment* environment, absl::string_view name, MethodOptions options) {
  info_.name = std::string(name);
  info_.environment = environment;
  info_.pool = options.pool != nullptr ? options.pool : environment->pool;
  info_.deadlines = environment->deadlines;
  if (options.deadlines.default_deadline > absl::ZeroDuration()) {
    info_.deadlines.default_deadline = options.deadlines.default_deadline;
  }
  if (options.deadlines.max_deadline > absl::ZeroDuration()) {
    info_.deadlines.max_deadline = options.deadlines.max_deadline;
  }
  info_.metrics = environment->metrics->ForMethod(info_.name);
}

grpc::ServerUnaryReactor* Method::RunInline(
    grpc::CallbackServerContext* context,
    absl::FunctionRef<absl::Status(CallContext&)> work) const {
  return RunNowOrLater(
      context, [&](CallContext& call) -> std::optional<absl::Status> { return work(call); },
      [](CallContext&, const PendingAnswer&) {});
}

grpc::ServerUnaryReactor* Method::RunPooled(grpc::CallbackServerContext* context,
                                            std::function<absl::Status(CallContext&)> work) const {
  auto* call = new UnaryCall(Arrive(info_, context));
  const absl::Status wanted = call->scope().StillWanted(call->scope().began());
  if (!wanted.ok()) {
    call->Answer(wanted);
    return call;
  }
  const bool taken = info_.pool->Submit([call, work = std::move(work)] {
    absl::Status status = call->scope().StillWanted(absl::Now());
    if (status.ok()) {
      status = WithExceptionBarrier([&] { return work(call->context()); });
    }
    call->Answer(status);
  });
  if (!taken) call->Answer(errors::Overloaded(info_.pool->name(), kOverloadRetry));
  return call;
}

namespace {

grpc::ServerUnaryReactor* StartLater(
    UnaryCall* call, absl::FunctionRef<void(CallContext&, const PendingAnswer&)> later) {
  PendingAnswer pending([call](const absl::Status& status) { call->Answer(status); });
  const absl::Status started = WithExceptionBarrier([&] {
    later(call->context(), pending);
    return absl::OkStatus();
  });
  if (!started.ok() && pending.Claim()) pending.Finish(started);
  return call;
}

}  // namespace

grpc::ServerUnaryReactor* Method::RunAsync(
    grpc::CallbackServerContext* context,
    absl::FunctionRef<void(CallContext&, const PendingAnswer&)> work) const {
  return RunNowOrLater(
      context, [](CallContext&) { return std::nullopt; }, work);
}

grpc::ServerUnaryReactor* Method::RunNowOrLater(
    grpc::CallbackServerContext* context,
    absl::FunctionRef<std::optional<absl::Status>(CallContext&)> now,
    absl::FunctionRef<void(CallContext&, const PendingAnswer&)> later) const {
  std::unique_ptr<CallScope> scope = Arrive(info_, context);
  std::optional<absl::Status> answer;
  const absl::Status wanted = scope->StillWanted(scope->began());
  const absl::Status held = wanted.ok() ? WithExceptionBarrier([&] {
    answer = now(scope->context());
    return absl::OkStatus();
  })
                                        : wanted;
  if (!held.ok()) answer = held;
  if (answer.has_value()) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    // The call counts as running until its status is on its way.
    reactor->Finish(scope->End(*answer));
    return reactor;
  }
  return StartLater(new UnaryCall(std::move(scope)), later);
}

grpc::ServerUnaryReactor* Method::Unimplemented(grpc::CallbackServerContext* context) const {
  return RunInline(context, [this](CallContext&) { return errors::Unimplemented(info_.name); });
}

}  // namespace assay::server
