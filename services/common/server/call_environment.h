#pragma once

// What all methods of one server share. Made once by the runner (or a test) and passed to every
// API.
//
// Thread safety: what it points to is thread-safe; the struct itself is set up before the first
// call and not changed after. Ownership: none; everything outlives the server.

#include <memory>

#include "spdlog/logger.h"

#include "services/common/server/call_context.h"
#include "services/common/server/call_count.h"
#include "services/common/server/drain_registry.h"
#include "services/common/server/metrics.h"
#include "services/common/server/work_pool.h"

namespace assay::server {

// Which calls are logged. Calls that fail for our own fault are always logged as errors.
enum class RequestLog {
  kAll,       // every call, one line
  kProblems,  // those that did not end OK
  kOff,       // none but our own faults
};

struct CallEnvironment {
  Metrics* metrics = nullptr;
  // Where pooled methods run and streams are pulled, unless a method names its own.
  WorkPool* pool = nullptr;
  DrainRegistry* streams = nullptr;
  CallCount* running = nullptr;
  std::shared_ptr<spdlog::logger> log;
  DeadlineLimits deadlines;
  RequestLog request_log = RequestLog::kAll;
};

}  // namespace assay::server
