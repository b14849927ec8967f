#include "services/evidence/storage/postgresql/postgresql_record_store.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/core/leaf.h"
#include "tests/evidence/storage/postgresql/postgresql_testing.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using assay::testing::PostgresServer;
using assay::testing::SharedPostgres;
using ::testing::HasSubstr;

constexpr char kHome[] = "locations/1-102";
constexpr size_t kMuch = size_t{1} << 30;

class PostgresqlRecordStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto server = SharedPostgres();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *server;
    const auto database = MakeStoreDatabase(*server_);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *database;
    options_.target = server_->Url(database_);
  }

  absl::StatusOr<std::unique_ptr<RecordStore>> Open() {
    return OpenPostgresqlRecordStore(options_, clock_, random_);
  }
  std::string Ask(const std::string& sql) {
    const auto answer = server_->Ask(sql, database_);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or("");
  }

  PostgresServer* server_ = nullptr;
  std::string database_;
  PostgresqlOptions options_;
  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
  digest::SystemRandom random_;
};

TEST_F(PostgresqlRecordStoreTest, MakesItsTablesInAnEmptyDatabase) {
  database_ = server_->CreateDatabase().value();
  options_.target = server_->Url(database_);
  ASSERT_TRUE((*Open())->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  EXPECT_EQ((*Open())->Counters()[static_cast<size_t>(PartitionOf(kHome))], 1);
}

TEST_F(PostgresqlRecordStoreTest, RefusesADatabaseThatForgetsWhatItAcknowledged) {
  Ask(absl::StrCat("ALTER DATABASE ", database_, " SET synchronous_commit = off"));
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("synchronous_commit of the database: got off, want on"));
}

