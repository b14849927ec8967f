#pragma once

// The one catalogue of errors. An error is a function here that returns an absl::Status with a
// code, a message for people, and google.rpc details as payloads: ErrorInfo (reason in UPPER_SNAKE,
// domain "assay", metadata) always, and BadRequest, RetryInfo or ResourceInfo where they help.
// Programs tell errors apart by reason, never by message. docs/errors.md lists every reason; a test
// compares.
//
// The payloads are the serialised google.rpc messages under their type URLs, so that the gRPC
// converter (services/common/server/status_conversion.h) can build grpc-status-details-bin without
// knowing any of these functions. Text from a driver, a file system or another library goes into
// the private detail: it is logged and never leaves the process.
//
// Thread safety: pure functions. Cost: a few allocations; errors are not the hot path. Every text
// given may hold any bytes; it is made valid UTF-8 and cut to a few hundred bytes.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

#include "services/common/errors/resource_type.h"
#include "services/common/errors/violations.h"

namespace assay::errors {

// The `domain` of every ErrorInfo.
inline constexpr absl::string_view kDomain = "assay";

// ---- The catalogue
// -------------------------------------------------------------------------------

struct CatalogueEntry {
  absl::string_view reason;
  absl::StatusCode code;
};

// Every reason there is, sorted by reason: the general ones and three for each resource type.
std::vector<CatalogueEntry> Catalogue();

// NOT_FOUND, <TYPE>_NOT_FOUND: nothing has the resource name `name`. With ResourceInfo.
absl::Status NotFound(ResourceType type, absl::string_view name);

// ALREADY_EXISTS, <TYPE>_ALREADY_EXISTS: `name` is taken. With ResourceInfo.
absl::Status AlreadyExists(ResourceType type, absl::string_view name);

// INVALID_ARGUMENT, REQUEST_INVALID: shorthand for one violation; use Violations for more.
absl::Status InvalidArgument(absl::string_view field, const absl::AlphaNum& got,
                             absl::string_view want);

// FAILED_PRECONDITION, RESOURCE_IMMUTABLE: `name` can no longer change (a published version).
absl::Status Immutable(ResourceType type, absl::string_view name);

// ALREADY_EXISTS, REQUEST_ID_REUSED: a mutation with this request_id was done with another body.
absl::Status RequestIdReused(absl::string_view request_id);

// ABORTED, ETAG_MISMATCH: `name` changed since the caller read it. Read again, then retry.
absl::Status EtagMismatch(ResourceType type, absl::string_view name);

// ABORTED, ALREADY_SUPERSEDED: something else superseded the record `name` before. Read the
// subject's records, then correct the one that stands.
absl::Status AlreadySuperseded(ResourceType type, absl::string_view name);

// UNAVAILABLE, REVISION_UNAVAILABLE: `at_least` was not reached in time. With RetryInfo.
absl::Status RevisionUnavailable(absl::string_view waited_for, absl::Duration retry_after);

// UNAVAILABLE, NOT_READY: `what` ("the book") is still being loaded. With RetryInfo.
absl::Status NotReady(absl::string_view what, absl::Duration retry_after);

// FAILED_PRECONDITION, TOKEN_OF_ANOTHER_EPOCH: the token in `field` was made by another deployment,
// or before this one was restored. Start again without a token (a feed: with a snapshot).
absl::Status ForeignToken(absl::string_view field);

// INVALID_ARGUMENT, TOKEN_MALFORMED: the token in `field` was not made by this service.
absl::Status MalformedToken(absl::string_view field);

// INVALID_ARGUMENT, PAGE_TOKEN_MISMATCH: the page token belongs to a request with other arguments;
// `changed_field` names one that differs where it is known, else is empty.
absl::Status PageTokenMismatch(absl::string_view changed_field);

// DEADLINE_EXCEEDED, DEADLINE_TOO_SHORT: less time is left than the call needs at the least.
absl::Status DeadlineTooShort(absl::Duration left, absl::Duration needed);

// DEADLINE_EXCEEDED, DEADLINE_EXCEEDED: the time of the call was over before its answer.
absl::Status DeadlineExceeded();

// CANCELLED, CALL_CANCELLED: the caller went away.
absl::Status Cancelled();

// RESOURCE_EXHAUSTED, OVERLOADED: the queue of `what` is full; nothing was done. With RetryInfo.
absl::Status Overloaded(absl::string_view what, absl::Duration retry_after);

// UNAVAILABLE, SERVER_DRAINING: this server is leaving; another replica may answer. With RetryInfo.
absl::Status Draining();

// UNAVAILABLE, DEPENDENCY_UNAVAILABLE: `dependency` ("redis", "evidence") does not answer. With
// RetryInfo of a second.
absl::Status DependencyUnavailable(absl::string_view dependency,
                                   absl::string_view private_detail = "");

// UNIMPLEMENTED, METHOD_UNIMPLEMENTED: `method` ("RatingService.GetRatingHistory") is in the
// contract and not built yet.
absl::Status Unimplemented(absl::string_view method);

// DATA_LOSS, DATA_CORRUPT: `what` ("ledger partition 17") fails its own checks. Needs a person.
absl::Status Corrupt(absl::string_view what, absl::string_view private_detail = "");

// RESOURCE_EXHAUSTED, DISK_FULL: `what` ("evidence store") has no room; nothing was written.
absl::Status DiskFull(absl::string_view what, absl::string_view private_detail = "");

// INTERNAL, INTERNAL: a fault of ours in `where` ("evidence store"). The caller is told no more
// than that; `private_detail` (the driver's text) goes to the log.
absl::Status Internal(absl::string_view where, absl::string_view private_detail = "");

// ---- Reading an error
// ----------------------------------------------------------------------------

// The catalogue reason; empty where the status has no ErrorInfo of ours.
std::string Reason(const absl::Status& status);

// The ErrorInfo's metadata; empty where there is none.
std::map<std::string, std::string> Metadata(const absl::Status& status);

// How long to wait before trying again; absent where the error does not say so.
absl::optional<absl::Duration> RetryDelay(const absl::Status& status);

// The BadRequest's violations, in the order in which they were added.
std::vector<Violation> FieldViolations(const absl::Status& status);

// ---- The private detail
// --------------------------------------------------------------------------

// `status` with `text` kept for the log. Conversion to gRPC or to google.rpc.Status drops it.
absl::Status WithPrivateDetail(absl::Status status, absl::string_view text);

// The text kept for the log; empty where there is none.
std::string PrivateDetail(const absl::Status& status);

}  // namespace assay::errors
