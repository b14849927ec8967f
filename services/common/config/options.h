#pragma once

// Options from flags and the environment. A flag wins over its variable, the variable over the
// default. Everything that is wrong is told at once.
//
//   Options options("assay-evidence", "Keeps the record.", "ASSAY_EVIDENCE");
//   std::string path = "evidence.db";
//   options.Text("--store", &path, "File of the embedded store");   // or ASSAY_EVIDENCE_STORE
//   absl::Status parsed = options.Parse(argc, argv);
//   if (!parsed.ok()) return options.Explain(parsed);   // prints; 0 for --help, 2 for bad flags
//
// Thread safety: none; used by main before any thread starts. Ownership: the variables that options
// write to outlive Parse(). The variables hold their defaults before it, which --help shows, and
// keep them where an option is absent.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "services/common/errors/violations.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace assay::config {

class Options {
 public:
  // `env_prefix` without the trailing underscore: the variable of --listen-address under
  // ASSAY_EVIDENCE is ASSAY_EVIDENCE_LISTEN_ADDRESS.
  Options(const std::string& program, const std::string& purpose, const std::string& env_prefix);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  // Adders. `flag` begins with two dashes; `help` says unit and meaning of 0. All values
  // are checked in Parse(), and written only where every one is good.
  void Text(const std::string& flag, std::string* value, const std::string& help);
  // A whole number from `least` to `most`.
  void Number(const std::string& flag, int64_t* value, int64_t least, int64_t most,
              const std::string& help);
  // Bytes: a whole number with an optional unit B, KiB, MiB or GiB.
  void Bytes(const std::string& flag, int64_t* value, int64_t least, int64_t most,
             const std::string& help);
  // "250ms", "30s", "5m", "1h30m".
  void Duration(const std::string& flag, absl::Duration* value, absl::Duration least,
                absl::Duration most, const std::string& help);
  // One of `choices`.
  void Choice(const std::string& flag, std::string* value, const std::vector<std::string>& choices,
              const std::string& help);
  // true where the flag is given, or its variable is 1 or true.
  void Switch(const std::string& flag, bool* value, const std::string& help);

  // Adds a check across options; it runs after all single values are good and notes what is wrong.
  void Check(std::function<void(errors::Violations*)> check);

  // Reads flags and environment. INVALID_ARGUMENT with every violation; CANCELLED where --help or
  // --version was asked for, which is no error: hand either to Explain().
  absl::Status Parse(int argc, const char* const* argv);

  // Prints what Parse() returned - help and version to standard output, problems one a line to
  // standard error - and returns the exit code: 0 or 2.
  int Explain(const absl::Status& parsed) const;

  // What Explain() prints.
  std::string Explanation(const absl::Status& parsed) const;

  const std::string& program() const { return program_; }

 private:
  // Reads one option's text into a pending value; false where it is not what was wanted.
  using Reader = std::function<bool(absl::string_view text)>;
  struct Option {
    std::string flag;
    std::string variable;
    std::string text;
    std::string want;
    Reader read;
    std::function<void()> commit;
    CLI::Option* option = nullptr;
  };

  Option& Add(const std::string& flag, const std::string& shown_default, const std::string& help);
  std::string Variable(const std::string& flag) const;
  void ReadAll(errors::Violations* bad);

  const std::string program_;
  const std::string env_prefix_;
  const std::unique_ptr<CLI::App> app_;
  // A deque: CLI11 keeps pointers to the texts.
  std::deque<Option> options_;
  std::vector<std::function<void(errors::Violations*)>> checks_;
  std::string shown_;  // help or version text
};

}  // namespace assay::config
