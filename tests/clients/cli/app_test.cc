#include "clients/cli/app.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "CLI/CLI.hpp"
#include "clients/cli/completion/completion.h"
#include "clients/cli/session.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

// Every command that does something, as typed: `assay rating get`.
std::vector<std::string> Commands() {
  Session session;
  const std::unique_ptr<CLI::App> app = MakeApp(&session);
  std::vector<std::string> commands;
  for (const CommandNode& node : CommandTree(*app)) {
    if (node.children.empty()) commands.push_back(absl::StrCat("assay", node.path));
  }
  return commands;
}

TEST(App, HelpsWithEveryCommandByExample) {
  const std::vector<std::string> commands = Commands();
  ASSERT_THAT(commands, IsSupersetOf({"assay rate", "assay rating get", "assay evidence fetch"}));
  for (const std::string& command : commands) {
    std::vector<std::string> words = absl::StrSplit(command, ' ');
    words.emplace_back("--help");
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream err;
    Console console;
    console.out = &out;
    console.err = &err;
    EXPECT_EQ(RunAssay(static_cast<int>(arguments.size()), arguments.data(), console), 0)
        << command;
    EXPECT_EQ(err.str(), "") << command;
    const std::string help = out.str();
    const std::size_t examples = help.find("Examples:\n");
    ASSERT_NE(examples, std::string::npos) << command << " has none";
    EXPECT_THAT(help.substr(examples), HasSubstr(absl::StrCat("  ", command, " ")));
    for (const absl::string_view line : absl::StrSplit(help, '\n')) {
      EXPECT_LE(line.size(), 240u) << command << ": " << line;
    }
  }
}

}  // namespace
}  // namespace assay::cli
