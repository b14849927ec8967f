#include "services/common/postgresql/connection.h"

#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/postgresql/status.h"
#include "tests/common/testing/postgres_server.h"

namespace assay::postgresql {
namespace {

using assay::testing::PgBouncer;
using assay::testing::PostgresServer;
using assay::testing::SharedPostgres;
using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<Connection> Connect(const std::string& url,
                                    absl::Duration timeout = absl::Seconds(20)) {
  ConnectOptions options;
  options.target = url;
  options.statement_timeout = timeout;
  auto connection = Connection::Open(options);
  EXPECT_TRUE(connection.ok()) << connection.status() << errors::PrivateDetail(connection.status());
  return connection.ok() ? *std::move(connection) : nullptr;
}

class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto server = SharedPostgres();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *server;
    const auto database = server_->CreateDatabase();
    ASSERT_TRUE(database.ok()) << database.status();
    url_ = server_->Url(*database);
    connection_ = Connect(url_);
    ASSERT_NE(connection_, nullptr);
  }

  std::string Count(const std::string& table) {
    const auto result = connection_->Query({"SELECT count(*) FROM " + table, {}});
    EXPECT_TRUE(result.ok()) << result.status() << errors::PrivateDetail(result.status());
    return result.ok() ? std::to_string(result->Int(0, 0)) : "";
  }

  PostgresServer* server_ = nullptr;
  std::string url_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, ValuesComeBackAsTheyWere) {
  const int64_t least = std::numeric_limits<int64_t>::min();
  const std::string bytes("\0a\xff", 3);
  Statement statement{
      "SELECT $1::bool, $2::int, $3::bigint, $4::text, $5::bytea, $6::bigint,"
      " $7::bigint[], $8::bytea[], 7 = any($7), $9::text[]",
      {}};
  statement.params.Bool(true).Int4(-5).Int8(least).Text("é").Bytes(bytes).Null(Type::kInt8);
  statement.params.Int8Array({6, 7}).BytesArray({bytes}).TextArray({});
  const auto result = connection_->Query(statement);
  ASSERT_TRUE(result.ok()) << result.status() << errors::PrivateDetail(result.status());
  ASSERT_EQ(result->rows(), 1);
  EXPECT_TRUE(result->Bool(0, 0));
  EXPECT_EQ(result->Int(0, 1), -5);
  EXPECT_EQ(result->Int(0, 2), least);
  EXPECT_EQ(result->Bytes(0, 3), "é");
  EXPECT_EQ(result->Bytes(0, 4), bytes);
  EXPECT_TRUE(result->null(0, 5));
  EXPECT_EQ(result->Int(0, 5), 0);
  EXPECT_TRUE(result->Bool(0, 8));
}

TEST_F(ConnectionTest, APipelineIsOneTransaction) {
  ASSERT_TRUE(connection_->Run("CREATE TABLE t(a int PRIMARY KEY)").ok());
  const auto good = connection_->Pipeline(std::vector<Statement>{
      {"INSERT INTO t VALUES (1), (2)", {}}, {"SELECT a FROM t ORDER BY a", {}}});
  ASSERT_TRUE(good.ok()) << good.status();
  ASSERT_EQ(good->size(), 2u);
  EXPECT_EQ((*good)[0].affected(), 2);
  EXPECT_EQ((*good)[1].Int(1, 0), 2);

  const auto bad = connection_->Pipeline(std::vector<Statement>{
      {"INSERT INTO t VALUES (3)", {}}, {"INSERT INTO t VALUES (1)", {}}, {"SELECT 1", {}}});
  EXPECT_EQ(SqlState(bad.status()), kUniqueViolation);
  EXPECT_THAT(bad.status().message(), Not(HasSubstr("duplicate")));
  EXPECT_THAT(errors::PrivateDetail(bad.status()), HasSubstr("duplicate key"));
  EXPECT_FALSE(connection_->broken());
  EXPECT_FALSE(connection_->in_transaction());
  EXPECT_EQ(Count("t"), "2");
}

TEST_F(ConnectionTest, StatementsOfOneTextAreParsedOnceAndEachIsAnswered) {
  const auto doubled = [](int64_t value) {
    Statement statement{"SELECT $1::bigint * 2", {}};
    statement.params.Int8(value);
    return statement;
  };
  // The same text with a parameter of another type is another statement.
  Statement other{"SELECT $1::bigint * 2", {}};
  other.params.Int4(50);
  const std::vector<Statement> statements = {doubled(1), doubled(2), {"SELECT 7::bigint", {}},
                                             doubled(3), other,      doubled(4),
                                             doubled(5), doubled(6)};
  const auto results = connection_->Pipeline(statements);
  ASSERT_TRUE(results.ok()) << results.status() << errors::PrivateDetail(results.status());
  std::vector<int64_t> answers;
  for (const Result& result : *results) answers.push_back(result.Int(0, 0));
  EXPECT_EQ(answers, (std::vector<int64_t>{2, 4, 7, 6, 100, 8, 10, 12}));
  // One that fails among them fails them all, and the connection goes on.
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_FALSE(connection_->Pipeline({doubled(1), doubled(most), doubled(2)}).ok());
  EXPECT_EQ(connection_->Query(doubled(9))->Int(0, 0), 18);
}

