#pragma once

// Sends the messages of gRPC and Protobuf into JSON lines. They are shown at debug level and below:
// a failed handshake, a port in use or a text that is no UTF-8 is told in our own words where it
// matters.
//
// Thread safety: from any thread; process-wide, as the logs of both are. Cost: nothing at info and
// above.

#include "spdlog/common.h"

namespace assay::server {

void RouteLibraryLogs(spdlog::level::level_enum level);

}  // namespace assay::server
