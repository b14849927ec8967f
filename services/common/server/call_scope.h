#pragma once

// The bookkeeping of one call, unary or stream, from its arrival to its status: identity, deadline,
// metrics, request log, metadata, conversion of the status. Used by the adapters of this folder.
//
// Thread safety: Begin and End from one thread each, not at once; the context as it says itself.
// Ownership: the call's adapter owns it. Cost: half a microsecond without the log line, of which
// two readings of the clock are a quarter.

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"

#include "services/common/server/call_context.h"
#include "services/common/server/call_environment.h"

namespace assay::server {

// One method as its adapter knows it.
struct MethodInfo {
  std::string name;  // "package.Service/Method"
  const CallEnvironment* environment = nullptr;
  WorkPool* pool = nullptr;
  DeadlineLimits deadlines;
  MethodMetrics metrics;
};

class CallScope {
 public:
  enum class Kind { kUnary, kStream };

  // `method` and `grpc_context` outlive the scope. A stream without a deadline has none.
  CallScope(const MethodInfo& method, grpc::CallbackServerContext* grpc_context, Kind kind);
  // The call counts as running until its owner is gone, which is after its status was sent.
  ~CallScope() { environment_->running->End(); }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  CallContext& context() { return context_; }
  absl::Time began() const { return began_; }
  absl::Time deadline() const { return context_.deadline(); }
  const MethodInfo& method() const { return method_; }

  // DEADLINE_EXCEEDED or CANCELLED where answering has no more sense at `now`; else OK.
  absl::Status StillWanted(absl::Time now) const;

  // For streams, before their first message: adds the initial metadata, `x-request-id` among it.
  void SendInitialMetadata();

  // Counts one message of a stream.
  void CountMessage();

  // Ends the call: counts, logs, adds what metadata is missing; a unary answer has `x-request-id`
  // where it is an error. Returns what to finish with. Once.
  grpc::Status End(const absl::Status& status);

 private:
  void AddInitialMetadata(bool with_request_id);
  void Log(const absl::Status& status, absl::Duration took) const;

  const MethodInfo& method_;
  const CallEnvironment* const environment_;
  grpc::CallbackServerContext* const grpc_context_;
  const absl::Time began_;
  CallContext context_;
  bool initial_metadata_added_ = false;
  uint64_t messages_ = 0;
};

// Runs `body` and turns an exception that escapes it into INTERNAL; its text is for the log only.
absl::Status WithExceptionBarrier(absl::FunctionRef<absl::Status()> body);

}  // namespace assay::server
