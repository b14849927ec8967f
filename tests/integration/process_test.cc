#include "tests/integration/process.h"

#include <signal.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::integration {
namespace {

using ::testing::HasSubstr;

TEST(ProcessTest, RunKeepsCodeAndBothOutputsApart) {
  const auto ran = RunProgram({"sh", "-c", "echo out; echo err $WORD >&2; exit 7"}, {"WORD=hello"});
  ASSERT_TRUE(ran.ok()) << ran.status();
  EXPECT_EQ(ran->code, 7);
  EXPECT_EQ(ran->out, "out\n");
  EXPECT_EQ(ran->err, "err hello\n");
}

TEST(ProcessTest, MissingProgramEndsWith127) {
  const auto ran = RunProgram({"/nonexistent/program"});
  ASSERT_TRUE(ran.ok()) << ran.status();
  EXPECT_EQ(ran->code, 127);
  EXPECT_THAT(ran->err, HasSubstr("cannot be started"));
}

TEST(ProcessTest, LinesAreReadAsTheyCome) {
  ProcessOptions options;
  options.command = {"sh", "-c", "echo one; echo two; echo three"};
  auto process = Process::Start(options);
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_EQ(*(*process)->ReadLineWith("tw", absl::Seconds(30)), "two");
  EXPECT_TRUE(absl::IsNotFound((*process)->ReadLineWith("four", absl::Seconds(30)).status()));
  EXPECT_THAT((*process)->said(), HasSubstr("three"));
  EXPECT_EQ(*(*process)->Finish(absl::Seconds(30)), 0);
}

TEST(ProcessTest, TimeThatRunsOutIsSaidAndEndsTheProgram) {
  ProcessOptions options;
  options.command = {"sh", "-c", "echo begun; exec sleep 600"};
  auto process = Process::Start(options);
  ASSERT_TRUE(process.ok()) << process.status();
  ASSERT_TRUE((*process)->ReadLineWith("begun", absl::Seconds(30)).ok());
  EXPECT_TRUE(
      absl::IsDeadlineExceeded((*process)->ReadLineWith("more", absl::Milliseconds(1)).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded((*process)->Finish(absl::Milliseconds(1)).status()));
  EXPECT_FALSE((*process)->running());
}

TEST(ProcessTest, SignalThatEndsItIsInTheCode) {
  ProcessOptions options;
  options.command = {"sh", "-c", "echo begun; exec sleep 600"};
  auto process = Process::Start(options);
  ASSERT_TRUE(process.ok()) << process.status();
  ASSERT_TRUE((*process)->ReadLineWith("begun", absl::Seconds(30)).ok());
  (*process)->Signal(SIGTERM);
  EXPECT_EQ(*(*process)->Finish(absl::Seconds(30)), 128 + SIGTERM);
}

TEST(TestFolderTest, FilesAreWrittenReadAndGone) {
  std::string path;
  {
    const TestFolder folder;
    folder.Write("a/b.txt", "text");
    path = folder.File("a/b.txt");
    EXPECT_EQ(ReadFile(path), "text");
  }
  EXPECT_EQ(ReadFile(path), "");
}

}  // namespace
}  // namespace assay::integration
