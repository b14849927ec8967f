#include "services/common/config/options.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

#include "CLI/CLI.hpp"
#include "services/common/errors/errors.h"

namespace assay::config {
namespace {

constexpr size_t kMaxTextBytes = 4096;

struct Unit {
  absl::string_view name;
  int64_t bytes;
};
constexpr Unit kUnits[] = {{"GiB", int64_t{1} << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};

bool ParseBytes(absl::string_view text, int64_t* bytes) {
  int64_t factor = 1;
  for (const Unit& unit : kUnits) {
    if (!absl::EndsWith(text, unit.name)) continue;
    text.remove_suffix(unit.name.size());
    factor = unit.bytes;
    break;
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0) return false;
  return !__builtin_mul_overflow(number, factor, bytes);
}

std::string ShowBytes(int64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return absl::StrCat(bytes / unit.bytes, unit.name);
    }
  }
  return absl::StrCat(bytes, "B");
}

// The arguments as CLI11 takes them, last first. It refuses `--flag=`; as two arguments it takes
// the empty value.
std::vector<std::string> Arguments(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    const bool empty_value =
        absl::StartsWith(argument, "--") && argument.find('=') == argument.size() - 1;
    arguments.emplace_back(empty_value ? argument.substr(0, argument.size() - 1) : argument);
    if (empty_value) arguments.emplace_back();
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

}  // namespace

Options::Options(const std::string& program, const std::string& purpose,
                 const std::string& env_prefix)
    : program_(program),
      env_prefix_(env_prefix),
      app_(std::make_unique<CLI::App>(purpose, program)) {
  app_->allow_extras();
  app_->set_version_flag("--version", absl::StrCat(program, " ", ASSAY_VERSION));
  app_->footer("Every option can also be set by the variable shown with it; a flag wins.");
}

Options::~Options() = default;

std::string Options::Variable(const std::string& flag) const {
  const std::string name = absl::StrReplaceAll(absl::StripPrefix(flag, "--"), {{"-", "_"}});
  return absl::StrCat(env_prefix_, "_", absl::AsciiStrToUpper(name));
}

Options::Option& Options::Add(const std::string& flag, const std::string& shown_default,
                              const std::string& help) {
  options_.emplace_back();
  Option& option = options_.back();
  option.flag = flag;
  option.variable = Variable(flag);
  option.option = app_->add_option(flag, option.text, help)
                      ->envname(option.variable)
                      ->default_str(shown_default)
                      ->type_name("VALUE");
  return option;
}

void Options::Text(const std::string& flag, std::string* value, const std::string& help) {
  Option& option = Add(flag, *value, help);
  option.want = absl::StrCat("at most ", kMaxTextBytes, " bytes");
  auto pending = std::make_shared<std::string>(*value);
  option.read = [pending](absl::string_view text) {
    *pending = std::string(text);
    return text.size() <= kMaxTextBytes;
  };
  option.commit = [value, pending] { *value = *pending; };
}

void Options::Number(const std::string& flag, int64_t* value, int64_t least, int64_t most,
                     const std::string& help) {
  Option& option = Add(flag, absl::StrCat(*value), help);
  option.want = absl::StrCat("a whole number from ", least, " to ", most);
  auto pending = std::make_shared<int64_t>(*value);
  option.read = [pending, least, most](absl::string_view text) {
    return absl::SimpleAtoi(text, pending.get()) && *pending >= least && *pending <= most;
  };
  option.commit = [value, pending] { *value = *pending; };
}

void Options::Bytes(const std::string& flag, int64_t* value, int64_t least, int64_t most,
                    const std::string& help) {
  Option& option = Add(flag, ShowBytes(*value), help);
  option.want =
      absl::StrCat("a size from ", ShowBytes(least), " to ", ShowBytes(most), ", such as 16MiB");
  auto pending = std::make_shared<int64_t>(*value);
  option.read = [pending, least, most](absl::string_view text) {
    return ParseBytes(text, pending.get()) && *pending >= least && *pending <= most;
  };
  option.commit = [value, pending] { *value = *pending; };
}

void Options::Duration(const std::string& flag, absl::Duration* value, absl::Duration least,
                       absl::Duration most, const std::string& help) {
  Option& option = Add(flag, absl::FormatDuration(*value), help);
  option.want = absl::StrCat("a duration from ", absl::FormatDuration(least), " to ",
                             absl::FormatDuration(most), ", such as 30s");
  auto pending = std::make_shared<absl::Duration>(*value);
  option.read = [pending, least, most](absl::string_view text) {
    return absl::ParseDuration(text, pending.get()) && *pending >= least && *pending <= most;
  };
  option.commit = [value, pending] { *value = *pending; };
}

void Options::Choice(const std::string& flag, std::string* value,
                     const std::vector<std::string>& choices, const std::string& help) {
  Option& option = Add(flag, *value, absl::StrCat(help, " (", absl::StrJoin(choices, ", "), ")"));
  option.want = absl::StrCat("one of ", absl::StrJoin(choices, ", "));
  auto pending = std::make_shared<std::string>(*value);
  option.read = [pending, choices](absl::string_view text) {
    *pending = std::string(text);
    return std::find(choices.begin(), choices.end(), *pending) != choices.end();
  };
  option.commit = [value, pending] { *value = *pending; };
}

void Options::Switch(const std::string& flag, bool* value, const std::string& help) {
  Option& option = Add(flag, *value ? "true" : "false", help);
  option.want = "true or false";
  // `--flag` alone means true; `--flag=false` turns it off.
  option.option->expected(0, 1)->default_str("true");
  auto pending = std::make_shared<bool>(*value);
  option.read = [pending](absl::string_view text) {
    *pending = text == "true" || text == "1" || text.empty();
    return *pending || text == "false" || text == "0";
  };
  option.commit = [value, pending] { *value = *pending; };
}

void Options::Check(std::function<void(errors::Violations*)> check) {
  checks_.push_back(std::move(check));
}

void Options::ReadAll(errors::Violations* bad) {
  for (const Option& option : options_) {
    if (option.option->count() == 0) continue;
    if (option.read(option.text)) continue;
    bad->Add(absl::StrCat(option.flag, " (or ", option.variable, ")"), option.text, option.want);
  }
  for (const std::string& extra : app_->remaining()) {
    bad->Add("command line", extra, "an option that --help lists");
  }
}

absl::Status Options::Parse(int argc, const char* const* argv) {
  errors::Violations bad;
  try {
    app_->parse(Arguments(argc, argv));
  } catch (const CLI::CallForVersion& asked) {
    shown_ = absl::StrCat(asked.what(), "\n");
    return absl::CancelledError("version shown");
  } catch (const CLI::Success&) {
    shown_ = app_->help();
    return absl::CancelledError("help shown");
  } catch (const CLI::ParseError& problem) {
    bad.AddText("command line", problem.what());
  }
  ReadAll(&bad);
  if (!bad.empty()) return bad.ToStatus();
  for (const Option& option : options_) {
    if (option.option->count() > 0) option.commit();
  }
  for (const auto& check : checks_) check(&bad);
  return bad.ToStatus();
}

std::string Options::Explanation(const absl::Status& parsed) const {
  if (parsed.ok()) return "";
  if (absl::IsCancelled(parsed)) return shown_;
  std::string text;
  const std::vector<errors::Violation> violations = errors::FieldViolations(parsed);
  for (const errors::Violation& violation : violations) {
    absl::StrAppend(&text, program_, ": ", violation.field, ": ", violation.description, "\n");
  }
  if (violations.empty()) {
    absl::StrAppend(&text, program_, ": ", std::string(parsed.message()), "\n");
  }
  absl::StrAppend(&text, "Try ", program_, " --help\n");
  return text;
}

int Options::Explain(const absl::Status& parsed) const {
  const bool fine = parsed.ok() || absl::IsCancelled(parsed);
  (fine ? std::cout : std::cerr) << Explanation(parsed) << std::flush;
  return fine ? 0 : 2;
}

}  // namespace assay::config
