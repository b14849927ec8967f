#include <memory>
#include <string>
#include <utility>

#include "services/framework/storage/postgresql/postgresql_version_store.h"
#include "tests/common/testing/postgres_server.h"
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

}  // namespace
}  // namespace assay::framework
