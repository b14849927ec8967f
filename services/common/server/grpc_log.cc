#include "services/common/server/grpc_log.h"

#include <memory>

#include <grpc/support/log.h>

#include "services/common/server/logging.h"

namespace assay::server {
namespace {

// gRPC calls a plain function, so the logger is this function's own.
void WriteLine(gpr_log_func_args* line) {
  static const std::shared_ptr<spdlog::logger> logger =
      MakeJsonLogger("grpc", spdlog::level::debug);
  LogEvent(*logger, spdlog::level::debug, line->message,
           {{"file", line->file}, {"line", line->line}});
}

void DropLine(gpr_log_func_args*) {}

}  // namespace

void RouteGrpcLog(spdlog::level::level_enum level) {
  gpr_set_log_function(level <= spdlog::level::debug ? WriteLine : DropLine);
}

}  // namespace assay::server
