#include "services/evidence/storage/postgresql/schema.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "tests/common/testing/postgres_server.h"

namespace assay::evidence::pg {
namespace {

using assay::testing::SharedPostgres;

// The file of the tree; written anew first where ASSAY_WRITE_SCHEMA is set.
std::string FileOf(const std::string& name, Layout layout) {
  const char* root = std::getenv("ASSAY_SOURCE_DIR");
  const std::string path = absl::StrCat(root == nullptr ? "." : root, "/deploy/postgresql/", name);
  if (std::getenv("ASSAY_WRITE_SCHEMA") != nullptr) std::ofstream(path) << SchemaSql(layout);
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class SchemaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto server = SharedPostgres();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *server;
  }
  std::string Ask(const std::string& sql, const std::string& database) {
    const auto answer = server_->Ask(sql, database);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or("");
  }
  assay::testing::PostgresServer* server_ = nullptr;
};

// Every column of the tables that are no pieces of others, with its type, default and collation.
constexpr char kColumns[] =
    "SELECT string_agg(concat_ws(' ', c.table_name, c.ordinal_position, c.column_name, c.data_type,"
    " c.is_nullable, c.collation_name), E'\\n' ORDER BY c.table_name, c.ordinal_position)"
    " FROM information_schema.columns AS c JOIN pg_class AS t ON t.relname = c.table_name"
    " WHERE c.table_schema = 'public' AND NOT t.relispartition AND t.relkind IN ('r', 'p')";

TEST_F(SchemaTest, TheFilesAreWhatTheServiceKnows) {
  EXPECT_EQ(FileOf("evidence-one-machine.sql", Layout::kOneMachine), SchemaSql(Layout::kOneMachine))
      << "write them anew: deploy/postgresql/README.md";
  EXPECT_EQ(FileOf("evidence-citus.sql", Layout::kCitus), SchemaSql(Layout::kCitus))
      << "write them anew: deploy/postgresql/README.md";
}

TEST_F(SchemaTest, BothLayoutsHaveTheSameColumns) {
  const std::string one = server_->CreateDatabase().value();
  const std::string citus = server_->CreateDatabase().value();
  Ask(SchemaSql(Layout::kOneMachine), one);
  // What Citus brings, as far as the file calls it.
  Ask("CREATE FUNCTION create_distributed_table(regclass, text, colocate_with text DEFAULT '')"
      " RETURNS void LANGUAGE sql AS '';"
      "CREATE FUNCTION create_reference_table(regclass) RETURNS void LANGUAGE sql AS ''",
      citus);
  Ask(SchemaSql(Layout::kCitus), citus);
  const std::string columns = Ask(kColumns, one);
  EXPECT_EQ(columns, Ask(kColumns, citus));
  EXPECT_NE(columns.find("record 1 partition_id integer NO"), std::string::npos) << columns;
}

TEST_F(SchemaTest, EveryKeyBeginsWithThePartition) {
  const std::string database = server_->CreateDatabase().value();
  Ask(SchemaSql(Layout::kOneMachine), database);
  EXPECT_EQ(
      Ask("SELECT coalesce(string_agg(i.indexrelid::regclass::text, ' '), '') FROM pg_index AS i"
          " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
          " WHERE i.indisunique AND a.attname <> 'partition_id'"
          " AND i.indrelid::regclass::text !~ '^(store|assay_schema|pg_toast.*)$'"
          " AND i.indrelid > 16383",
          database),
      "");
  EXPECT_EQ(Ask("SELECT count(DISTINCT a.atttypid) FROM pg_attribute AS a"
                " WHERE a.attname = 'partition_id' AND a.attrelid > 16383",
                database),
            "1")
      << "co-location wants one type";
}

}  // namespace
}  // namespace assay::evidence::pg
