#include <memory>
#include <string>
#include <utility>

#include "services/framework/storage/postgresql/postgresql_version_store.h"
#include "tests/common/testing/postgres_server.h"
#include "tests/framework/framework_testing.h"
#include "tests/framework/storage/version_store_contract.h"

namespace assay::framework {
namespace {

class PostgresqlHarness final : public VersionEngineHarness {
 public:
  explicit PostgresqlHarness(std::string url) : url_(std::move(url)) {}

  absl::StatusOr<std::unique_ptr<VersionStore>> Open() override {
    PostgresqlVersionOptions options;
    options.target = url_;
    return OpenPostgresqlVersionStore(options, clock_);
  }

 private:
  const std::string url_;
  const clock::SystemClock clock_;
};

// A database of its own on the server that the whole program shares.
std::unique_ptr<VersionEngineHarness> Make() {
  const auto server = testing::SharedPostgres();
  EXPECT_TRUE(server.ok()) << server.status();
  if (!server.ok()) return nullptr;
  const auto database = (*server)->CreateDatabase();
  EXPECT_TRUE(database.ok()) << database.status();
  if (!database.ok()) return nullptr;
  return std::make_unique<PostgresqlHarness>((*server)->Url(*database));
}

INSTANTIATE_TEST_SUITE_P(Postgresql, VersionStoreContract,
                         ::testing::Values(VersionEngine{"postgresql", Make}),
                         [](const ::testing::TestParamInfo<VersionEngine>& engine) {
                           return engine.param.name;
                         });

TEST(PostgresqlVersionStoreTest, ToldWhereThereIsNoServer) {
  const clock::SystemClock clock;
  PostgresqlVersionOptions options;
  options.target = "postgresql:///none?host=/nonexistent";
  const absl::Status status = OpenPostgresqlVersionStore(options, clock).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

// The database and this program must come to the same seals.
TEST(PostgresqlVersionStoreTest, SealsWhatAnEarlierReleaseWrote) {
  const auto server = testing::SharedPostgres();
  if (!server.ok()) GTEST_SKIP() << server.status();
  const std::string database = (*server)->CreateDatabase().value();
  const clock::SystemClock clock;
  PostgresqlVersionOptions options;
  options.target = (*server)->Url(database);
  HeldVersion version = Held(SampleVersion(), v1::VERSION_STATE_WITHDRAWN);
  version.publish_time = absl::FromUnixMicros(1750000000123456);
  version.withdraw_reason = "a fault, \"quoted\"; with\na line and ü";
  const Request request{"0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b", std::string(32, 'b')};
  ASSERT_TRUE(OpenPostgresqlVersionStore(options, clock).value()->Write(version, request).ok());
  const auto undone = (*server)->Ask(
      "ALTER TABLE framework_version DROP COLUMN seal; ALTER TABLE framework_answer DROP COLUMN "
      "seal; UPDATE assay_schema SET version = 1 WHERE component = 'framework'; SELECT 1",
      database);
  ASSERT_TRUE(undone.ok()) << undone.status();
  const auto store = OpenPostgresqlVersionStore(options, clock);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Check().ok());
  const auto read = (*store)->Read(version.name);
  ASSERT_TRUE(read.ok() && read->has_value()) << read.status();
  EXPECT_TRUE(Serve(**read).ok()) << Serve(**read).status();
  const auto answer = (*store)->FindAnswer(request);
  ASSERT_TRUE(answer.ok() && answer->has_value()) << answer.status();
  EXPECT_TRUE(Serve(**answer).ok()) << Serve(**answer).status();
}

}  // namespace
}  // namespace assay::framework