TEST_F(PostgresqlRecordStoreTest, RefusesNewerTablesAndDamagedCounters) {
  ASSERT_TRUE((*Open())->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  Ask("UPDATE partition_revision SET revision = revision + 1");
  EXPECT_EQ(errors::Reason(Open().status()), "DATA_CORRUPT");
  Ask("UPDATE assay_schema SET version = 99");
  EXPECT_THAT(Open().status().message(), HasSubstr("start the newer software"));
}

// Regression: records whose payloads were changed were given out, and the log over what was gone.
TEST_F(PostgresqlRecordStoreTest, GivesNoRecordThatIsNotWhatItsLeafSays) {
  const auto store = Open().value();
  ASSERT_TRUE(store
                  ->AppendAndWait(BatchOf({LocationWrite(kHome), JudgementWrite(kHome, 1),
                                           JudgementWrite(kHome, 2), JudgementWrite(kHome, 3)}))
                  .status.ok());
  const int32_t partition = PartitionOf(kHome);
  const auto read = [&](uint64_t number) {
    return store->Read(SubjectOf(kHome), v1::RECORD_KIND_JUDGEMENT, Id(number)).status();
  };
  SubjectQuery judgements;
  judgements.kinds = {v1::RECORD_KIND_JUDGEMENT};
  judgements.newest_first = true;
  SubjectQuery stored;
  stored.as_stored = true;
  RegistryQuery locations;
  locations.kind = v1::RECORD_KIND_LOCATION;
  for (const int64_t after : {0, 1, 3}) {
    EXPECT_TRUE(store->Log(partition, after, 10, kMuch).ok()) << after;
  }
  EXPECT_TRUE(store->ReadSubject(SubjectOf(kHome), judgements).ok());
  EXPECT_TRUE(store->ReadCurrent(SubjectOf(kHome)).ok());
  EXPECT_TRUE(store->ListCurrent(locations).ok());
  Ask("UPDATE record SET payload = 'judgement 9' WHERE revision = 3");
  EXPECT_TRUE(read(1).ok());
  EXPECT_EQ(errors::Reason(read(2)), "DATA_CORRUPT");
  EXPECT_TRUE(read(3).ok());
  EXPECT_EQ(errors::Reason(store->ReadSubject(SubjectOf(kHome), judgements).status()),
            "DATA_CORRUPT");
  EXPECT_EQ(store->ReadSubject(SubjectOf(kHome), stored)->records.size(), 4u);
  for (const int64_t after : {0, 1, 2}) {
    EXPECT_EQ(errors::Reason(store->Log(partition, after, 10, kMuch).status()), "DATA_CORRUPT");
  }
  EXPECT_TRUE(store->Log(partition, 3, 10, kMuch).ok());
  Ask("UPDATE record SET payload = 'other' WHERE revision = 1");
  EXPECT_EQ(errors::Reason(store->ReadCurrent(SubjectOf(kHome)).status()), "DATA_CORRUPT");
  EXPECT_EQ(errors::Reason(store->ListCurrent(locations).status()), "DATA_CORRUPT");
  Ask("DELETE FROM record WHERE revision = 3");
  const absl::Status gap = store->Log(partition, 1, 10, kMuch).status();
  EXPECT_THAT(gap.message(), HasSubstr("lacks counter 3"));
}

// A judgement with a rationale of so many bytes.
Write Reasoned(Write write, size_t bytes) {
  SealedText sealed;
  sealed.field = "rationale";
  sealed.salt = std::string(32, 's');
  sealed.bytes = std::string(bytes, 'r');
  sealed.commitment = CommitmentOf(sealed.salt, sealed.bytes);
  write.row.texts.push_back(std::move(sealed));
  return write;
}

// Regression: to know what texts commit to, reads without them took in all up to 16 KiB, and left
// what was longer unchecked.
TEST_F(PostgresqlRecordStoreTest, ReadsWithoutTextsTakeTheirCommitmentsAlone) {
  const auto store = Open().value();
  ASSERT_TRUE(
      store
          ->AppendAndWait(BatchOf({LocationWrite(kHome), Reasoned(JudgementWrite(kHome, 1), 100),
                                   Reasoned(JudgementWrite(kHome, 2), 50000)}))
          .status.ok());
  SubjectQuery bare;
  bare.texts = KindSet();
  LogQuery log;
  log.limit = 10;
  log.max_bytes = kMuch;
  log.without_texts = true;
  // Whoever read the texts could not read these.
  Ask("UPDATE record_text SET sealed = 'none'");
  EXPECT_EQ(store->ReadSubject(SubjectOf(kHome), {}).status().code(), absl::StatusCode::kDataLoss);
  const auto read = store->ReadSubject(SubjectOf(kHome), bare);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->records[2].texts.at(0).field, "rationale");
  EXPECT_TRUE(store->Log(PartitionOf(kHome), log).ok());
  Ask("UPDATE record SET payload = 'judgement 9' WHERE revision = 3");
  EXPECT_EQ(errors::Reason(store->ReadSubject(SubjectOf(kHome), bare).status()), "DATA_CORRUPT");
  EXPECT_EQ(errors::Reason(store->Log(PartitionOf(kHome), log).status()), "DATA_CORRUPT");
}

TEST_F(PostgresqlRecordStoreTest, TablesOfTheFirstVersionAreBroughtUpToDate) {
  ASSERT_TRUE((*Open())
                  ->AppendAndWait(
                      BatchOf({LocationWrite(kHome), Reasoned(JudgementWrite(kHome, 1), 50000)}))
                  .status.ok());
  Ask("ALTER TABLE record_text DROP COLUMN IF EXISTS commitments;"
      "DROP INDEX IF EXISTS record_subject;"
      "CREATE INDEX IF NOT EXISTS record_state ON record (partition_id, subject, place);"
      "UPDATE assay_schema SET version = 1");
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Ask("SELECT version FROM assay_schema"), "2");
  EXPECT_EQ(Ask("SELECT count(*) FROM pg_indexes WHERE indexname = 'record_state'"), "0");
  EXPECT_EQ(Ask("SELECT count(*) FROM pg_indexes WHERE indexname = 'record_subject'"), "1");
  SubjectQuery bare;
  bare.texts = KindSet();
  const auto read = (*store)->ReadSubject(SubjectOf(kHome), bare);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->records.at(1).texts.at(0).bytes, "");
  ASSERT_TRUE((*store)
                  ->AppendAndWait(
                      BatchOf({Reasoned(JudgementWrite(kHome, 2), 100), ErasureWrite(kHome, 1)}))
                  .status.ok());
  EXPECT_TRUE((*store)->ReadSubject(SubjectOf(kHome), bare)->records.at(1).erased.has_value());
}

