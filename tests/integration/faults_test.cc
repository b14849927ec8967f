// What fails while the suite runs costs time and never an answer: each test compares bytes with
// what was said before the fault.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "services/common/errors/errors.h"
#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using RatingStub = scoring::v1::RatingService::Stub;

constexpr int kLocations = 8;

std::string IdOf(int i) { return absl::StrCat("1-30", i); }

std::unique_ptr<Suite> StartSuite(const SuiteOptions& options) {
  absl::StatusOr<std::unique_ptr<Suite>> started = Suite::Start(options);
  EXPECT_TRUE(started.ok()) << started.status();
  return started.ok() ? *std::move(started) : nullptr;
}

// Scoring that must ask Redis and the record for every answer.
SuiteOptions BehindTheBook() {
  SuiteOptions options;
  options.scoring_flags = {"--bypass-book", "--l1-bytes", "0", "--cache-budget", "200ms"};
  return options;
}

// Locations with two judgements each, scored 1 to 4 in turn; returns revisions that cover them all.
std::vector<type::v1::Revision> Fill(Suite& suite) {
  std::vector<type::v1::Revision> all;
  for (int i = 0; i < kLocations; ++i) {
    Register(suite, NewLocation(IdOf(i)));
    Judge(suite, IdOf(i), Score(kLearning, 1 + i % 4, Day("2024-03-01")));
    all.push_back(
        Judge(suite, IdOf(i), Score(kLearning, 1 + (i + 1) % 4, Day("2025-03-01"))).revision());
  }
  return all;
}

// Answers by what was asked, as bytes.
using Bytes = std::map<std::string, std::string>;

// The questions whose answers differ, and nothing else: bytes say nothing to a reader.
std::vector<std::string> Differing(const Bytes& a, const Bytes& b) {
  std::vector<std::string> questions;
  for (const auto& [question, answer] : a) {
    const auto other = b.find(question);
    if (other == b.end() || other->second != answer) questions.push_back(question);
  }
  return questions;
}

// The bytes of every rating: today's and a past day's.
Bytes Answers(Suite& suite, const std::vector<type::v1::Revision>& at_least = {}) {
  Bytes answers;
  for (int i = 0; i < kLocations; ++i) {
    scoring::v1::GetRatingRequest request = RatingOf(IdOf(i), at_least);
    answers[IdOf(i)] = Rate(suite, request).SerializeAsString();
    *request.mutable_as_of()->mutable_effective_date() = Day("2024-12-31");
    answers[IdOf(i) + " then"] = Rate(suite, request).SerializeAsString();
  }
  return answers;
}

// How many keys Redis holds; -1 where it does not answer.
int Keys(const testing::RedisServer& redis) {
  int keys = -1;
  const absl::StatusOr<std::string> said = redis.Command({"DBSIZE"});
  return said.ok() && absl::SimpleAtoi(*said, &keys) ? keys : -1;
}

TEST(RedisFaultTest, AbsentFromTheStartAndThenPresentTheAnswersAreTheSame) {
  SuiteOptions without = BehindTheBook();
  without.redis = false;
  const auto suite = StartSuite(without);
  ASSERT_NE(suite, nullptr);
  const auto answers = Answers(*suite, Fill(*suite));
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty());
  for (int i = 0; i < kLocations; ++i) {
    EXPECT_EQ(Overall(Rate(*suite, RatingOf(IdOf(i)))),
              std::vector<std::string>(
                  {"Inadequate", "Requires improvement", "Good", "Outstanding"})[(i + 1) % 4]);
  }

  const absl::StatusOr<std::unique_ptr<testing::RedisServer>> redis = testing::RedisServer::Start();
  ASSERT_TRUE(redis.ok()) << redis.status();
  std::error_code failed;
  // The address that the suite gives scoring where nobody listens.
  std::filesystem::create_symlink((*redis)->socket_path(),
                                  absl::StrCat(suite->folder(), "/no.sock"), failed);
  ASSERT_FALSE(failed) << failed.message();
  const absl::Time end = absl::Now() + kPatience;
  do {
    ASSERT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "as Redis came";
  } while (Keys(**redis) == 0 && absl::Now() < end);
  EXPECT_GT(Keys(**redis), 0) << "Redis was never written";
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "with Redis";
}

