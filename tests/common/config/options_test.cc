#include "services/common/config/options.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::config {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// One of each kind, as a service would have them.
struct Sample {
  std::string text = "evidence.db";
  int64_t number = 8;
  int64_t bytes = 16 << 20;
  absl::Duration duration = absl::Seconds(10);
  std::string choice = "info";
  bool yes = false;
  Options options{"assay-sample", "Shows options.", "ASSAY_SAMPLE"};

  Sample() {
    options.Text("--store", &text, "file");
    options.Number("--pool-threads", &number, 1, 100, "threads");
    options.Bytes("--max-bytes", &bytes, 1024, int64_t{1} << 30, "largest request");
    options.Duration("--drain", &duration, absl::ZeroDuration(), absl::Hours(1), "how long");
    options.Choice("--log-level", &choice, {"info", "warn"}, "level");
    options.Switch("--read-only", &yes, "take no writes");
  }

  absl::Status Parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "assay-sample");
    return options.Parse(static_cast<int>(arguments.size()), arguments.data());
  }
};

TEST(OptionsTest, AbsentOnesKeepTheirDefaults) {
  Sample sample;
  ASSERT_TRUE(sample.Parse({}).ok());
  EXPECT_EQ(sample.text, "evidence.db");
  EXPECT_EQ(sample.number, 8);
  EXPECT_EQ(sample.duration, absl::Seconds(10));
  EXPECT_FALSE(sample.yes);
}

TEST(OptionsTest, FlagsAreRead) {
  Sample sample;
  const absl::Status parsed =
      sample.Parse({"--store=/a/b", "--pool-threads", "3", "--max-bytes=2MiB", "--drain=1m30s",
                    "--log-level=warn", "--read-only"});
  ASSERT_TRUE(parsed.ok()) << parsed;
  EXPECT_EQ(sample.text, "/a/b");
  EXPECT_EQ(sample.number, 3);
  EXPECT_EQ(sample.bytes, 2 << 20);
  EXPECT_EQ(sample.duration, absl::Seconds(90));
  EXPECT_EQ(sample.choice, "warn");
  EXPECT_TRUE(sample.yes);
}

TEST(OptionsTest, VariablesAreReadAndAFlagWins) {
  setenv("ASSAY_SAMPLE_POOL_THREADS", "5", 1);
  setenv("ASSAY_SAMPLE_STORE", "of-the-environment", 1);
  setenv("ASSAY_SAMPLE_READ_ONLY", "1", 1);
  Sample sample;
  const absl::Status parsed = sample.Parse({"--store=of-the-flag"});
  unsetenv("ASSAY_SAMPLE_POOL_THREADS");
  unsetenv("ASSAY_SAMPLE_STORE");
  unsetenv("ASSAY_SAMPLE_READ_ONLY");
  ASSERT_TRUE(parsed.ok()) << parsed;
  EXPECT_EQ(sample.number, 5);
  EXPECT_EQ(sample.text, "of-the-flag");
  EXPECT_TRUE(sample.yes);
}

TEST(OptionsTest, EverythingThatIsWrongIsToldAndNothingWritten) {
  Sample sample;
  const absl::Status parsed =
      sample.Parse({"--store=new", "--pool-threads=0", "--max-bytes=12parsecs", "--drain=soon",
                    "--log-level=loud", "--unknown=1", "stray"});
  EXPECT_EQ(parsed.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(errors::FieldViolations(parsed), SizeIs(6));
  EXPECT_EQ(sample.text, "evidence.db");
  EXPECT_EQ(sample.number, 8);
  const std::string told = sample.options.Explanation(parsed);
  EXPECT_THAT(told, HasSubstr("assay-sample: --pool-threads (or ASSAY_SAMPLE_POOL_THREADS): got 0, "
                              "want a whole number from 1 to 100\n"));
  EXPECT_THAT(told,
              HasSubstr("--log-level (or ASSAY_SAMPLE_LOG_LEVEL): got loud, want one of info"));
  EXPECT_THAT(told, HasSubstr("got --unknown=1"));
  EXPECT_THAT(told, HasSubstr("Try assay-sample --help\n"));
  EXPECT_EQ(sample.options.Explain(parsed), 2);
}

TEST(OptionsTest, SizesAtTheirEdges) {
  struct Case {
    const char* text;
    int64_t want;  // -1: refused
  };
  const Case cases[] = {{"1024", 1024}, {"1KiB", 1024},     {"1GiB", 1 << 30},
                        {"1023", -1},   {"2GiB", -1},       {"", -1},
                        {"-1KiB", -1},  {"1 MiB", 1 << 20}, {"9999999999GiB", -1},
                        {"1MB", -1},    {"1.5MiB", -1}};
  for (const Case& c : cases) {
    Sample sample;
    const std::string argument = std::string("--max-bytes=") + c.text;
    const bool ok = sample.Parse({argument.c_str()}).ok();
    EXPECT_EQ(ok, c.want >= 0) << c.text;
    EXPECT_EQ(sample.bytes, ok ? c.want : 16 << 20) << c.text;
  }
}

TEST(OptionsTest, ChecksAcrossOptionsRunLast) {
  Sample sample;
  sample.options.Check([&](errors::Violations* bad) {
    if (sample.number > 4) bad->Add("--pool-threads", sample.number, "at most 4 here");
  });
  EXPECT_FALSE(sample.Parse({}).ok());
}

TEST(OptionsTest, HelpTeachesAndVersionTellsAndBothLeaveWithZero) {
  Sample sample;
  const absl::Status help = sample.Parse({"--help"});
  EXPECT_TRUE(absl::IsCancelled(help));
  const std::string told = sample.options.Explanation(help);
  EXPECT_THAT(told, HasSubstr("Shows options."));
  EXPECT_THAT(told, HasSubstr("--pool-threads"));
  EXPECT_THAT(told, HasSubstr("ASSAY_SAMPLE_POOL_THREADS"));
  EXPECT_THAT(told, HasSubstr("16MiB"));
  EXPECT_EQ(sample.options.Explain(help), 0);
  Sample other;
  const absl::Status version = other.Parse({"--version"});
  EXPECT_THAT(other.options.Explanation(version),
              ::testing::MatchesRegex("assay-sample [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace assay::config
