// One rating has one derivation digest, however a replica came by it: from its book, which follows
// the change feed, or from the record, which it asks while its book cannot answer.
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/common/revision/revision_proto.h"
#include "services/evidence/api/change_methods.h"
#include "services/evidence/api/feed.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "services/scoring/api/rating_reader.h"
#include "services/scoring/cache/no_rating_cache.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::scoring {
namespace {

constexpr char kHome[] = "locations/1-102";
constexpr char kItem[] = "safe.learning-culture";

// The record's methods as scoring calls them, without the wire between.
class DirectRecord final : public RecordReader {
 public:
  explicit DirectRecord(const evidence::Backend& backend) : backend_(backend) {}

  absl::StatusOr<SubjectPosition> PositionOf(const std::string& subject, absl::Time) override {
    evidence::v1::GetRevisionRequest request;
    request.set_subject(subject);
    const auto answer = evidence::GetRevision(backend_, request);
    if (!answer.ok()) return answer.status();
    return SubjectPosition{backend_.store().epoch(),
                           names::PartitionOf(*names::Subject::Parse(subject)),
                           answer->subject_counter()};
  }

  absl::StatusOr<RecordedHistory> HistoryOf(const std::string& subject, std::optional<absl::Time>,
                                            absl::Time) override {
    evidence::v1::GetStateRequest request;
    request.set_name(subject);
    request.set_whole_history(true);
    request.set_without_texts(true);
    const auto answer = evidence::GetState(backend_, request);
    if (!answer.ok()) return answer.status();
    RecordedHistory history;
    history.position = {backend_.store().epoch(), answer->partition(), answer->subject_counter()};
    history.counters.assign(answer->counters().begin(), answer->counters().end());
    history.records.assign(answer->records().begin(), answer->records().end());
    history.chain_head = answer->chain_head();
    return history;
  }

 private:
  const evidence::Backend& backend_;
};

class OneDigestTest : public ::testing::Test {
 protected:
  OneDigestTest() {
    book_.Reset(backend().store().epoch());
    EXPECT_TRUE(book_.AddModel(*evidence::ShippedCatalogue().Find(evidence::kSaf)).ok());
    evidence::v1::UpsertLocationRequest request;
    *request.mutable_location() = evidence::LocationOf(kHome);
    EXPECT_TRUE(evidence::UpsertLocation(backend(), request).ok());
    book_.SetReady();
  }

  const evidence::Backend& backend() { return record_.backend(); }

  evidence::v1::Judgement Score(int level) {
    auto judgement = evidence::CreateJudgement(
        backend(), evidence::ScoreRequest(kHome, kItem, level, "2025-01-01"));
    EXPECT_TRUE(judgement.ok()) << judgement.status();
    return *std::move(judgement);
  }

  evidence::v1::EvidenceItem AddEvidence() {
    evidence::v1::CreateEvidenceItemRequest request;
    request.set_parent(kHome);
    *request.mutable_evidence_item() = evidence::EvidenceOf("Fell twice.", "2025-02-01");
    auto item = evidence::CreateEvidenceItem(backend(), request);
    EXPECT_TRUE(item.ok()) << item.status();
    return *std::move(item);
  }

  void Publish() {
    evidence::v1::CreatePublicationRequest request;
    request.set_parent(kHome);
    *request.mutable_publication() = evidence::PublicationOf(3, "2025-02-01");
    const auto publication = evidence::CreatePublication(backend(), request);
    EXPECT_TRUE(publication.ok()) << publication.status();
  }

  void Erase(const std::string& name) {
    evidence::v1::EraseRequest request;
    request.set_name(name);
    request.set_reason("asked for it");
    const auto erased = evidence::Erase(backend(), request);
    EXPECT_TRUE(erased.ok()) << erased.status();
  }

  void Retract(const std::string& name) {
    evidence::v1::CorrectRequest request;
    request.set_name(name);
    request.set_reason("another home's");
    const auto retracted = evidence::Correct(backend(), request);
    EXPECT_TRUE(retracted.ok()) << retracted.status();
  }

