#pragma once

// Sends gRPC's own messages into JSON lines. They are shown at debug level and below: a failed
// handshake or a port in use is told in our own words where it matters.
//
// Thread safety: from any thread; process-wide, as gRPC's log is. Cost: nothing at info and above.

#include "spdlog/common.h"

namespace assay::server {

void RouteGrpcLog(spdlog::level::level_enum level);

}  // namespace assay::server
