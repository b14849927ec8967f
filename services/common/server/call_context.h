#pragma once

// What a handler knows of the call it answers, without gRPC: its identity, its deadline, whether
// the caller is still there; and what it wants sent or logged beside its answer.
//
// Thread safety: cancelled(), OnCancel() and the identity from any thread; the setters from the one
// thread that runs the handler at a time. Ownership: made and kept by the method adapter, valid
// until the handler returns, or for asynchronous handlers until they answer. Cost: the identity's
// ids are made when they are first asked for; an answer from memory that nobody logs needs none.

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "services/common/server/request_identity.h"

namespace assay::server {

class CallContext {
 public:
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  // `method` is "package.Service/Method" and outlives the context. `deadline` may be
  // absl::InfiniteFuture() for streams.
  CallContext(absl::string_view method, AskedIdentity asked, absl::Time deadline)
      : method_(method), asked_(std::move(asked)), deadline_(deadline) {}
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  absl::string_view method() const { return method_; }
  const std::string& request_id() const { return identity().request_id; }
  const std::string& trace_id() const { return identity().trace_id; }
  // For the metadata `traceparent` of a call made on behalf of this one.
  std::string Traceparent() const { return ChildTraceparent(identity()); }

  // When the caller stops waiting, already held to the server's limits.
  absl::Time deadline() const { return deadline_; }
  // Time left at `now`; never negative.
  absl::Duration TimeLeft(absl::Time now) const {
    return std::max(absl::ZeroDuration(), deadline_ - now);
  }

  // True once the caller went away or its deadline passed. Long loops ask now and then and stop.
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

  // Runs `callback` once when the call is cancelled: at once where it is already. One callback a
  // call, the latest. It runs on a gRPC thread, must not block, and may run while the handler
  // answers, so it captures what it needs by shared ownership.
  void OnCancel(std::function<void()> callback);

  // The resource the call is about, for the request log. Never personal data, never a body.
  void set_subject(absl::string_view subject) { subject_ = std::string(subject); }
  const std::string& subject() const { return subject_; }

  // Metadata for the caller beside the answer (`x-assay-position`). Keys in lower case; values
  // printable ASCII, or any bytes where the key ends in -bin. Both are sent on errors too. A key
  // given twice keeps its last value. A stream's initial metadata is sent when it opens: only what
  // its opener adds arrives.
  void AddInitialMetadata(absl::string_view key, absl::string_view value) {
    Set(&initial_metadata_, key, value);
  }
  void AddTrailingMetadata(absl::string_view key, absl::string_view value) {
    Set(&trailing_metadata_, key, value);
  }

  // For the adapter.
  const Metadata& initial_metadata() const { return initial_metadata_; }
  const Metadata& trailing_metadata() const { return trailing_metadata_; }
  void Cancel();

 private:
  const RequestIdentity& identity() const;
  static void Set(Metadata* metadata, absl::string_view key, absl::string_view value);

  const absl::string_view method_;
  const AskedIdentity asked_;
  const absl::Time deadline_;
  mutable std::once_flag identified_;
  mutable RequestIdentity identity_;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::function<void()> on_cancel_;
  std::string subject_;
  Metadata initial_metadata_;
  Metadata trailing_metadata_;
};

// ---- Deadlines
// -----------------------------------------------------------------------------------

struct DeadlineLimits {
  // What a unary call without a deadline gets; default 30 s.
  absl::Duration default_deadline = absl::Seconds(30);
  // The longest a unary call may take whatever it asks for; default 5 min.
  absl::Duration max_deadline = absl::Minutes(5);
};

// The deadline in force for a call that asked for `asked` (absl::InfiniteFuture(): none): the
// default where it asked for none, else what it asked for, held to the maximum.
absl::Time ClampDeadline(absl::Time now, absl::Time asked, const DeadlineLimits& limits);

}  // namespace assay::server
