#include "services/common/server/logging.h"

#include <cmath>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "spdlog/formatter.h"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/sinks/stdout_sinks.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/text.h"

namespace assay::server {
namespace {

constexpr size_t kMaxTextBytes = 8192;

// Marks a payload that is JSON members already, as LogEvent makes them. A plain message cannot
// begin with it by accident: it is a control character.
constexpr char kMembersMark = '\x1e';

class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    absl::string_view payload(line.payload.data(), line.payload.size());
    std::string members;
    if (!payload.empty() && payload[0] == kMembersMark) {
      payload.remove_prefix(1);
      members = std::string(payload);
    } else {
      members = absl::StrCat("\"message\":", JsonQuote(payload));
    }
    const std::string text = absl::StrCat(
        "{\"time\":\"",
        absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(line.time), absl::UTCTimeZone()),
        "\",\"level\":\"", LevelName(line.level), "\",\"logger\":",
        JsonQuote(absl::string_view(line.logger_name.data(), line.logger_name.size())), ",",
        members, "}\n");
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }

 private:
  static absl::string_view LevelName(spdlog::level::level_enum level) {
    const spdlog::string_view_t name = spdlog::level::to_string_view(level);
    return absl::string_view(name.data(), name.size());
  }
};

template <class Fields>
std::string Join(const Fields& fields) {
  std::string joined;
  for (const LogField& field : fields) {
    absl::StrAppend(&joined, joined.empty() ? "" : ",", field.json());
  }
  return joined;
}

void WriteEvent(spdlog::logger& logger, spdlog::level::level_enum level, absl::string_view message,
                const std::string& fields) {
  const std::string payload =
      absl::StrCat(absl::string_view(&kMembersMark, 1), "\"message\":", JsonQuote(message),
                   fields.empty() ? "" : ",", fields);
  logger.log(level, spdlog::string_view_t(payload.data(), payload.size()));
}

std::shared_ptr<spdlog::logger> MakeLogger(absl::string_view name, spdlog::level::level_enum level,
                                           std::shared_ptr<spdlog::sinks::sink> sink) {
  auto logger = std::make_shared<spdlog::logger>(std::string(name), std::move(sink));
  logger->set_formatter(std::make_unique<JsonFormatter>());
  logger->set_level(level);
  return logger;
}

}  // namespace

LogField::LogField(absl::string_view key, absl::string_view value)
    : json_(absl::StrCat(JsonQuote(key), ":", JsonQuote(value))) {}
LogField::LogField(absl::string_view key, bool value)
    : json_(absl::StrCat(JsonQuote(key), ":", value ? "true" : "false")) {}
LogField::LogField(absl::string_view key, double value) : json_(absl::StrCat(JsonQuote(key), ":")) {
  // JSON has no NaN and no infinity.
  absl::StrAppend(&json_, std::isfinite(value) ? absl::StrCat(value) : "null");
}
LogField::LogField(absl::string_view key, int64_t value)
    : json_(absl::StrCat(JsonQuote(key), ":", value)) {}
LogField::LogField(absl::string_view key, uint64_t value)
    : json_(absl::StrCat(JsonQuote(key), ":", value)) {}

std::string JsonQuote(absl::string_view text) {
  const std::string safe = errors::SafeText(text, kMaxTextBytes);
  std::string quoted = "\"";
  quoted.reserve(safe.size() + 2);
  for (const char c : safe) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

std::string JsonObject(std::initializer_list<LogField> fields) {
  return absl::StrCat("{", Join(fields), "}");
}

void LogEvent(spdlog::logger& logger, spdlog::level::level_enum level, absl::string_view message,
              std::initializer_list<LogField> fields) {
  if (logger.should_log(level)) WriteEvent(logger, level, message, Join(fields));
}

void LogEvent(spdlog::logger& logger, spdlog::level::level_enum level, absl::string_view message,
              const std::vector<LogField>& fields) {
  if (logger.should_log(level)) WriteEvent(logger, level, message, Join(fields));
}

absl::StatusOr<spdlog::level::level_enum> ParseLogLevel(absl::string_view name) {
  const std::pair<absl::string_view, spdlog::level::level_enum> levels[] = {
      {"trace", spdlog::level::trace}, {"debug", spdlog::level::debug},
      {"info", spdlog::level::info},   {"warn", spdlog::level::warn},
      {"error", spdlog::level::err},   {"off", spdlog::level::off},
  };
  for (const auto& [known, level] : levels) {
    if (name == known) return level;
  }
  return errors::InvalidArgument("log level", name, "trace, debug, info, warn, error or off");
}

std::shared_ptr<spdlog::logger> MakeJsonLogger(absl::string_view name,
                                               spdlog::level::level_enum level) {
  return MakeLogger(name, level, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

std::shared_ptr<spdlog::logger> MakeJsonLogger(absl::string_view name,
                                               spdlog::level::level_enum level, std::ostream& out) {
  return MakeLogger(name, level, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
}

}  // namespace assay::server