// Regression: the database's own words stayed in the log, and the answer was a fault of ours.
TEST_F(PostgresqlRecordStoreTest, SaysWhoseTablesTheDatabaseHas) {
  database_ = server_->CreateDatabase().value();
  options_.target = server_->Url(database_);
  Ask("CREATE TABLE record (title text); CREATE TABLE subject (name text)");
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(
      status.message(),
      HasSubstr(absl::StrCat("the schema public of the database ", database_,
                             " is not ours: it has tables of others named record, subject")));
  Ask("DROP TABLE record, subject");
  EXPECT_TRUE(Open().ok());
}

TEST_F(PostgresqlRecordStoreTest, TwoReplicasWriteOneLogWithoutGaps) {
  constexpr uint64_t kBatches = 30;
  std::vector<std::unique_ptr<RecordStore>> replicas;
  for (int replica = 0; replica < 2; ++replica) replicas.push_back(Open().value());
  EXPECT_EQ(replicas[0]->epoch(), replicas[1]->epoch());
  std::vector<std::string> subjects;
  std::vector<Write> states;
  for (int number = 0; number < 6; ++number) {
    subjects.push_back(absl::StrCat("locations/1-", number));
    states.push_back(LocationWrite(subjects.back()));
  }
  ASSERT_TRUE(replicas[0]->AppendAndWait(BatchOf(std::move(states))).status.ok());
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t batch = 0; batch < kBatches; ++batch) {
        std::vector<Write> writes;
        for (uint64_t one = 0; one < 4; ++one) {
          const uint64_t number = (thread * kBatches + batch) * 4 + one + 1;
          writes.push_back(JudgementWrite(subjects[number % subjects.size()], number));
        }
        const BatchResult result = replicas[thread % 2]->AppendAndWait(BatchOf(std::move(writes)));
        EXPECT_TRUE(result.status.ok()) << result.status << errors::PrivateDetail(result.status);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& replica : replicas) ASSERT_TRUE(replica->Refresh().ok());
  EXPECT_EQ(replicas[0]->Counters(), replicas[1]->Counters());
  int64_t found = 0;
  for (const std::string& subject : subjects) {
    const auto history = replicas[1]->ReadSubject(SubjectOf(subject), {});
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_TRUE(CheckChain(history->records, history->head).ok()) << subject;
    found += static_cast<int64_t>(history->records.size()) - 1;
  }
  EXPECT_EQ(found, static_cast<int64_t>(4 * kBatches * 4));
}

