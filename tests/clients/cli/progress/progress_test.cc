#include "clients/cli/progress/progress.h"

#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class ProgressTest : public ::testing::Test {
 protected:
  ProgressOptions Options(bool terminal) {
    ProgressOptions options;
    options.label = "rating";
    options.unit = "rows";
    options.total = 1000;
    options.terminal = terminal;
    return options;
  }

  Progress::Clock clock() {
    return [this] { return now_; };
  }

  absl::Time now_ = absl::UnixEpoch();
  std::ostringstream out_;
};

TEST_F(ProgressTest, IsSilentForTwoSeconds) {
  Progress progress(Options(true), &out_, clock());
  for (int i = 0; i < 20; ++i) {
    progress.Update(i * 50);
    now_ += absl::Milliseconds(99);
  }
  EXPECT_EQ(progress.Finish(), absl::Milliseconds(1980));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ProgressTest, DrawsShareCountRateAndTimeLeftOnATerminal) {
  Progress progress(Options(true), &out_, clock());
  now_ += absl::Seconds(4);
  progress.Update(250);
  EXPECT_EQ(out_.str(),
            "\rrating   25 %  [======>                 ]  250 rows  63 rows/s  12 s left\x1b[K");
  now_ += absl::Milliseconds(50);  // too soon to draw again
  progress.Update(260);
  const std::size_t drawn = out_.str().size();
  now_ += absl::Milliseconds(50);
  progress.Update(270);
  EXPECT_GT(out_.str().size(), drawn);
  progress.Finish();
  EXPECT_THAT(out_.str(), ::testing::EndsWith("\r\x1b[K"));
  const std::size_t finished = out_.str().size();
  now_ += absl::Seconds(10);
  progress.Update(1000);
  EXPECT_EQ(out_.str().size(), finished);
}

TEST_F(ProgressTest, IsCutToTheTerminal) {
  ProgressOptions options = Options(true);
  options.width = 20;
  Progress progress(options, &out_, clock());
  now_ += absl::Seconds(4);
  progress.Update(250);
  EXPECT_THAT(out_.str(), SizeIs(1 + 19 + 3));  // return, line, wipe to the end
}

TEST_F(ProgressTest, WritesALineEveryFiveSecondsElsewhere) {
  Progress progress(Options(false), &out_, clock());
  for (int second = 0; second < 13; ++second) {
    progress.Update(second * 10);
    now_ += absl::Seconds(1);
  }
  EXPECT_EQ(out_.str(),
            "rating    2 %  20 rows  10 rows/s  1 min 38 s left\n"
            "rating    7 %  70 rows  10 rows/s  1 min 33 s left\n"
            "rating   12 %  120 rows  10 rows/s  1 min 28 s left\n");
}

TEST_F(ProgressTest, SaysNothingOfTimeLeftWhereTheTotalIsUnknown) {
  ProgressOptions options = Options(false);
  options.total = 0;
  Progress progress(options, &out_, clock());
  now_ += absl::Seconds(10);
  progress.Update(12345678);
  EXPECT_EQ(out_.str(), "rating  12,345,678 rows  1,234,568 rows/s\n");
}

TEST_F(ProgressTest, TakesTheShareInOtherUnits) {
  ProgressOptions options = Options(false);
  Progress progress(options, &out_, clock());
  now_ += absl::Hours(1);
  progress.Update(10, 0.25);
  EXPECT_THAT(out_.str(), HasSubstr("  25 %"));
  EXPECT_THAT(out_.str(), HasSubstr("3 h 00 min left"));
}

TEST_F(ProgressTest, KeepsQuietWhereAsked) {
  ProgressOptions options = Options(false);
  options.quiet = true;
  Progress progress(options, &out_, clock());
  now_ += absl::Hours(1);
  progress.Update(10);
  EXPECT_EQ(out_.str(), "");
}

TEST(Grouped, SetsCommas) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(-123456), "-123,456");
  EXPECT_EQ(Grouped(1234567890), "1,234,567,890");
}

}  // namespace
}  // namespace assay::cli
