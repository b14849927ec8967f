#pragma once

// Says why an address cannot be listened on, in one line for a person: gRPC itself only says that
// it failed.
//
// Thread safety: pure apart from a socket opened and closed. Cost: a few system calls.

#include "absl/status/status.h"

#include "services/common/config/address.h"

namespace assay::server {

// OK where `address` can be listened on now; ALREADY_EXISTS where something listens there;
// INVALID_ARGUMENT for an address that is not this machine's or may not be used.
absl::Status CheckBind(const config::Address& address);

// Connects to `address` and hangs up at once: wakes a listener that only looks up when somebody
// comes. Whether anybody answered is not told.
void Knock(const config::Address& address);

}  // namespace assay::server