  // Whatever the record has by now, into the book.
  void Follow() {
    evidence::v1::StreamChangesRequest request;
    request.set_without_texts(true);
    request.set_until_caught_up(true);
    const auto feed = evidence::Feed::Open(record_.store(), record_.clock(), request);
    ASSERT_TRUE(feed.ok()) << feed.status();
    while (true) {
      evidence::v1::StreamChangesResponse batch;
      const auto step = (*feed)->Next(&batch);
      ASSERT_TRUE(step.ok()) << step.status();
      if (*step == evidence::Feed::Step::kEnd) break;
      for (const evidence::v1::Change& change : batch.changes()) {
        ASSERT_TRUE(book_.Apply(change).ok());
      }
    }
    book_.Commit();
  }

  // The explanation as a replica gives it that serves from its book, or that does not.
  std::string BytesFrom(bool book) {
    L1Cache l1{L1Cache::Options{}};
    NoRatingCache cache;
    RatingReader::Options options;
    options.serve_from_book = book;
    RatingReader reader(options, book_, l1, cache, direct_, evidence::ShippedCatalogue(), pool_);
    const ReadQuery query = {kHome, names::PartitionOf(*names::Subject::Parse(kHome)),
                             *clock::Day::Parse("2025-06-01"), std::nullopt, View::kExplain};
    std::promise<std::vector<ReadAnswer>> answers;
    reader.Read({query}, absl::Now() + absl::Seconds(5),
                [&](std::vector<ReadAnswer> all) { answers.set_value(std::move(all)); });
    const ReadAnswer answer = answers.get_future().get()[0];
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? **answer : "";
  }

  static v1::ExplainRatingResponse Parsed(const std::string& bytes) {
    v1::ExplainRatingResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    return response;
  }

  // Book and record give the same bytes; returns them.
  std::string OneAnswer(const char* after) {
    Follow();
    std::string from_book = BytesFrom(true);
    const std::string from_record = BytesFrom(false);
    EXPECT_EQ(from_book, from_record)
        << "after " << after << "\nfrom the book: " << Parsed(from_book).ShortDebugString()
        << "\nfrom the record: " << Parsed(from_record).ShortDebugString();
    // What is cached is looked for under the counter in the answer.
    evidence::v1::GetRevisionRequest request;
    request.set_subject(kHome);
    const auto revision = evidence::GetRevision(backend(), request);
    EXPECT_TRUE(revision.ok()) << revision.status();
    const std::int64_t counter = Parsed(from_book).rating().subject_counter();
    EXPECT_EQ(revision->subject_counter(), counter) << "after " << after;
    EXPECT_EQ(book_.CounterOf(kHome, names::PartitionOf(*names::Subject::Parse(kHome))), counter)
        << "after " << after;
    return from_book;
  }

  evidence::TestBackend record_;
  clock::LondonCalendar calendar_ = *clock::LondonCalendar::Load();
  Today today_{record_.clock(), calendar_};
  WatchHub hub_;
  Book book_{today_, hub_};
  DirectRecord direct_{record_.backend()};
  server::WorkPool pool_{server::WorkPoolOptions{}};
};

TEST_F(OneDigestTest, WhatNoRatingRestsOnChangesNoByte) {
  const evidence::v1::Judgement judgement = Score(3);
  const std::string before = OneAnswer("a judgement");
  EXPECT_EQ(Parsed(before).derivation().chain_head().size(), 32u);
  const evidence::v1::EvidenceItem item = AddEvidence();
  EXPECT_EQ(OneAnswer("evidence"), before);
  Publish();
  EXPECT_EQ(OneAnswer("a publication"), before);
  Erase(item.name());
  EXPECT_EQ(OneAnswer("an erasure"), before);
  Retract(AddEvidence().name());
  EXPECT_EQ(OneAnswer("a retraction of evidence"), before);
  Erase(judgement.name());
  EXPECT_EQ(OneAnswer("an erasure of a judgement"), before);
}

TEST_F(OneDigestTest, WhatARatingRestsOnMovesCounterAndHead) {
  std::string before = OneAnswer("a location");
  const auto moved = [&](const char* after) {
    const std::string now = OneAnswer(after);
    EXPECT_NE(Parsed(now).derivation().chain_head(), Parsed(before).derivation().chain_head())
        << after;
    EXPECT_GT(Parsed(now).rating().subject_counter(), Parsed(before).rating().subject_counter())
        << after;
    before = now;
  };
  const evidence::v1::Judgement wrong = Score(2);
  moved("a judgement");
  AddEvidence();
  Retract(wrong.name());
  moved("a retraction of a judgement, after evidence");
}

}  // namespace
}  // namespace assay::scoring
