// How the database runs what reads subjects and the log.
#include "services/evidence/storage/postgresql/reads.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/postgresql/connection.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/storage/postgresql/postgresql_record_store.h"
#include "tests/evidence/storage/postgresql/postgresql_testing.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence::pg {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHome[] = "locations/1-102";

// A store whose one partition holds a subject of many records between those of another.
class ReadsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto server = testing::SharedPostgres();
    ASSERT_TRUE(server.ok()) << server.status();
    const std::string database = MakeStoreDatabase(**server).value();
    PostgresqlOptions options;
    options.target = (*server)->Url(database);
    store_ = OpenPostgresqlRecordStore(options, clock_, random_).value();
    const std::string service = absl::StrCat(kHome, "/services/homecare");
    Write state = LocationWrite(service);
    state.row.kind = v1::RECORD_KIND_SERVICE;
    std::vector<Write> writes = {LocationWrite(kHome), state};
    // So many that what the planner guesses of a table that was not analyzed is far too few.
    for (uint64_t number = 1; number <= 40000; ++number) {
      writes.push_back(JudgementWrite(number % 4 == 0 ? service : kHome, number));
      if (number % 5000 != 0) continue;
      ASSERT_TRUE(store_->AppendAndWait(BatchOf(std::move(writes))).status.ok());
      writes.clear();
    }
    postgresql::ConnectOptions connect;
    connect.target = options.target;
    connect.dependency = "evidence store";
    connection_ = postgresql::Connection::Open(connect).value();
  }

  std::string PlanOf(postgresql::Statement statement, bool in_order) {
    statement.sql = absl::StrCat("EXPLAIN ", statement.sql);
    EXPECT_TRUE(connection_->Run("BEGIN").ok());
    if (in_order) {
      EXPECT_TRUE(connection_->Query(InOrderStatement()).ok());
    }
    const auto lines = connection_->Query(statement);
    EXPECT_TRUE(lines.ok()) << lines.status();
    EXPECT_TRUE(connection_->Run("COMMIT").ok());
    std::string plan;
    for (int row = 0; row < lines->rows(); ++row) {
      absl::StrAppend(&plan, lines->Bytes(row, 0), "\n");
    }
    return plan;
  }

  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
  digest::SystemRandom random_;
  std::unique_ptr<RecordStore> store_;
  std::unique_ptr<postgresql::Connection> connection_;
};

// Regression: each page of a subject sorted all of it, so that reading one whole grew with the
// square of its records.
TEST_F(ReadsTest, APageIsReadInTheOrderOfItsIndexAndNotSorted) {
  const int32_t partition = PartitionOf(kHome);
  const auto all = store_->ReadSubject(SubjectOf(kHome), {});
  ASSERT_TRUE(all.ok()) << all.status();
  std::vector<const StoredRecord*> some;
  for (size_t at = 1; at < 100; ++at) some.push_back(&all->records[at]);
  for (const bool analyzed : {false, true}) {
    if (analyzed) {
      ASSERT_TRUE(connection_->Run("ANALYZE").ok());
    }
    for (const bool newest_first : {false, true}) {
      for (const size_t limit : {size_t{0}, size_t{100}}) {
        SubjectQuery query;
        query.after = 1000;
        query.limit = limit;
        query.newest_first = newest_first;
        query.kinds = {v1::RECORD_KIND_JUDGEMENT, v1::RECORD_KIND_OVERRIDE};
        const std::string plan = PlanOf(ReadSubjectStatement(partition, kHome, query), true);
        EXPECT_THAT(plan, Not(HasSubstr("Sort"))) << analyzed << newest_first << limit;
        EXPECT_THAT(plan, HasSubstr("subject_revision")) << plan;
      }
    }
    const std::string plan = PlanOf(LeavesBeforeStatement(partition, some), false);
    EXPECT_THAT(plan, Not(HasSubstr("Sort")));
    EXPECT_THAT(plan, HasSubstr("subject_revision")) << plan;
  }
}

// Regression: each page of the log sorted all that followed it in its partition.
TEST_F(ReadsTest, APageOfTheLogIsARangeOfItsKey) {
  for (const bool analyzed : {false, true}) {
    if (analyzed) {
      ASSERT_TRUE(connection_->Run("ANALYZE").ok());
    }
    for (const bool without_texts : {false, true}) {
      LogQuery query;
      query.after = 1000;
      query.limit = 500;
      query.without_texts = without_texts;
      const std::string plan = PlanOf(ReadLogStatement(PartitionOf(kHome), query), true);
      EXPECT_THAT(plan, Not(HasSubstr("Sort"))) << plan;
      EXPECT_THAT(plan, HasSubstr("_pkey")) << plan;
      EXPECT_THAT(plan, HasSubstr("revision <= ")) << plan;
    }
  }
}

// Regression: of long texts the database sent all that the limit on their number allows, hundreds
// of megabytes for a page of a quarter of one, and the same again for the next.
TEST_F(ReadsTest, APageOfTheLogHoldsNoMoreTextThanIsAskedFor) {
  constexpr size_t kLong = size_t{1} << 20;
  std::vector<Write> writes;
  for (uint64_t number = 1; number <= 6; ++number) {
    writes.push_back(JudgementWrite(kHome, 50000 + number));
    SealedText text;
    text.field = "rationale";
    text.salt = std::string(32, 's');
    // The third is of another kind.
    if (number == 3) writes.back().row.kind = v1::RECORD_KIND_EVIDENCE_ITEM;
    text.bytes = std::string(number == 1 ? 100 : kLong, 't');
    text.commitment = CommitmentOf(text.salt, text.bytes);
    writes.back().row.texts.push_back(std::move(text));
  }
  LogQuery query;
  query.after = store_->Counters()[static_cast<size_t>(PartitionOf(kHome))];
  ASSERT_TRUE(store_->AppendAndWait(BatchOf(std::move(writes))).status.ok());
  query.limit = 500;
  query.max_bytes = kLong;
  const auto rows = [&] {
    const auto read = connection_->Query(ReadLogStatement(PartitionOf(kHome), query));
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? read->rows() : -1;
  };
  EXPECT_EQ(rows(), 2);
  query.max_bytes = 2 * kLong;
  EXPECT_EQ(rows(), 3);
  query.kinds = {v1::RECORD_KIND_JUDGEMENT};
  EXPECT_EQ(rows(), 4) << "what is not wanted counts for nothing";
  query.kinds = KindSet::All();
  query.without_texts = true;
  EXPECT_EQ(rows(), 6);
  query.without_texts = false;
  query.max_bytes = 1;
  EXPECT_EQ(rows(), 1) << "never less than one";
}

}  // namespace
}  // namespace assay::evidence::pg
