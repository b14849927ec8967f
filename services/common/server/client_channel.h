#pragma once

// Makes the gRPC channels of our clients: the command line, and services that call services.
//
// Thread safety: pure; a channel may be used from any thread. Ownership: the caller's. Cost: making
// a channel connects nothing; keep it for as long as calls are made.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"

#include "services/common/config/server_options.h"

namespace assay::server {

struct ChannelOptions {
  // host:port or unix:path.
  std::string address;
  // Authority and, for mTLS, certificate and key. All empty: plain text to a local address, TLS by
  // the system's roots to any other. Plain text never leaves the machine.
  config::TlsFiles tls;
  // The name the server's certificate must carry, where it is not the address's host.
  std::string server_name;
  // Prefix of the user agent: "assay-cli".
  std::string user_agent = "assay";
  // Largest reply in bytes; default 64 MiB.
  int64_t max_receive_bytes = int64_t{64} << 20;
  // Time without traffic after which the connection is tested; default 30 s.
  absl::Duration keepalive = absl::Seconds(30);
  // "package.Service/Method" or "package.Service": reads, retried up to twice when the server is
  // UNAVAILABLE. Anything else is never retried: a mutation is repeated by its caller, who knows
  // its request id.
  std::vector<std::string> retried;
};

// A channel; INVALID_ARGUMENT for a bad address or unreadable files.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ChannelOptions& options);

}  // namespace assay::server
