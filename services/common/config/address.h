#pragma once

// Where a server listens or a client connects: a host and port, or a unix socket.
//
// Thread safety: values and pure functions; no name is looked up. Cost: a few string copies.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace assay::config {

struct Address {
  enum class Kind { kTcp, kUnix };

  Kind kind = Kind::kTcp;
  std::string host;   // kTcp: as written, without the brackets of IPv6
  uint16_t port = 0;  // kTcp: 0 asks for a free one
  std::string path;   // kUnix: absolute, or relative to the working directory

  // "127.0.0.1:7302", "[::1]:7302" or "unix:/run/assay.sock": as gRPC takes it.
  std::string ToString() const;

  // True where plain text stays on this machine: unix sockets, 127.0.0.0/8, ::1 and "localhost".
  bool IsLocal() const;
};

// Reads "host:port", "[v6]:port" or "unix:path". INVALID_ARGUMENT says what was wanted. A socket
// path is at most 107 bytes, as the kernel's own limit.
absl::StatusOr<Address> ParseAddress(absl::string_view text);

}  // namespace assay::config
