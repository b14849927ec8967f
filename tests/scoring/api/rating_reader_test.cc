#include "services/scoring/api/rating_reader.h"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/catalogue/file_model_source.h"
#include "services/common/clock/day_proto.h"
#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/scoring/cache/no_rating_cache.h"
#include "services/scoring/cache/redis/endpoint.h"
#include "services/scoring/cache/redis/nodes.h"
#include "services/scoring/cache/redis/redis_rating_cache.h"
#include "tests/common/testing/redis_server.h"

namespace assay::scoring {
namespace {

constexpr char kSaf[] = "frameworks/cqc-saf/versions/2024-12";
constexpr char kLocation[] = "locations/1-102";
constexpr std::uint64_t kEpoch = 7;

clock::Day DayOf(const std::string& text) { return *clock::Day::Parse(text); }

// The record as a list in memory; counts how often it is asked.
class ListRecord final : public RecordReader {
 public:
  absl::StatusOr<SubjectPosition> PositionOf(const std::string& subject, absl::Time) override {
    ++asked;
    if (!up) return errors::DependencyUnavailable("evidence");
    SubjectPosition position = {kEpoch, 0, 0};
    for (const evidence::v1::Change& change : changes) {
      if (change.record().subject() == subject) {
        position = {kEpoch, change.partition(), change.counter()};
      }
    }
    return position;
  }
  absl::StatusOr<RecordedHistory> HistoryOf(const std::string& subject,
                                            std::optional<absl::Time> known_at,
                                            absl::Time deadline) override {
    absl::StatusOr<SubjectPosition> position = PositionOf(subject, deadline);
    if (!position.ok()) return position.status();
    RecordedHistory history;
    history.position = *position;
    for (const evidence::v1::Change& change : changes) {
      if (change.record().subject() != subject) continue;
      if (known_at && RecordedAt(change.record()) > *known_at) break;
      history.chain_head = change.chain_head();
      history.records.push_back(change.record());
      history.counters.push_back(change.counter());
    }
    if (history.records.empty()) return errors::NotFound(errors::ResourceType::kLocation, subject);
    return history;
  }

  std::vector<evidence::v1::Change> changes;
  int asked = 0;
  bool up = true;
};

// A framework service that cannot be reached.
class UnreachableModels final : public catalogue::ModelSource {
 public:
  absl::StatusOr<std::shared_ptr<const model::CompiledModel>> Find(absl::string_view) override {
    return absl::UnavailableError("ipv4:10.9.8.7:7020: connection refused");
  }
  absl::StatusOr<std::vector<std::shared_ptr<const model::CompiledModel>>> All() override {
    return absl::UnavailableError("ipv4:10.9.8.7:7020: connection refused");
  }
};

// The chain head with which a change comes.
std::string HeadOf(std::int64_t counter) {
  return std::string(digest::Sha256(absl::StrCat("leaf ", counter)).bytes());
}

class RatingReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto source = catalogue::FileModelSource::OpenDirectory(catalogue::CatalogueDirectory(""));
    ASSERT_TRUE(source.ok()) << source.status();
    models_ = *std::move(source);
    book_.Reset(kEpoch);
    ASSERT_TRUE(book_.AddModel(*models_->Find(kSaf)).ok());
    AddLocation();
    AddScore(3);
  }

  void AddLocation() {
    evidence::v1::Change& change = Add();
    evidence::v1::Location& location = *change.mutable_record()->mutable_location();
    location.set_name(kLocation);
    location.mutable_recorded_time()->set_seconds(change.counter());
  }

  void AddScore(int level, const char* version = kSaf) {
    evidence::v1::Change& change = Add();
    evidence::v1::Judgement& judgement = *change.mutable_record()->mutable_judgement();
    judgement.set_name(absl::StrCat(kLocation, "/judgements/00000000-0000-7000-8000-",
                                    absl::Dec(change.counter(), absl::kZeroPad12)));
    judgement.mutable_node()->set_item("safe.learning-culture");
    judgement.set_framework_version(version);
    judgement.mutable_outcome()->set_scale("score");
    judgement.mutable_outcome()->set_level(level);
    judgement.set_status(evidence::v1::JUDGEMENT_STATUS_ASSESSED);
    *judgement.mutable_effective_date() = clock::DayToProto(DayOf("2025-01-01"));
    judgement.mutable_recorded_time()->set_seconds(change.counter());
  }

