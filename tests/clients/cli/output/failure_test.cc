#include "clients/cli/output/failure.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"

namespace assay::cli {
namespace {

TEST(ExitCodeOf, TellsNoFromBadInputAndFromUnavailable) {
  const struct {
    absl::Status status;
    ExitCode code;
  } kCases[] = {
      {absl::OkStatus(), ExitCode::kDone},
      {absl::NotFoundError(""), ExitCode::kNo},
      {absl::InvalidArgumentError(""), ExitCode::kBadInput},
      {absl::FailedPreconditionError(""), ExitCode::kBadInput},
      {absl::UnauthenticatedError(""), ExitCode::kBadInput},
      {absl::UnavailableError(""), ExitCode::kUnavailable},
      {absl::DeadlineExceededError(""), ExitCode::kUnavailable},
      {absl::ResourceExhaustedError(""), ExitCode::kUnavailable},
      {absl::UnimplementedError(""), ExitCode::kUnavailable},
      {absl::InternalError(""), ExitCode::kUnavailable},
  };
  for (const auto& each : kCases) EXPECT_EQ(ExitCodeOf(each.status), each.code) << each.status;
}

TEST(FailureBlock, GivesEachViolationItsLine) {
  errors::Violations bad;
  bad.Add("--as-of", "tomorrow", "a day");
  bad.Add("--at-least", "\x1b[31m", "a token");
  EXPECT_EQ(FailureBlock(bad.ToStatus(), "assay --help", Style(false)),
            "assay: 2 things are wrong:\n"
            "  --as-of: got tomorrow, want a day\n"
            "  --at-least: got \\x1b[31m, want a token\n"
            "try: assay --help\n");
}

TEST(FailureBlock, CountsViolationsThatWereTooMany) {
  errors::Violations bad;
  for (int i = 0; i < 500; ++i) bad.Add("cell", i, "less");
  const std::string block = FailureBlock(bad.ToStatus(), "", Style(false));
  EXPECT_THAT(block, ::testing::HasSubstr("assay: 500 things are wrong:\n"));
  EXPECT_THAT(block, ::testing::ContainsRegex("\n  and [0-9]+ more\n$"));
}

TEST(FailureBlock, SaysWhenToTryAgain) {
  EXPECT_EQ(FailureBlock(errors::NotReady("the book", absl::Seconds(2)), "", Style(false)),
            std::string("assay: ") +
                std::string(errors::NotReady("the book", absl::Seconds(2)).message()) +
                "\n  the service asks to try again in 2s\n");
}

TEST(FailureBlock, IndentsFurtherLinesAndShowsNoControlCharacters) {
  EXPECT_EQ(FailureBlock(absl::InvalidArgumentError("in.csv\nrow 1\x07"), "", Style(false)),
            "assay: in.csv\n  row 1\\x07\n");
}

TEST(FailureBlock, IsNeverEmpty) {
  EXPECT_EQ(FailureBlock(absl::Status(absl::StatusCode::kInternal, ""), "", Style(false)),
            "assay: failed: INTERNAL\n");
}

TEST(FailureBlock, ColoursOnlyTheName) {
  EXPECT_EQ(FailureBlock(absl::InvalidArgumentError("x"), "", Style(true)),
            "\x1b[31massay:\x1b[0m x\n");
}

}  // namespace
}  // namespace assay::cli
