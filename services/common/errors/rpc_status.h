#pragma once

// absl::Status to google.rpc.Status and back: for batch answers, whose entries carry a status each,
// and for grpc-status-details-bin. Public details travel; the private detail does not.
//
// Thread safety: pure functions. Cost: copies code, message and details.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"

namespace assay::errors {

// Every google.rpc detail has this in front of its message name. Payloads under other type URLs are
// not public, and never leave the process.
inline constexpr absl::string_view kPublicDetailPrefix = "type.googleapis.com/google.rpc.";

// The wire form of `status`. OK becomes code 0 without details.
google::rpc::Status ToRpcStatus(const absl::Status& status);

// The status that `wire` stands for. A code that absl does not know becomes UNKNOWN; of two details
// of one type the first is kept; details that are not google.rpc's are dropped.
absl::Status FromRpcStatus(const google::rpc::Status& wire);

}  // namespace assay::errors