TEST(RedisFaultTest, FlushedStoppedOrKilledTheAnswersAreTheSame) {
  const auto suite = StartSuite(BehindTheBook());
  ASSERT_NE(suite, nullptr);
  const auto answers = Answers(*suite, Fill(*suite));
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty());
  EXPECT_NE(*suite->redis()->Command({"DBSIZE"}), "0") << "Redis was never written";

  ASSERT_TRUE(suite->redis()->Command({"FLUSHALL"}).ok());
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "after FLUSHALL";
  suite->redis()->Pause();
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "while stopped";
  suite->redis()->Resume();
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "after it went on";
  suite->redis()->Kill();
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "after it was killed";
  ASSERT_TRUE(suite->redis()->Restart().ok());
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "after it came back";
}

TEST(RedisFaultTest, PoisonedTheAnswersAreTheSame) {
  const auto suite = StartSuite(BehindTheBook());
  ASSERT_NE(suite, nullptr);
  const auto answers = Answers(*suite, Fill(*suite));
  const absl::StatusOr<std::string> listed = suite->redis()->Command({"KEYS", "*"});
  ASSERT_TRUE(listed.ok()) << listed.status();
  const std::vector<std::string> keys = absl::StrSplit(*listed, '\n');
  ASSERT_GE(keys.size(), 2u);

  // Every value stands under its neighbour's key.
  std::vector<std::string> values;
  for (const std::string& key : keys) {
    const absl::StatusOr<std::string> value = suite->redis()->Command({"GET", key});
    ASSERT_TRUE(value.ok()) << value.status();
    values.push_back(*value);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(suite->redis()->Command({"SET", keys[i], values[(i + 1) % keys.size()]}).ok());
  }
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "values swapped";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(
        suite->redis()->Command({"SET", keys[i], values[i].substr(0, values[i].size() / 2)}).ok());
  }
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "values cut short";
  for (const std::string& key : keys) {
    ASSERT_TRUE(suite->redis()->Command({"DEL", key}).ok());
    ASSERT_TRUE(suite->redis()->Command({"LPUSH", key, "not a string"}).ok());
  }
  EXPECT_THAT(Differing(Answers(*suite), answers), IsEmpty()) << "values of another kind";
}

TEST(ScoringFaultTest, KilledAndRestartedItSaysTheSameBytes) {
  const auto suite = StartSuite(SuiteOptions());
  ASSERT_NE(suite, nullptr);
  const std::vector<type::v1::Revision> revisions = Fill(*suite);
  const auto answers = Answers(*suite, revisions);
  suite->scoring().Kill();
  ASSERT_TRUE(suite->scoring().Start().ok());
  EXPECT_THAT(Differing(Answers(*suite, revisions), answers), IsEmpty());
}

TEST(EvidenceFaultTest, KilledItKeepsEveryAcknowledgedWriteAndScoringMissesNothing) {
  const auto suite = StartSuite(SuiteOptions());
  ASSERT_NE(suite, nullptr);
  AddArea(*suite, "icb.QF1");
  Register(*suite, NewLocation("1-350", {"icb.QF1"}));
  const auto before = Judge(*suite, "1-350", Score(kLearning, 3, Day("2025-01-01")));
  Rate(*suite, RatingOf("1-350", {before.revision()}));
  Watch watch(*suite, {"areas/icb.QF1"});
  EXPECT_THAT(watch.present(), ElementsAre("locations/1-350"));

  suite->evidence().Kill();
  // Scoring answers from what it has while the record is away.
  EXPECT_EQ(Overall(Rate(*suite, RatingOf("1-350", {before.revision()}))), "Good");
  ASSERT_TRUE(suite->evidence().Start().ok());
  evidence::v1::GetJudgementRequest request;
  request.set_name(before.name());
  const auto kept = Ask(suite->record(), &evidence::v1::RecordService::Stub::GetJudgement, request);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->SerializeAsString(), before.SerializeAsString());

  // The watch that was open before the fault sees what is written after it.
  const auto after = Judge(*suite, "1-350", Score(kLearning, 1, Day("2025-02-01")));
  EXPECT_EQ(Overall(watch.Next().rating()), "Inadequate");
  EXPECT_EQ(Overall(Rate(*suite, RatingOf("1-350", {before.revision(), after.revision()}))),
            "Inadequate");
}

TEST(DrainTest, EveryServiceLeavesWithZeroOnSigterm) {
  const auto suite = StartSuite(SuiteOptions());
  ASSERT_NE(suite, nullptr);
  Register(*suite, NewLocation("1-360"));
  for (Server* server : {&suite->scoring(), &suite->evidence(), &suite->framework()}) {
    const absl::StatusOr<int> code = server->Stop();
    ASSERT_TRUE(code.ok()) << code.status();
    EXPECT_EQ(*code, 0) << server->Log();
  }
}

}  // namespace
}  // namespace assay::integration
