#pragma once

// Who a call is, in logs and traces: its request id (metadata `x-request-id`, or a new one) and its
// trace id (W3C Trace Context, metadata `traceparent`, or a new one).
//
// Thread safety: pure functions; the random source is one a thread. Cost: making two ids takes half
// a microsecond.

#include <string>

#include "absl/strings/string_view.h"

namespace assay::server {

inline constexpr char kRequestIdKey[] = "x-request-id";
inline constexpr char kTraceparentKey[] = "traceparent";

// What the caller sent, whether well formed or not; empty where it sent nothing.
struct AskedIdentity {
  std::string request_id;
  std::string traceparent;
};

struct RequestIdentity {
  // 1 to 128 characters of A-Z a-z 0-9 . _ : -
  std::string request_id;
  // 32 lower-case hexadecimal digits, not all zero.
  std::string trace_id;
  // The caller's span; empty where it sent none. 16 lower-case hexadecimal digits.
  std::string parent_span_id;
  bool sampled = false;
};

// Takes what the caller sent where it is well formed, and makes what is missing or is not. A bad id
// is replaced, never an error: tracing must not fail calls.
RequestIdentity IdentifyRequest(absl::string_view request_id, absl::string_view traceparent);

// 32 random hexadecimal digits.
std::string NewRequestId();

// The `traceparent` for a call made on behalf of this one: same trace, new span.
std::string ChildTraceparent(const RequestIdentity& identity);

}  // namespace assay::server
