#pragma once

// Where a Redis server listens. Thread safety: values.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace assay::scoring::redis {

struct Endpoint {
  // Path of a unix socket; empty where the server is reached by TCP.
  std::string path;
  // A numeric address or a name that the resolver knows. A name is resolved anew with each
  // connection, on the cache's own thread: prefer addresses where the resolver can be slow.
  std::string host;
  std::uint16_t port = 0;

  // `unix:/path` or `host:port`, an IPv6 address in brackets, as it is parsed.
  std::string ToString() const;

  // Whether nothing leaves this machine: a unix socket, 127.0.0.0/8, ::1 or `localhost`.
  bool IsLocal() const;
};

// Reads `unix:/path` (absolute, at most 107 bytes), `host:port` or `[v6]:port`. INVALID_ARGUMENT
// says what came and what was wanted; `option` is the name under which it came.
absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view option, absl::string_view text);

}  // namespace assay::scoring::redis
