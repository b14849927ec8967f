// Completion scripts for shells, made from the very tree of commands that parses the arguments, so
// that they cannot fall behind it.
//
// Thread safety: pure functions. Cost: a few kilobytes of text.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

// What may follow an option, or stand as an argument of a command.
enum class ValueKind {
  kNone,     // the option is a switch
  kAny,      // free text: nothing is offered
  kFile,     // a file or folder
  kChoices,  // one of some words
};

// One option of a command.
struct OptionNode {
  std::vector<std::string> names;  // as typed, with their dashes
  std::string description;         // its first sentence, without quotes
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string> choices;
};

// One command, or the program itself.
struct CommandNode {
  std::string path;  // words after the program's name: ` rating get`; empty for the program
  std::string name;
  std::string description;
  std::vector<OptionNode> options;
  ValueKind arguments = ValueKind::kNone;  // of the first positional argument
  std::vector<std::string> choices;
  std::vector<std::string> children;  // names of commands under it, in order
};

// Every command of the tree, parents first. An option's type name says what it takes: FILE or DIR
// is a path, words joined by `|` are choices.
std::vector<CommandNode> CommandTree(const CLI::App& app);

// The scripts. `program` is the name they complete; it is also part of the names of their
// functions.
std::string BashCompletion(absl::string_view program, const std::vector<CommandNode>& tree);
std::string ZshCompletion(absl::string_view program, const std::vector<CommandNode>& tree);
std::string FishCompletion(absl::string_view program, const std::vector<CommandNode>& tree);

}  // namespace assay::cli
