// What the services count, as a scraper sees it.

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "tests/common/server/raw_call.h"
#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

using ::testing::HasSubstr;

// The value of one series, `name{label="value"}`; -1 where the page has none.
double Scrape(const Server& server, const std::string& series) {
  const std::string page = test::HttpGet(server.metrics_address(), "/metrics");
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    double value = 0;
    if (absl::StartsWith(line, absl::StrCat(series, " ")) &&
        absl::SimpleAtod(absl::StripAsciiWhitespace(line.substr(series.size())), &value)) {
      return value;
    }
  }
  return -1;
}

// Reads a series until it is at least `least`, since what is counted may be under way.
double ScrapeUntil(const Server& server, const std::string& series, double least) {
  const absl::Time end = absl::Now() + kPatience;
  double value = Scrape(server, series);
  while (value < least && absl::Now() < end) value = Scrape(server, series);
  return value;
}

// A suite that has one location with a score, reaches Redis, and never answers from the book.
std::unique_ptr<Suite> StartBehindTheBook(const std::vector<std::string>& more_flags) {
  SuiteOptions options;
  options.scoring_flags = {"--bypass-book", "--cache-budget", "1s"};
  options.scoring_flags.insert(options.scoring_flags.end(), more_flags.begin(), more_flags.end());
  absl::StatusOr<std::unique_ptr<Suite>> started = Suite::Start(options);
  EXPECT_TRUE(started.ok()) << started.status();
  if (!started.ok()) return nullptr;
  Register(**started, NewLocation("1-400"));
  const auto judged = Judge(**started, "1-400", Score(kLearning, 3, Day("2025-01-01")));
  Rate(**started, RatingOf("1-400", {judged.revision()}));
  // Scoring serves before it has reached Redis, and then does not ask it.
  EXPECT_EQ(ScrapeUntil((*started)->scoring(), R"(assay_dependency_up{dependency="redis"})", 1), 1);
  return *std::move(started);
}

TEST(MetricsTest, MemoryCountsWhatItAnswers) {
  const std::unique_ptr<Suite> suite = StartBehindTheBook({});
  ASSERT_NE(suite, nullptr);
  const char kHits[] = R"(assay_cache_lookups_total{cache="memory",result="hit"})";
  const double before = Scrape(suite->scoring(), kHits);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Overall(Rate(*suite, RatingOf("1-400"))), "Good");
  }
  EXPECT_EQ(Scrape(suite->scoring(), kHits), before + 3);
  EXPECT_EQ(Scrape(suite->scoring(), R"(assay_cache_results{cache="memory"})"), 1);
  EXPECT_GE(Scrape(suite->scoring(), R"(assay_cache_kept_bytes{cache="memory"})"), 100);
}

TEST(MetricsTest, RedisCountsWhatItAnswersAndWhatGoesWrong) {
  const std::unique_ptr<Suite> suite = StartBehindTheBook({"--l1-bytes", "0"});
  ASSERT_NE(suite, nullptr);
  Server& scoring = suite->scoring();
  EXPECT_EQ(Scrape(scoring, R"(assay_cache_lookups_total{cache="redis",result="hit"})"), 0);
  Rate(*suite, RatingOf("1-400"));
  EXPECT_GE(ScrapeUntil(scoring, R"(assay_cache_puts_total{cache="redis",result="stored"})", 1), 1);
  EXPECT_GE(Scrape(scoring, R"(assay_cache_bytes_total{cache="redis",direction="written"})"), 100);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Overall(Rate(*suite, RatingOf("1-400"))), "Good");
  }
  EXPECT_GE(Scrape(scoring, R"(assay_cache_lookups_total{cache="redis",result="hit"})"), 3);
  EXPECT_GE(Scrape(scoring, R"(assay_cache_bytes_total{cache="redis",direction="read"})"), 300);
  EXPECT_GE(Scrape(scoring, R"(assay_cache_lookup_seconds_count{cache="redis"})"), 3);

  suite->redis()->Kill();
  EXPECT_EQ(ScrapeUntil(scoring, R"(assay_cache_connections_total{cache="redis",event="lost"})", 1),
            1);
  EXPECT_EQ(Overall(Rate(*suite, RatingOf("1-400"))), "Good");
  EXPECT_GE(Scrape(scoring, R"(assay_cache_lookups_total{cache="redis",result="rejected"})"), 1);
}

TEST(MetricsTest, EveryServiceTellsItsCalls) {
  const absl::StatusOr<std::unique_ptr<Suite>> started = Suite::Start();
  ASSERT_TRUE(started.ok()) << started.status();
  for (Server* server :
       {&(*started)->framework(), &(*started)->evidence(), &(*started)->scoring()}) {
    EXPECT_THAT(test::HttpGet(server->metrics_address(), "/metrics"),
                HasSubstr("# TYPE assay_calls_total counter"));
  }
}

}  // namespace
}  // namespace assay::integration
