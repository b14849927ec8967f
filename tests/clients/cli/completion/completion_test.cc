#include "clients/cli/completion/completion.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "CLI/CLI.hpp"

namespace assay::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A small tree with everything that a real one has.
class CompletionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    app_ = std::make_unique<CLI::App>("A tool.", "tool");
    CLI::App* rate = app_->add_subcommand("rate", "Rates a file. With details: 'quoted'.");
    rate->add_option("-i,--in", text_, "The file")->type_name("FILE");
    rate->add_option("--where", text_, "A row")->type_name("COLUMN=VALUE");
    rate->add_flag("--json", flag_, "For programs");
    CLI::App* rating = app_->add_subcommand("rating", "Ratings.");
    CLI::App* get = rating->add_subcommand("get", "One rating.");
    get->add_option("location", text_, "Which")->type_name("LOCATION");
    get->add_option("--view", text_, "How much")->type_name("basic|full");
    CLI::App* shell = app_->add_subcommand("completion", "Scripts.");
    shell->add_option("shell", text_, "Which")->type_name("bash|zsh|fish");
  }

  // What bash offers for the last of the words, by the script itself.
  std::vector<std::string> Offers(const std::string& words) {
    const std::string script = absl::StrCat(::testing::TempDir(), "/completion.bash");
    std::ofstream(script) << BashCompletion("tool", CommandTree(*app_)) << "COMP_WORDS=(" << words
                          << ")\n"
                          << "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_tool\n"
                          << "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    FILE* pipe = popen(absl::StrCat("bash --norc ", script).c_str(), "r");
    std::string out;
    for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) out.push_back(static_cast<char>(c));
    EXPECT_EQ(pclose(pipe), 0);
    return absl::StrSplit(out, '\n', absl::SkipEmpty());
  }

  std::unique_ptr<CLI::App> app_;
  std::string text_;
  bool flag_ = false;
};

TEST_F(CompletionTest, ReadsTheTreeOfCommands) {
  const std::vector<CommandNode> tree = CommandTree(*app_);
  std::vector<std::string> paths;
  for (const CommandNode& node : tree) paths.push_back(node.path);
  EXPECT_THAT(paths, ElementsAre("", " rate", " rating", " rating get", " completion"));
  EXPECT_THAT(tree[0].children, ElementsAre("rate", "rating", "completion"));
  EXPECT_EQ(tree[1].description, "Rates a file");
  EXPECT_EQ(tree[4].arguments, ValueKind::kChoices);
}

TEST_F(CompletionTest, CompletesInBash) {
  EXPECT_THAT(Offers("tool ra"), ElementsAre("rate", "rating"));
  EXPECT_THAT(Offers("tool rating ''"), UnorderedElementsAre("get", "-h", "--help"));
  EXPECT_THAT(Offers("tool rating get --v"), ElementsAre("--view"));
  EXPECT_THAT(Offers("tool rating get --view ''"), ElementsAre("basic", "full"));
  EXPECT_THAT(Offers("tool rating get 1-102 --view f"), ElementsAre("full"));
  EXPECT_THAT(Offers("tool completion z"), ElementsAre("zsh"));
  EXPECT_THAT(Offers("tool rate --where ''"), IsEmpty());
  EXPECT_THAT(Offers("tool rate --j"), ElementsAre("--json"));
}

TEST_F(CompletionTest, CompletesFilesInBash) {
  const std::string file = absl::StrCat(::testing::TempDir(), "/completion-input.csv");
  std::ofstream(file) << "x";
  const std::string start = file.substr(0, file.size() - 4);
  EXPECT_THAT(Offers(absl::StrCat("tool rate --in ", start)), ElementsAre(file));
  EXPECT_THAT(Offers(absl::StrCat("tool rate -i ", start)), ElementsAre(file));
}

TEST_F(CompletionTest, WritesScriptsForZshAndFish) {
  const std::vector<CommandNode> tree = CommandTree(*app_);
  const std::string zsh = ZshCompletion("tool", tree);
  EXPECT_THAT(zsh, ::testing::StartsWith("#compdef tool\n"));
  EXPECT_THAT(zsh, HasSubstr("' rating get --view') compadd -- basic full; return ;;"));
  EXPECT_THAT(zsh, HasSubstr("'rate:Rates a file' "));
  EXPECT_THAT(zsh, HasSubstr("' rate -i'|' rate --in') _files; return ;;"));
  const std::string fish = FishCompletion("tool", tree);
  EXPECT_THAT(fish, HasSubstr("complete -c tool -n \"__tool_at ''\" -a 'rate' -d 'Rates a file'"));
  EXPECT_THAT(fish, HasSubstr("-s i -l in -r -F -d 'The file'"));
  EXPECT_THAT(fish, HasSubstr("-l view -x -a 'basic full'"));
}

}  // namespace
}  // namespace assay::cli
