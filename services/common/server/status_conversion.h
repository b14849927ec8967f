#pragma once

// absl::Status to grpc::Status and back, with google.rpc details in grpc-status-details-bin.
//
// Thread safety: pure functions. Cost: nothing for OK; else a serialised google.rpc.Status.

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace assay::server {

// Code, message and public details. Message and details together are held under what a gRPC client
// takes as trailers by default (8 KiB): where they are more, the largest detail is left out first;
// the catalogue's own errors always fit. The private detail is dropped: log it before.
grpc::Status ToGrpc(const absl::Status& status);

// The status a call to another server ended with. Details are taken where the trailer is a
// google.rpc.Status of the same code; else only code and message.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace assay::server