  // Everything recorded so far into the book.
  void Follow() {
    for (const evidence::v1::Change& change : record_.changes) {
      ASSERT_TRUE(book_.Apply(change).ok());
    }
    book_.Commit();
    book_.SetReady();
  }

  std::unique_ptr<RatingReader> MakeReader(RatingCache& cache, bool serve_from_book) {
    RatingReader::Options options;
    options.serve_from_book = serve_from_book;
    options.cache_budget = absl::Seconds(1);
    return std::make_unique<RatingReader>(options, book_, l1_, cache, record_, *models_, pool_);
  }

  static ReadQuery Query(const std::string& subject = kLocation) {
    return {subject, names::PartitionOf(*names::Subject::Parse(subject)), DayOf("2025-06-01"),
            std::nullopt, View::kFull};
  }

  static std::vector<ReadAnswer> ReadAll(RatingReader& reader, std::vector<ReadQuery> queries) {
    std::promise<std::vector<ReadAnswer>> answers;
    reader.Read(std::move(queries), absl::Now() + absl::Seconds(5),
                [&](std::vector<ReadAnswer> all) { answers.set_value(std::move(all)); });
    return answers.get_future().get();
  }

  static v1::Rating RatingOf(const ReadAnswer& answer) {
    v1::Rating rating;
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (answer.ok()) {
      EXPECT_TRUE(rating.ParseFromString(**answer));
    }
    return rating;
  }

  clock::SystemClock clock_;
  clock::LondonCalendar calendar_ = *clock::LondonCalendar::Load();
  Today today_{clock_, calendar_};
  WatchHub hub_;
  Book book_{today_, hub_};
  L1Cache l1_{L1Cache::Options{}};
  std::unique_ptr<catalogue::FileModelSource> models_;
  ListRecord record_;
  server::WorkPool pool_{server::WorkPoolOptions{}};

 private:
  evidence::v1::Change& Add() {
    evidence::v1::Change& change = record_.changes.emplace_back();
    change.set_partition(names::PartitionOf(*names::Subject::Parse(kLocation)));
    change.set_counter(static_cast<std::int64_t>(record_.changes.size()));
    change.mutable_record()->set_subject(kLocation);
    change.set_chain_head(HeadOf(change.counter()));
    return change;
  }
};

TEST_F(RatingReaderTest, AnswersFromTheBookAndThenFromMemory) {
  Follow();
  NoRatingCache cache;
  const auto reader = MakeReader(cache, true);
  const std::optional<ReadAnswer> first = reader->TryRead(Query());
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(RatingOf(*first).rating(), type::v1::RATING_GOOD);
  const std::optional<ReadAnswer> second = reader->TryRead(Query());
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(**second, **first) << "the same buffer, not only the same bytes";
  EXPECT_EQ(record_.asked, 0);
}

TEST_F(RatingReaderTest, NeverAnswersFromBeforeAChange) {
  Follow();
  NoRatingCache cache;
  const auto reader = MakeReader(cache, true);
  EXPECT_EQ(RatingOf(*reader->TryRead(Query())).rating(), type::v1::RATING_GOOD);
  AddScore(1);
  Follow();
  EXPECT_EQ(RatingOf(*reader->TryRead(Query())).rating(), type::v1::RATING_INADEQUATE);
}

