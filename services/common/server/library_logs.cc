#include "services/common/server/library_logs.h"

#include <memory>

#include <google/protobuf/stubs/logging.h>
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

// Protobuf's complaints are of requests that are answered with an error of ours; and of what was
// meant to be fatal, which ends the process by itself.
void WriteProtobufLine(google::protobuf::LogLevel level, const char* file, int line,
                       const std::string& message) {
  static const std::shared_ptr<spdlog::logger> logger =
      MakeJsonLogger("protobuf", spdlog::level::debug);
  const bool fatal = level == google::protobuf::LOGLEVEL_FATAL;
  LogEvent(*logger, fatal ? spdlog::level::critical : spdlog::level::debug, message,
           {{"file", file}, {"line", line}});
}

void DropProtobufLine(google::protobuf::LogLevel level, const char* file, int line,
                      const std::string& message) {
  if (level == google::protobuf::LOGLEVEL_FATAL) WriteProtobufLine(level, file, line, message);
}

}  // namespace

void RouteLibraryLogs(spdlog::level::level_enum level) {
  const bool shown = level <= spdlog::level::debug;
  gpr_set_log_function(shown ? WriteLine : DropLine);
  google::protobuf::SetLogHandler(shown ? WriteProtobufLine : DropProtobufLine);
}

}  // namespace assay::server
