#pragma once

// Structured logging: one JSON object a line on standard error, by spdlog. Every line has time
// (UTC, milliseconds), level, logger and message; the rest are the fields given.
//
//   LogEvent(*log, spdlog::level::info, "framework published", {{"version", name}, {"items", 34}});
//
// Plain spdlog calls on the same logger work too and become lines without fields. Whatever a text
// holds, a line is valid JSON in valid UTF-8 and has no line break within.
//
// Thread safety: loggers may be used from any thread. Cost: one line is formatted and written under
// the sink's lock, about 2 us; levels that are off cost a comparison.

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "spdlog/common.h"
#include "spdlog/logger.h"

namespace assay::server {

// A named value of a log line. Numbers and booleans are written as such, text in quotes.
class LogField {
 public:
  LogField(absl::string_view key, absl::string_view value);
  LogField(absl::string_view key, const char* value) : LogField(key, absl::string_view(value)) {}
  LogField(absl::string_view key, const std::string& value)
      : LogField(key, absl::string_view(value)) {}
  LogField(absl::string_view key, bool value);
  LogField(absl::string_view key, double value);
  LogField(absl::string_view key, int value) : LogField(key, static_cast<int64_t>(value)) {}
  LogField(absl::string_view key, int64_t value);
  LogField(absl::string_view key, uint64_t value);

  // `"key":value`, escaped.
  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

// `text` as a JSON string with its quotes; bytes that are not UTF-8 and control characters are
// shown as \xNN text; cut after 8 KiB.
std::string JsonQuote(absl::string_view text);

// One JSON object of these fields, without line break: for the ready line and its like.
std::string JsonObject(std::initializer_list<LogField> fields);

// Writes one event with its fields.
void LogEvent(spdlog::logger& logger, spdlog::level::level_enum level, absl::string_view message,
              std::initializer_list<LogField> fields = {});
void LogEvent(spdlog::logger& logger, spdlog::level::level_enum level, absl::string_view message,
              const std::vector<LogField>& fields);

// "trace", "debug", "info", "warn", "error" or "off"; INVALID_ARGUMENT otherwise.
absl::StatusOr<spdlog::level::level_enum> ParseLogLevel(absl::string_view name);

// A logger that writes JSON lines to standard error, which is unbuffered: a line is out when the
// call returns. Nothing is registered globally.
std::shared_ptr<spdlog::logger> MakeJsonLogger(absl::string_view name,
                                               spdlog::level::level_enum level);

// The same into `out`, which outlives the logger: for tests.
std::shared_ptr<spdlog::logger> MakeJsonLogger(absl::string_view name,
                                               spdlog::level::level_enum level, std::ostream& out);

}  // namespace assay::server