TEST_F(RatingReaderTest, AsksTheRecordWhileTheBookIsNotReady) {
  NoRatingCache cache;
  const auto reader = MakeReader(cache, true);
  EXPECT_FALSE(reader->TryRead(Query()).has_value());
  const std::vector<ReadAnswer> answers = ReadAll(*reader, {Query(), Query("locations/1-999")});
  EXPECT_EQ(RatingOf(answers[0]).rating(), type::v1::RATING_GOOD);
  EXPECT_EQ(answers[1].status().code(), absl::StatusCode::kNotFound);
  record_.up = false;
  EXPECT_EQ(ReadAll(*reader, {Query()})[0].status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RatingReaderTest, AsksTheRecordWhereTheBookHasNotComeAsFarAsWanted) {
  Follow();
  AddScore(1);
  NoRatingCache cache;
  const auto reader = MakeReader(cache, true);
  ReadQuery query = Query();
  EXPECT_EQ(RatingOf(*reader->TryRead(query)).rating(), type::v1::RATING_GOOD);
  query.at_least = static_cast<std::int64_t>(record_.changes.size());
  EXPECT_FALSE(reader->TryRead(query).has_value());
  EXPECT_EQ(RatingOf(ReadAll(*reader, {query})[0]).rating(), type::v1::RATING_INADEQUATE);
  Follow();
  EXPECT_EQ(RatingOf(*reader->TryRead(query)).rating(), type::v1::RATING_INADEQUATE);
}

TEST_F(RatingReaderTest, RendersTheSameBytesFromBookAndRecord) {
  NoRatingCache cache;
  const auto reader = MakeReader(cache, true);
  for (const View view : {View::kBasic, View::kFull, View::kExplain}) {
    ReadQuery query = Query();
    query.view = view;
    const ReadAnswer from_record = ReadAll(*reader, {query})[0];
    ASSERT_TRUE(from_record.ok()) << from_record.status();
    Book book(today_, hub_);
    book.Reset(kEpoch);
    ASSERT_TRUE(book.AddModel(*models_->Find(kSaf)).ok());
    for (const evidence::v1::Change& change : record_.changes) {
      ASSERT_TRUE(book.Apply(change).ok());
    }
    const auto from_book = book.Render(kLocation, query.day, std::nullopt, view);
    ASSERT_TRUE(from_book.ok()) << from_book.status();
    EXPECT_EQ(from_book->bytes, **from_record);
  }
}

// The derivation names the leaf that was the newest at that moment, of which the book knows only
// the present one.
TEST_F(RatingReaderTest, AsksTheRecordForAMomentBeforeTheNewestLeaf) {
  AddScore(1);
  Follow();
  NoRatingCache cache;
  const auto reader = MakeReader(cache, true);
  const auto head_at = [&](int seconds) {
    ReadQuery query = Query();
    query.view = View::kExplain;
    query.known_at = absl::FromUnixSeconds(seconds);
    const std::optional<ReadAnswer> near = reader->TryRead(query);
    EXPECT_EQ(near.has_value(), seconds >= 3) << seconds;
    const ReadAnswer answer = near ? *near : ReadAll(*reader, {query})[0];
    EXPECT_TRUE(answer.ok()) << answer.status();
    v1::ExplainRatingResponse response;
    EXPECT_TRUE(response.ParseFromString(**answer));
    return response.derivation().chain_head();
  };
  EXPECT_EQ(head_at(2), HeadOf(2));
  EXPECT_EQ(head_at(3), HeadOf(3));
  EXPECT_EQ(head_at(4), HeadOf(3));
}

TEST_F(RatingReaderTest, KeepsTheTextOfAnUnreachableFrameworkToItself) {
  AddScore(2, "frameworks/elsewhere/versions/2030-01");
  UnreachableModels unreachable;
  NoRatingCache cache;
  RatingReader reader(RatingReader::Options(), book_, l1_, cache, record_, unreachable, pool_);
  const ReadAnswer answer = ReadAll(reader, {Query()})[0];
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(errors::Reason(answer.status()), "DEPENDENCY_UNAVAILABLE");
  EXPECT_EQ(answer.status().message(), "framework does not answer");
  EXPECT_NE(errors::PrivateDetail(answer.status()).find("10.9.8.7"), std::string::npos);
}

TEST_F(RatingReaderTest, SharesWhatOneReplicaRenderedWithTheNext) {
  const auto server = assay::testing::RedisServer::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  redis::RedisOptions options;
  options.secret = std::string(32, 's');
  auto cache = redis::RedisRatingCache::Create(
      std::move(options), std::make_unique<redis::SingleNode>(
                              *redis::ParseEndpoint("--redis-address", (*server)->address())));
  ASSERT_TRUE(cache.ok()) << cache.status();
  ASSERT_TRUE((*cache)->WaitUntilAvailable(true, absl::Seconds(5)));
  Follow();
  const auto first = MakeReader(**cache, false);
  const ReadAnswer rendered = ReadAll(*first, {Query()})[0];
  EXPECT_EQ(RatingOf(rendered).rating(), type::v1::RATING_GOOD);
  // Puts are not waited for by anyone; only the count says that one has arrived.
  while ((*cache)->Stats().stored == 0) absl::SleepFor(absl::Milliseconds(1));
  const int asked = record_.asked;

  // Another process has nothing in its memory.
  l1_.StartGeneration();
  const auto second = MakeReader(**cache, false);
  const ReadAnswer found = ReadAll(*second, {Query()})[0];
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(**found, **rendered);
  EXPECT_EQ(record_.asked, asked) << "Redis had it";
  EXPECT_EQ((*cache)->Stats().hits, 1u);
}

}  // namespace
}  // namespace assay::scoring
