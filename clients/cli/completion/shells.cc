#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

#include "clients/cli/completion/completion.h"

namespace assay::cli {
namespace {

// `assay` as part of a shell function's name.
std::string Identifier(absl::string_view program) {
  std::string out(program);
  for (char& c : out) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return out;
}

// Every command's path but the program's own, quoted and joined: what moves one word deeper.
std::string Paths(const std::vector<CommandNode>& tree, absl::string_view joint) {
  std::vector<std::string> paths;
  for (const CommandNode& node : tree) {
    if (!node.path.empty()) paths.push_back(absl::StrCat("'", node.path, "'"));
  }
  return absl::StrJoin(paths, joint);
}

// What can be typed at a command: its children, its argument's choices, its options.
std::vector<std::string> Words(const CommandNode& node) {
  std::vector<std::string> words = node.children;
  words.insert(words.end(), node.choices.begin(), node.choices.end());
  for (const OptionNode& option : node.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return words;
}

// The cases after an option that takes a value; `files` and `choices` make a shell's own answer.
template <class Files, class Choices>
std::string ValueCases(const std::vector<CommandNode>& tree, Files files, Choices choices) {
  std::string out;
  for (const CommandNode& node : tree) {
    for (const OptionNode& option : node.options) {
      if (option.kind == ValueKind::kNone) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) {
        patterns.push_back(absl::StrCat("'", node.path, " ", name, "'"));
      }
      absl::StrAppend(&out, "    ", absl::StrJoin(patterns, "|"), ") ");
      if (option.kind == ValueKind::kFile) absl::StrAppend(&out, files(), "; ");
      if (option.kind == ValueKind::kChoices) absl::StrAppend(&out, choices(option), "; ");
      absl::StrAppend(&out, "return ;;\n");
    }
  }
  return out;
}

std::string ZshEntry(absl::string_view word, absl::string_view description) {
  return absl::StrCat("'", absl::StrReplaceAll(word, {{":", "\\:"}}), ":",
                      absl::StrReplaceAll(description, {{":", "\\:"}}), "' ");
}

std::string ZshChoices(const CommandNode& node, const std::vector<CommandNode>& tree) {
  std::string out;
  for (const std::string& child : node.children) {
    const std::string path = absl::StrCat(node.path, " ", child);
    for (const CommandNode& other : tree) {
      if (other.path == path) absl::StrAppend(&out, ZshEntry(child, other.description));
    }
  }
  for (const std::string& choice : node.choices) absl::StrAppend(&out, ZshEntry(choice, choice));
  for (const OptionNode& option : node.options) {
    for (const std::string& name : option.names) {
      absl::StrAppend(&out, ZshEntry(name, option.description));
    }
  }
  return out;
}

std::string FishOption(absl::string_view program, const CommandNode& node,
                       const OptionNode& option) {
  std::string out = absl::StrCat("complete -c ", program, " -n \"__", Identifier(program), "_at '",
                                 node.path, "'\"");
  for (const std::string& name : option.names) {
    const bool is_long = name.size() > 2;
    absl::StrAppend(&out, is_long ? " -l " : " -s ", name.substr(is_long ? 2 : 1));
  }
  if (option.kind == ValueKind::kFile) absl::StrAppend(&out, " -r -F");
  if (option.kind == ValueKind::kAny) absl::StrAppend(&out, " -x");
  if (option.kind == ValueKind::kChoices) {
    absl::StrAppend(&out, " -x -a '", absl::StrJoin(option.choices, " "), "'");
  }
  return absl::StrCat(out, " -d '", option.description, "'\n");
}

}  // namespace

std::string BashCompletion(absl::string_view program, const std::vector<CommandNode>& tree) {
  std::string out = absl::StrCat("# bash completion for ", program, ": source it, or copy it to\n",
                                 "# /etc/bash_completion.d/", program, "\n_", Identifier(program),
                                 "() {\n", R"(  local current="${COMP_WORDS[COMP_CWORD]}" place="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place ${COMP_WORDS[i]}" in
      )",
                                 Paths(tree, "|"), R"() place="$place ${COMP_WORDS[i]}" ;;
    esac
  done
  case "$place ${COMP_WORDS[COMP_CWORD - 1]}" in
)");
  absl::StrAppend(
      &out,
      ValueCases(
          tree,
          [] {
            return R"(compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"))";
          },
          [](const OptionNode& option) {
            return absl::StrCat("mapfile -t COMPREPLY < <(compgen -W '",
                                absl::StrJoin(option.choices, " "), "' -- \"$current\")");
          }),
      "  esac\n  case \"$place\" in\n");
  for (const CommandNode& node : tree) {
    absl::StrAppend(&out, "    '", node.path, "') mapfile -t COMPREPLY < <(compgen -W '",
                    absl::StrJoin(Words(node), " "), "' -- \"$current\") ;;\n");
  }
  absl::StrAppend(&out, "  esac\n}\ncomplete -F _", Identifier(program), " ", program, "\n");
  return out;
}

std::string ZshCompletion(absl::string_view program, const std::vector<CommandNode>& tree) {
  const std::string function = absl::StrCat("_", Identifier(program));
  std::string out = absl::StrCat("#compdef ", program, "\n", function, R"(() {
  local place="" i
  local -a choices
  for ((i = 2; i < CURRENT; i++)); do
    case "$place ${words[i]}" in
      )",
                                 Paths(tree, "|"), R"() place="$place ${words[i]}" ;;
    esac
  done
  case "$place ${words[CURRENT - 1]}" in
)");
  absl::StrAppend(&out,
                  ValueCases(
                      tree, [] { return "_files"; },
                      [](const OptionNode& option) {
                        return absl::StrCat("compadd -- ", absl::StrJoin(option.choices, " "));
                      }),
                  "  esac\n  case \"$place\" in\n");
  for (const CommandNode& node : tree) {
    absl::StrAppend(&out, "    '", node.path, "') choices=(", ZshChoices(node, tree), ") ;;\n");
  }
  absl::StrAppend(&out, "  esac\n  _describe '", program, "' choices\n}\n");
  // Works both as an autoloaded file on fpath and when sourced.
  absl::StrAppend(&out, "if [ \"${funcstack[1]}\" = '", function, "' ]; then ", function,
                  " \"$@\"; else compdef ", function, " ", program, "; fi\n");
  return out;
}

std::string FishCompletion(absl::string_view program, const std::vector<CommandNode>& tree) {
  const std::string at = absl::StrCat("__", Identifier(program), "_at");
  std::string out = absl::StrCat("# fish completion for ", program, "\nfunction ", at, R"(
    set -l place ''
    set -l typed (commandline -opc)
    for word in $typed[2..-1]
        switch "$place $word"
            case )",
                                 Paths(tree, " "), R"(
                set place "$place $word"
        end
    end
    test "$place" = "$argv[1]"
end
complete -c )",
                                 program, " -f\n");
  for (const CommandNode& node : tree) {
    if (!node.path.empty()) {
      const std::string parent = node.path.substr(0, node.path.rfind(' '));
      absl::StrAppend(&out, "complete -c ", program, " -n \"", at, " '", parent, "'\" -a '",
                      node.name, "' -d '", node.description, "'\n");
    }
    if (!node.choices.empty()) {
      absl::StrAppend(&out, "complete -c ", program, " -n \"", at, " '", node.path, "'\" -a '",
                      absl::StrJoin(node.choices, " "), "'\n");
    }
    for (const OptionNode& option : node.options) {
      absl::StrAppend(&out, FishOption(program, node, option));
    }
  }
  return out;
}

}  // namespace assay::cli
