#pragma once

// What one connection to a server may do. docs/operations.md tells callers ("Limits of a
// connection").
//
// Thread safety: a plain value. Ownership: none.

#include "absl/time/time.h"
#include "grpcpp/server_builder.h"

namespace assay::server {

struct ConnectionLimits {
  // Calls at once; more wait in the client. --max-concurrent-streams. At least 1.
  int concurrent_streams = 1000;
  // A connection without traffic for so long is tested by a ping; default 60 s.
  absl::Duration keepalive = absl::Seconds(60);
  // It is closed where the ping is not answered within this time; default 20 s.
  absl::Duration keepalive_timeout = absl::Seconds(20);
  // Clients may ping this often, also without calls: watchers behind load balancers do. Who does it
  // more often, and goes on, is sent away with ENHANCE_YOUR_CALM. Default 10 s; 0: no limit.
  absl::Duration least_client_ping = absl::Seconds(10);
};

void AddConnectionLimits(const ConnectionLimits& limits, grpc::ServerBuilder* builder);

}  // namespace assay::server