TEST_F(ConnectionTest, AnErrorInATransactionWantsARollback) {
  const auto failed = connection_->Pipeline(
      std::vector<Statement>{{"BEGIN", {}}, {"SELECT 1/0", {}}, {"COMMIT", {}}});
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(connection_->in_transaction());
  EXPECT_TRUE(connection_->Run("ROLLBACK").ok());
  EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(ConnectionTest, ALongPipelineDoesNotStandStill) {
  // Megabytes both ways: neither side may wait for the other to read.
  std::vector<Statement> statements(2000);
  for (Statement& statement : statements) {
    statement.sql = "SELECT $1::text";
    statement.params.Text(std::string(5000, 'x'));
  }
  const auto results = connection_->Pipeline(statements);
  ASSERT_TRUE(results.ok()) << results.status() << errors::PrivateDetail(results.status());
  ASSERT_EQ(results->size(), 2000u);
  EXPECT_EQ(results->back().Bytes(0, 0).size(), 5000u);
}

TEST_F(ConnectionTest, CopyAndInsertWriteTheSameRows) {
  ASSERT_TRUE(connection_->Run("CREATE TABLE t(a int, b bigint, c text, d bytea, e bool)").ok());
  Rows rows("t", {{"a", Type::kInt4},
                  {"b", Type::kInt8},
                  {"c", Type::kText},
                  {"d", Type::kBytea},
                  {"e", Type::kBool}});
  for (int row = 0; row < 3000; ++row) {
    rows.Int4(row).Int8(-row).Text("text").Bytes(std::string(300, '\0')).Bool(row % 2 == 0);
  }
  rows.Int4(3000).Null().Null().Null().Null();
  ASSERT_TRUE(connection_->CopyIn(rows).ok());
  EXPECT_EQ(Count("t"), "3001");
  const auto inserted = connection_->Pipeline(rows.Inserts(500));
  ASSERT_TRUE(inserted.ok()) << inserted.status();
  EXPECT_EQ(Count("(SELECT DISTINCT * FROM t) AS u"), "3001");
  EXPECT_EQ(Count("t"), "6002");
  EXPECT_EQ(Count("t WHERE b IS NULL"), "2");
}

TEST_F(ConnectionTest, AFailedCopyWritesNothingAndLeavesTheConnection) {
  ASSERT_TRUE(connection_->Run("CREATE TABLE t(a int PRIMARY KEY)").ok());
  Rows rows("t", {{"a", Type::kInt4}});
  rows.Int4(1).Int4(1);
  EXPECT_EQ(SqlState(connection_->CopyIn(rows)), kUniqueViolation);
  EXPECT_EQ(Count("t"), "0");
  Rows nowhere("no_such_table", {{"a", Type::kInt4}});
  nowhere.Int4(1);
  EXPECT_EQ(SqlState(connection_->CopyIn(nowhere)), kUndefinedTable);
  EXPECT_EQ(Count("t"), "0");
  rows.Clear();
  EXPECT_TRUE(connection_->CopyIn(rows).ok());
}

TEST_F(ConnectionTest, RefusalsNameWhatIsWantedAndNoPassword) {
  struct Case {
    std::string target;
    absl::StatusCode code;
  };
  for (const Case& c : {
           Case{server_->Url("no_such_database"), absl::StatusCode::kFailedPrecondition},
           Case{"postgresql:///x?host=/nowhere", absl::StatusCode::kUnavailable},
           Case{"postgresql://u:pass word@[::", absl::StatusCode::kInvalidArgument},
       }) {
    ConnectOptions options;
    options.target = c.target;
    const absl::Status status = Connection::Open(options).status();
    EXPECT_EQ(status.code(), c.code) << c.target << " " << status;
    EXPECT_THAT(status.message(), Not(HasSubstr("pass word")));
    EXPECT_NE(errors::PrivateDetail(status), "") << status;
  }
}

TEST(DescribeTest, ShowsNoPassword) {
  EXPECT_EQ(Describe("postgresql://u:secret@db.example:5433/assay"), "db.example:5433/assay");
  EXPECT_EQ(Describe("postgresql:///assay"), "local socket/assay");
  EXPECT_EQ(Describe("postgresql://[::"), "");
  EXPECT_TRUE(IsUrl("postgres://x"));
  EXPECT_FALSE(IsUrl("assay-evidence.db"));
}

class ServerLossTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::unique_ptr<PostgresServer> server_;
};

