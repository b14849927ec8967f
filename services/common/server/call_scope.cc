#include "services/common/server/call_scope.h"

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/clock/clock.h"
#include "services/common/errors/errors.h"
#include "services/common/server/logging.h"
#include "services/common/server/request_identity.h"
#include "services/common/server/status_conversion.h"

namespace assay::server {
namespace {

AskedIdentity IdentityOf(const grpc::CallbackServerContext& context) {
  AskedIdentity asked;
  const auto& metadata = context.client_metadata();
  const auto read = [&metadata](const char* key, std::string* value) {
    const auto found = metadata.find(key);
    if (found != metadata.end()) value->assign(found->second.data(), found->second.size());
  };
  read(kRequestIdKey, &asked.request_id);
  read(kTraceparentKey, &asked.traceparent);
  return asked;
}

absl::Time AskedDeadline(const grpc::CallbackServerContext& context, absl::Time now) {
  const gpr_timespec raw = context.raw_deadline();
  if (gpr_time_cmp(raw, gpr_inf_future(raw.clock_type)) == 0) return absl::InfiniteFuture();
  // By another clock than ours: what is left is the same by both.
  const gpr_timespec left = gpr_time_sub(raw, gpr_now(raw.clock_type));
  return now + absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
}

absl::Time DeadlineInForce(const MethodInfo& method, const grpc::CallbackServerContext& context,
                           absl::Time now, CallScope::Kind kind) {
  const absl::Time asked = AskedDeadline(context, now);
  if (kind == CallScope::Kind::kStream) return asked;
  return ClampDeadline(now, asked, method.deadlines);
}

absl::Time Now() { return clock::SystemClock().Now(); }

// Our own faults, told apart from what the caller asked for.
bool IsOurFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kDataLoss ||
         code == absl::StatusCode::kUnknown;
}

}  // namespace

CallScope::CallScope(const MethodInfo& method, grpc::CallbackServerContext* grpc_context, Kind kind)
    : method_(method),
      environment_(method.environment),
      grpc_context_(grpc_context),
      began_(Now()),
      context_(method.name, IdentityOf(*grpc_context),
               DeadlineInForce(method, *grpc_context, began_, kind)) {
  method_.environment->running->Begin();
  method_.metrics.Begin();
}

absl::Status CallScope::StillWanted(absl::Time now) const {
  if (now >= context_.deadline()) return errors::DeadlineExceeded();
  if (context_.cancelled()) return errors::Cancelled();
  return absl::OkStatus();
}

void CallScope::SendInitialMetadata() { AddInitialMetadata(/*with_request_id=*/true); }

void CallScope::AddInitialMetadata(bool with_request_id) {
  if (std::exchange(initial_metadata_added_, true)) return;
  if (with_request_id) grpc_context_->AddInitialMetadata(kRequestIdKey, context_.request_id());
  for (const auto& [key, value] : context_.initial_metadata()) {
    grpc_context_->AddInitialMetadata(key, value);
  }
}

void CallScope::CountMessage() {
  ++messages_;
  method_.metrics.CountMessage();
}

grpc::Status CallScope::End(const absl::Status& status) {
  // Two headers more make a unary answer from memory a quarter dearer, and who wants to find a good
  // one in the log sends an id of its own.
  AddInitialMetadata(/*with_request_id=*/!status.ok());
  for (const auto& [key, value] : context_.trailing_metadata()) {
    grpc_context_->AddTrailingMetadata(key, value);
  }
  const absl::Duration took = Now() - began_;
  method_.metrics.End(status.code(), took);
  Log(status, took);
  return ToGrpc(status);
}

void CallScope::Log(const absl::Status& status, absl::Duration took) const {
  const RequestLog policy = method_.environment->request_log;
  const bool our_fault = IsOurFault(status.code());
  const bool wanted =
      policy == RequestLog::kAll || (policy == RequestLog::kProblems && !status.ok());
  spdlog::logger& log = *method_.environment->log;
  const spdlog::level::level_enum level = our_fault ? spdlog::level::err : spdlog::level::info;
  if ((!wanted && !our_fault) || !log.should_log(level)) return;
  std::vector<LogField> fields = {
      {"method", method_.name},
      {"code", absl::StatusCodeToString(status.code())},
      {"duration_us", absl::ToInt64Microseconds(took)},
      {"request_id", context_.request_id()},
      {"trace_id", context_.trace_id()},
      {"peer", grpc_context_->peer()},
  };
  if (!context_.subject().empty()) fields.emplace_back("subject", context_.subject());
  if (messages_ > 0) fields.emplace_back("messages", messages_);
  if (!status.ok()) {
    fields.emplace_back("reason", errors::Reason(status));
    const std::string detail = errors::PrivateDetail(status);
    if (!detail.empty()) fields.emplace_back("detail", detail);
  }
  LogEvent(log, level, "call", fields);
}

absl::Status WithExceptionBarrier(absl::FunctionRef<absl::Status()> body) {
  try {
    return body();
  } catch (const std::exception& caught) {
    return errors::Internal("the handler", caught.what());
  } catch (...) {
    return errors::Internal("the handler", "an exception of unknown type");
  }
}

}  // namespace assay::server
