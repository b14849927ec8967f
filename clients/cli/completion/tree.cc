#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include "CLI/CLI.hpp"
#include "clients/cli/completion/completion.h"

namespace assay::cli {
namespace {

// The first sentence without what a shell's quotes would stumble over.
std::string FirstSentence(const std::string& text) {
  std::string sentence = text.substr(0, text.find('\n'));
  const std::size_t end = sentence.find(". ");
  if (end != std::string::npos) sentence.resize(end);
  while (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
  return absl::StrReplaceAll(sentence, {{"'", ""}, {"\"", ""}, {"`", ""}, {"\\", ""}, {"$", ""}});
}

void ReadType(const std::string& type, ValueKind* kind, std::vector<std::string>* choices) {
  if (type == "FILE" || type == "DIR") {
    *kind = ValueKind::kFile;
  } else if (type.find('|') != std::string::npos) {
    *kind = ValueKind::kChoices;
    *choices = absl::StrSplit(type, '|');
  } else {
    *kind = ValueKind::kAny;
  }
}

void AddOption(const CLI::Option& option, CommandNode* node) {
  if (option.get_positional()) {
    if (node->arguments == ValueKind::kNone) {
      ReadType(option.get_type_name(), &node->arguments, &node->choices);
    }
    return;
  }
  OptionNode out;
  for (const std::string& name : option.get_snames()) out.names.push_back(absl::StrCat("-", name));
  for (const std::string& name : option.get_lnames()) out.names.push_back(absl::StrCat("--", name));
  out.description = FirstSentence(option.get_description());
  if (option.get_items_expected_max() > 0) {
    ReadType(option.get_type_name(), &out.kind, &out.choices);
  }
  node->options.push_back(std::move(out));
}

void AddCommand(const CLI::App& app, const std::string& path, std::vector<CommandNode>* tree) {
  CommandNode node;
  node.path = path;
  node.name = app.get_name();
  node.description = FirstSentence(app.get_description());
  for (const CLI::Option* option : app.get_options()) AddOption(*option, &node);
  const std::vector<const CLI::App*> children =
      app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* child : children) node.children.push_back(child->get_name());
  tree->push_back(std::move(node));
  for (const CLI::App* child : children) {
    AddCommand(*child, absl::StrCat(path, " ", child->get_name()), tree);
  }
}

}  // namespace

std::vector<CommandNode> CommandTree(const CLI::App& app) {
  std::vector<CommandNode> tree;
  AddCommand(app, "", &tree);
  return tree;
}

}  // namespace assay::cli