TEST_F(ServerLossTest, AKilledServerBreaksTheConnection) {
  const auto connection = Connect(server_->Url());
  ASSERT_NE(connection, nullptr);
  EXPECT_FALSE(connection->Stale());
  server_->Kill();
  // The process that serves the connection outlives the one that was killed by a moment.
  const absl::Time end = absl::Now() + absl::Seconds(10);
  while (!connection->Stale() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_TRUE(connection->Stale());
  EXPECT_TRUE(connection->broken());
  EXPECT_EQ(connection->Query({"SELECT 1", {}}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(connection->Run("SELECT 1").code(), absl::StatusCode::kUnavailable);
}

TEST_F(ServerLossTest, AServerThatDiesMeanwhileIsUnavailable) {
  const auto connection = Connect(server_->Url());
  ASSERT_NE(connection, nullptr);
  std::thread killer([&] { server_->Kill(); });
  const absl::Status status = connection->Query({"SELECT pg_sleep(20)", {}}).status();
  killer.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_TRUE(connection->broken());
}

TEST_F(ServerLossTest, AServerThatStandsStillIsWaitedForOnlySoLong) {
  const auto connection = Connect(server_->Url(), absl::Milliseconds(50));
  ASSERT_NE(connection, nullptr);
  server_->Pause();
  const absl::Status status = connection->Query({"SELECT 1", {}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(errors::PrivateDetail(status), HasSubstr("no answer within 50ms"));
  EXPECT_TRUE(connection->broken());
  server_->Resume();
}

TEST_F(ServerLossTest, ACommitThatGaveUpItsStandbyIsNoSuccess) {
  auto standby = server_->StartSynchronousStandby();
  ASSERT_TRUE(standby.ok()) << standby.status();
  const auto connection = Connect(server_->Url());
  ASSERT_NE(connection, nullptr);
  ASSERT_TRUE(connection->Run("CREATE TABLE t(a int)").ok());
  (*standby)->Pause();
  std::thread other([&] {
    // Once the commit waits for the standby, which stands still, its wait is cancelled.
    while (*server_->Ask("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
                         " WHERE wait_event = 'SyncRep'") != "1") {
    }
  });
  const auto committed = connection->Pipeline(
      std::vector<Statement>{{"BEGIN", {}}, {"INSERT INTO t VALUES (1)", {}}, {"COMMIT", {}}});
  other.join();
  EXPECT_EQ(committed.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(errors::PrivateDetail(committed.status()), HasSubstr("synchronous replication"));
  EXPECT_TRUE(connection->broken());
  (*standby)->Resume();
}

TEST(PoolerTest, StatementsPipelinesAndCopiesPassInTransactionMode) {
  const auto server = SharedPostgres();
  ASSERT_TRUE(server.ok()) << server.status();
  // One connection behind two of ours: whatever one leaves in the session the other would meet.
  const auto bouncer = PgBouncer::Start(**server, 1);
  if (bouncer.status().code() == absl::StatusCode::kNotFound) GTEST_SKIP() << bouncer.status();
  ASSERT_TRUE(bouncer.ok()) << bouncer.status();
  const auto database = (*server)->CreateDatabase();
  const std::string url = (*bouncer)->Url(*database);
  const auto one = Connect(url), two = Connect(url);
  ASSERT_TRUE(one != nullptr && two != nullptr);
  ASSERT_TRUE(one->Run("CREATE TABLE t(a int)").ok());
  Rows rows("t", {{"a", Type::kInt4}});
  for (int round = 0; round < 20; ++round) {
    for (Connection* connection : {one.get(), two.get()}) {
      Statement count{"SELECT count(*) FROM t WHERE a < $1", {}};
      count.params.Int4(1000);
      rows.Clear();
      rows.Int4(round);
      const auto begun = connection->Pipeline(std::vector<Statement>{{"BEGIN", {}}, count});
      ASSERT_TRUE(begun.ok()) << errors::PrivateDetail(begun.status());
      ASSERT_TRUE(connection->CopyIn(rows).ok());
      const auto ended = connection->Pipeline(std::vector<Statement>{count, {"COMMIT", {}}});
      ASSERT_TRUE(ended.ok()) << errors::PrivateDetail(ended.status());
      EXPECT_EQ(ended->front().Int(0, 0), (*begun)[1].Int(0, 0) + 1);
    }
  }
}

}  // namespace
}  // namespace assay::postgresql
