#pragma once

// Whether the service at the other end of a channel is there, by the connection alone: no call is
// made. For the probes of a DependencyMonitor.
//
// Thread safety: as the channel's, any thread. Ownership: borrows the channel. Cost: reads the
// channel's state; where it has no connection it is made to connect, and up to 250 ms are waited.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/channel.h"

namespace assay::server {

// OK while the channel is connected, which with TLS means that each side accepts the other. Else
// UNAVAILABLE (DEPENDENCY_UNAVAILABLE) naming `dependency`. A connection that ended by itself, as
// one does that was not used for half an hour, is made anew before the answer.
absl::Status ConnectionHealth(grpc::Channel& channel, absl::string_view dependency);

}  // namespace assay::server