TEST_F(PostgresqlRecordStoreTest, ARequestIdIsKnownToTheOtherReplica) {
  const auto one = Open().value();
  const auto two = Open().value();
  ASSERT_TRUE(one->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  const BatchResult first = one->AppendAndWait(BatchOf({Under(JudgementWrite(kHome, 1), 7)}));
  const BatchResult again = two->AppendAndWait(BatchOf({Under(JudgementWrite(kHome, 2), 7)}));
  ASSERT_TRUE(again.status.ok()) << again.status;
  EXPECT_FALSE(again.writes[0].written);
  EXPECT_EQ(again.writes[0].record.position, first.writes[0].record.position);
  // What it answers with it also counts.
  EXPECT_EQ(two->Counters()[static_cast<size_t>(PartitionOf(kHome))], 2);
}

TEST_F(PostgresqlRecordStoreTest, FollowersOfOneReplicaAreToldOfTheOthersWrites) {
  options_.poll = absl::Milliseconds(1);
  const auto one = Open().value();
  const auto two = Open().value();
  std::mutex mutex;
  std::condition_variable told;
  int woken = 0;
  const uint64_t key = two->AddListener([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    ++woken;
    told.notify_one();
  });
  ASSERT_TRUE(one->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  std::unique_lock<std::mutex> lock(mutex);
  EXPECT_TRUE(told.wait_for(lock, std::chrono::seconds(20), [&] { return woken > 0; }));
  EXPECT_EQ(two->Counters()[static_cast<size_t>(PartitionOf(kHome))], 1);
  lock.unlock();
  two->RemoveListener(key);
}

TEST_F(PostgresqlRecordStoreTest, AnotherReplicaIsToldWithoutPolling) {
  options_.poll = absl::Hours(1);
  const auto one = Open().value();
  const auto two = Open().value();
  std::atomic<int> woken{0};
  const uint64_t key = two->AddListener([&] { ++woken; });
  ASSERT_TRUE(one->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  // From when on both listen is not told, so that the first writes may go unnoticed.
  const absl::Time end = absl::Now() + absl::Seconds(20);
  for (uint64_t number = 1; woken == 0 && absl::Now() < end; ++number) {
    ASSERT_TRUE(one->AppendAndWait(BatchOf({JudgementWrite(kHome, number)})).status.ok());
  }
  EXPECT_GT(woken, 0);
  two->RemoveListener(key);
}

TEST_F(PostgresqlRecordStoreTest, ADatabaseThatStaysSilentIsToldAsOneThatIsAway) {
  options_.poll = absl::Hours(1);  // nobody asks but this test
  const auto store = Open().value();
  EXPECT_TRUE(store->Check().ok()) << store->Check();
  clock_.Advance(absl::Hours(1) + absl::Minutes(1));
  EXPECT_EQ(errors::Reason(store->Check()), "DEPENDENCY_UNAVAILABLE");
  ASSERT_TRUE(store->Refresh().ok());
  EXPECT_TRUE(store->Check().ok()) << store->Check();
}

TEST_F(PostgresqlRecordStoreTest, AKnownMomentHoldsForEveryReplica) {
  const auto one = Open().value();
  const auto two = Open().value();
  ASSERT_TRUE(one->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  clock_.Advance(absl::Seconds(1));
  const absl::Time moment = clock_.Now();
  EXPECT_EQ(two->CounterAt(PartitionOf(kHome), moment).value(), 1);
  // The other replica's clock stands at the very moment, and what it writes comes after it.
  const BatchResult late = one->AppendAndWait(BatchOf({JudgementWrite(kHome, 1)}));
  EXPECT_GT(late.writes[0].record.recorded, moment);
  EXPECT_EQ(two->CounterAt(PartitionOf(kHome), moment).value(), 1);
}

TEST_F(PostgresqlRecordStoreTest, FindsAMomentAmongMany) {
  const auto store = Open().value();
  ASSERT_TRUE(store->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  std::vector<Write> writes;
  for (uint64_t number = 1; number < 1000; ++number)
    writes.push_back(JudgementWrite(kHome, number));
  ASSERT_TRUE(store->AppendAndWait(BatchOf(std::move(writes))).status.ok());
  // The clock stood still, so each was recorded a microsecond after the one before.
  const absl::Time start = clock_.Now();
  clock_.Advance(absl::Seconds(1));
  for (const int64_t counter : {1, 2, 63, 64, 65, 66, 500, 998, 999, 1000}) {
    EXPECT_EQ(store->CounterAt(PartitionOf(kHome), start + absl::Microseconds(counter - 1)).value(),
              counter);
  }
}

TEST_F(PostgresqlRecordStoreTest, ALostDatabaseIsNotTakenForTheSame) {
  const auto store = Open().value();
  const auto two = Open().value();
  const std::string epoch = Ask("SELECT epoch FROM store");
  ASSERT_TRUE(store->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  Ask("DELETE FROM record");
  Ask("UPDATE partition_revision SET revision = 0, log = ''");
  const absl::Status status = store->Refresh();
  EXPECT_EQ(errors::Reason(status), "DATA_CORRUPT");
  EXPECT_THAT(errors::PrivateDetail(status), HasSubstr("went back from counter 1 to 0"));
  // Nothing is written over what was lost.
  const BatchResult late = store->AppendAndWait(BatchOf({JudgementWrite(kHome, 1)}));
  EXPECT_EQ(errors::Reason(late.status), "DATA_CORRUPT");
  // What takes the place of what was lost has another epoch; another replica notices it.
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (two->Refresh().ok() && absl::Now() < end) std::this_thread::yield();
  EXPECT_EQ(errors::Reason(two->Refresh()), "DATA_CORRUPT");
  EXPECT_NE(Ask("SELECT epoch FROM store"), epoch);
}

// A server of its own, that may be killed. The clock is the machine's: back-off waits.
class PostgresqlLossTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    database_ = MakeStoreDatabase(*server_).value();
    options_.target = server_->Url(database_);
    options_.statement_timeout = absl::Seconds(20);
    options_.patience = absl::Seconds(60);
  }

  // Writes judgements from three threads, each under its own request id, until told to stop, and
  // repeats under the same ids what was answered with an error; kills meanwhile.
  void WriteWhile(RecordStore& store, const std::function<void()>& harm);

  // Each number was written once, every chain holds, and the log has no gap.
  void CheckAll(RecordStore& store);

  const std::vector<std::string> subjects_ = {"locations/1-1", "locations/1-2", "locations/1-3"};
  std::unique_ptr<PostgresServer> server_;
  std::string database_;
  PostgresqlOptions options_;
  clock::SystemClock clock_;
  digest::SystemRandom random_;
  std::mutex mutex_;
  std::map<uint64_t, Position> acknowledged_;
  std::atomic<uint64_t> next_{1};
};

void PostgresqlLossTest::WriteWhile(RecordStore& store, const std::function<void()>& harm) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (const std::string& subject : subjects_) {
    threads.emplace_back([&, subject] {
      while (!stop) {
        const uint64_t number = next_++;
        BatchResult result;
        do {
          result = store.AppendAndWait(
              BatchOf({Under(JudgementWrite(subject, number), number, subject)}));
        } while (!result.status.ok());
        const std::lock_guard<std::mutex> lock(mutex_);
        acknowledged_[number] = result.writes[0].record.position;
      }
    });
  }
  const auto count = [&] {
    const std::lock_guard<std::mutex> lock(mutex_);
    return acknowledged_.size();
  };
  const size_t before = count();
  while (count() < before + 20) std::this_thread::yield();
  harm();
  const size_t after = count();
  while (count() < after + 20) std::this_thread::yield();
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

void PostgresqlLossTest::CheckAll(RecordStore& store) {
  // Readers try again a back-off after they last failed.
  while (absl::IsUnavailable(store.Refresh())) std::this_thread::yield();
  std::multiset<std::string> found;
  for (const std::string& subject : subjects_) {
    const auto history = store.ReadSubject(SubjectOf(subject), {});
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_TRUE(CheckChain(history->records, history->head).ok()) << subject;
    for (const StoredRecord& record : history->records) found.insert(record.payload);
  }
  for (const auto& [number, position] : acknowledged_) {
    EXPECT_EQ(found.count(absl::StrCat("judgement ", number)), 1u) << number;
    const auto record = store.Log(position.partition, position.counter - 1, 1, kMuch);
    ASSERT_TRUE(record.ok() && record->size() == 1);
    EXPECT_EQ(record->front().payload, absl::StrCat("judgement ", number));
  }
  EXPECT_EQ(found.size(), acknowledged_.size() + subjects_.size());
}

TEST_F(PostgresqlLossTest, AServerThatIsKilledLosesNothingThatWasAcknowledged) {
  auto store = OpenPostgresqlRecordStore(options_, clock_, random_).value();
  for (const std::string& subject : subjects_) {
    ASSERT_TRUE(store->AppendAndWait(BatchOf({LocationWrite(subject)})).status.ok());
  }
  for (int round = 0; round < 3; ++round) {
    WriteWhile(*store, [&] {
      server_->Kill();
      const absl::Status again = server_->Restart();
      ASSERT_TRUE(again.ok()) << again;
    });
    CheckAll(*store);
    while (!store->Check().ok()) std::this_thread::yield();
  }
  store = OpenPostgresqlRecordStore(options_, clock_, random_).value();
  CheckAll(*store);
}

TEST_F(PostgresqlLossTest, APromotedStandbyHasAllThatWasAcknowledged) {
  auto standby = server_->StartSynchronousStandby();
  ASSERT_TRUE(standby.ok()) << standby.status();
  options_.target = server_->UrlWith(**standby, database_);
  auto store = OpenPostgresqlRecordStore(options_, clock_, random_).value();
  const uint64_t epoch = store->epoch();
  for (const std::string& subject : subjects_) {
    ASSERT_TRUE(store->AppendAndWait(BatchOf({LocationWrite(subject)})).status.ok());
  }
  WriteWhile(*store, [&] {
    server_->Kill();
    const absl::Status promoted = (*standby)->Promote();
    ASSERT_TRUE(promoted.ok()) << promoted;
  });
  CheckAll(*store);
  EXPECT_TRUE(store->Refresh().ok());
  store = OpenPostgresqlRecordStore(options_, clock_, random_).value();
  EXPECT_EQ(store->epoch(), epoch);
  CheckAll(*store);
}

TEST_F(PostgresqlLossTest, APromotionThatLostSomethingRenewsTheEpoch) {
  auto standby = server_->StartSynchronousStandby();
  ASSERT_TRUE(standby.ok()) << standby.status();
  options_.target = server_->UrlWith(**standby, database_);
  auto store = OpenPostgresqlRecordStore(options_, clock_, random_).value();
  const uint64_t epoch = store->epoch();
  ASSERT_TRUE(store->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  // From here on the standby is asynchronous, and down.
  ASSERT_TRUE(server_->Ask("ALTER SYSTEM SET synchronous_standby_names = ''").ok());
  ASSERT_TRUE(server_->Ask("SELECT pg_reload_conf()").ok());
  (*standby)->Kill();
  for (uint64_t number = 1; number <= 5; ++number) {
    ASSERT_TRUE(store->AppendAndWait(BatchOf({JudgementWrite(kHome, number)})).status.ok());
  }
  server_->Kill();
  ASSERT_TRUE((*standby)->Restart().ok());
  const absl::Status promoted = (*standby)->Promote();
  ASSERT_TRUE(promoted.ok()) << promoted;
  absl::Status status = store->Refresh();
  while (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) {
    std::this_thread::yield();
    status = store->Refresh();
  }
  EXPECT_EQ(errors::Reason(status), "DATA_CORRUPT");
  const BatchResult refused = store->AppendAndWait(BatchOf({JudgementWrite(kHome, 6)}));
  EXPECT_EQ(errors::Reason(refused.status), "DATA_CORRUPT");
  store = OpenPostgresqlRecordStore(options_, clock_, random_).value();
  EXPECT_NE(store->epoch(), epoch);
  EXPECT_TRUE(store->AppendAndWait(BatchOf({JudgementWrite(kHome, 6)})).status.ok());
}

TEST_F(PostgresqlLossTest, AServerThatStaysAwayIsUnavailable) {
  options_.patience = absl::ZeroDuration();
  const auto store = OpenPostgresqlRecordStore(options_, clock_, random_).value();
  ASSERT_TRUE(store->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  server_->Kill();
  const BatchResult result = store->AppendAndWait(BatchOf({JudgementWrite(kHome, 1)}));
  EXPECT_EQ(errors::Reason(result.status), "DEPENDENCY_UNAVAILABLE");
  EXPECT_TRUE(result.writes.empty());
  EXPECT_EQ(store->ReadSubject(SubjectOf(kHome), {}).status().code(),
            absl::StatusCode::kUnavailable);
  while (store->Check().ok()) std::this_thread::yield();
  EXPECT_EQ(errors::Reason(store->Check()), "DEPENDENCY_UNAVAILABLE");
  // What is known without it is still told.
  EXPECT_EQ(store->Counters()[static_cast<size_t>(PartitionOf(kHome))], 1);
}

}  // namespace
}  // namespace assay::evidence
