#include "clients/cli/output/table.h"

#include "gtest/gtest.h"

namespace assay::cli {
namespace {

TEST(Table, AlignsColumnsAndLeavesBlankOnesOut) {
  Table table({{"name"}, {"%", Table::Align::kRight}, {"limited by"}, {"note"}});
  table.AddRow({"Safe", "100", "", "carried forward"});
  table.AddRow({"Well-led", "5", "", ""});
  EXPECT_EQ(table.Render(Style(false)),
            "name        %  note\n"
            "Safe      100  carried forward\n"
            "Well-led    5\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({{"name"}, {"x"}});
  table.AddRow({"caf\u00e9", "1"});
  table.AddRow({"cafes", "2"});
  EXPECT_EQ(table.Render(Style(false), 2), "  name   x\n  caf\u00e9   1\n  cafes  2\n");
}

TEST(Table, TakesTheSameRoomWithColours) {
  Table table({{"rating"}, {"since"}});
  table.AddRow({Cell("Good", Tone::kGood), "2024-12-02"});
  EXPECT_EQ(table.Render(Style(true)),
            "\x1b[1mrating\x1b[0m  \x1b[1msince\x1b[0m\n\x1b[32mGood\x1b[0m    2024-12-02\n");
}

TEST(Table, ShowsNoControlCharacters) {
  Table table({{"name"}});
  table.AddRow({"a\x1b[2Jb\n"});
  EXPECT_EQ(table.Render(Style(false)), "name\na\\x1b[2Jb\\x0a\n");
}

}  // namespace
}  // namespace assay::cli
