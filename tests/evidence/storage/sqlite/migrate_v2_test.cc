// A store as version 1 wrote it is opened, and nothing of it is lost.
#include "services/evidence/storage/sqlite/migrate_v2.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/core/fingerprint.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/core/stored.h"
#include "services/evidence/storage/sqlite/schema.h"
#include "services/evidence/storage/sqlite/sqlite_record_store.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using sqlite::Database;

// The tables of version 1, as they were.
constexpr char kVersion1[] = R"sql(
CREATE TABLE store(
  only INTEGER PRIMARY KEY CHECK (only = 1),
  epoch INTEGER NOT NULL);

CREATE TABLE partition_revision(
  partition_id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  recorded_us INTEGER NOT NULL);

CREATE TABLE record(
  partition_id INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  recorded_us INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  place INTEGER NOT NULL,
  effective_day INTEGER NOT NULL,
  assessed INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (partition_id, revision)) WITHOUT ROWID;
CREATE INDEX record_state ON record(
  partition_id, subject, place, effective_day DESC, assessed DESC, revision DESC);

CREATE TABLE record_id(
  partition_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, id)) WITHOUT ROWID;

CREATE TABLE request(
  partition_id INTEGER NOT NULL,
  request_id BLOB NOT NULL,
  fingerprint BLOB NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, request_id)) WITHOUT ROWID;

CREATE TABLE source_reference(
  partition_id INTEGER NOT NULL,
  origin BLOB NOT NULL,
  body BLOB NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, origin, body, revision)) WITHOUT ROWID;

CREATE TABLE supersession(
  partition_id INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  by_revision INTEGER NOT NULL,
  PRIMARY KEY (partition_id, revision)) WITHOUT ROWID;

CREATE TABLE registry(
  partition_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  provider TEXT,
  sector TEXT NOT NULL,
  from_day INTEGER NOT NULL,
  before_day INTEGER NOT NULL,
  area_kind INTEGER NOT NULL,
  PRIMARY KEY (partition_id, name)) WITHOUT ROWID;
CREATE INDEX registry_by_kind ON registry(kind, name);
CREATE INDEX registry_by_provider ON registry(provider, name) WHERE provider IS NOT NULL;

CREATE TABLE location_area(
  partition_id INTEGER NOT NULL,
  location TEXT NOT NULL,
  area TEXT NOT NULL,
  from_day INTEGER NOT NULL,
  before_day INTEGER NOT NULL,
  PRIMARY KEY (partition_id, location, area, from_day)) WITHOUT ROWID;
CREATE INDEX location_area_by_area ON location_area(area, location, from_day, before_day);
)sql";

constexpr char kHome[] = "locations/1-102";
constexpr int64_t kStart = 1750000000000000;

class MigrateV2Test : public testing::Test {
 protected:
  MigrateV2Test() {
    path_ = folder_.File("evidence.db");
    database_ = Database::Open(path_, Database::Mode::kCreate, "test").value();
    Run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;");
    Run(kVersion1);
    Run("INSERT INTO store VALUES (1, 4242)");
    Run(absl::StrCat("PRAGMA application_id = ", sqlite::kApplicationId, ";",
                     "PRAGMA user_version = 1;"));
  }

  void Run(const std::string& sql) {
    const absl::Status status = database_->Run(sql.c_str());
    ASSERT_TRUE(status.ok()) << sql << errors::PrivateDetail(status);
  }

  static std::string Blob(absl::string_view bytes) {
    return absl::StrCat("x'", absl::BytesToHexString(bytes), "'");
  }

  // Adds a record to the home's partition, as version 1 did.
  void Add(v1::RecordKind kind, const std::string& payload, const std::string& id = "") {
    const int32_t partition = PartitionOf(kHome);
    ++counter_;
    Run(absl::StrCat("INSERT INTO record VALUES (", partition, ",", counter_, ",",
                     kStart + counter_, ",", kind, ",'", kHome, "',", counter_ % 7, ",20000,1,",
                     Blob(payload), ")"));
    Run(absl::StrCat("INSERT OR REPLACE INTO partition_revision VALUES (", partition, ",", counter_,
                     ",", kStart + counter_, ")"));
    if (!id.empty()) {
      Run(absl::StrCat("INSERT INTO record_id VALUES (", partition, ",", Blob(id), ",", counter_,
                       ")"));
    }
    if (kind == v1::RECORD_KIND_LOCATION) {
      Run(absl::StrCat("INSERT OR REPLACE INTO registry VALUES (", partition, ",'", kHome, "',",
                       kind, ",", counter_, ",NULL,'',0,2000000,0)"));
    }
  }

  static std::string LocationPayload(const char* name) {
    v1::Record record;
    record.set_subject(kHome);
    record.mutable_location()->set_name(kHome);
    record.mutable_location()->set_display_name(name);
    return record.SerializeAsString();
  }

  static v1::Record Judged(int number) {
    v1::Record record;
    record.set_subject(kHome);
    record.mutable_judgement()->set_name(absl::StrCat(kHome, "/judgements/", number));
    record.mutable_judgement()->set_rationale(absl::StrCat("PERSONAL ", number));
    record.mutable_judgement()->mutable_source()->set_system("old");
    record.mutable_judgement()->mutable_source()->set_reference(absl::StrCat("ref ", number));
    return record;
  }

  // A location, 600 judgements, a second state; one judgement corrected.
  void Fill() {
    const int32_t partition = PartitionOf(kHome);
    Run("BEGIN");
    Add(v1::RECORD_KIND_LOCATION, LocationPayload("before"));
    for (int number = 1; number <= 600; ++number) {
      Add(v1::RECORD_KIND_JUDGEMENT, Judged(number).SerializeAsString(), Id(number));
      Run(absl::StrCat("INSERT INTO source_reference VALUES (", partition, ",",
                       Blob(Id(90000 + number)), ",", Blob(Id(number)), ",", counter_, ")"));
      Run(absl::StrCat("INSERT INTO request VALUES (", partition, ",", Blob(Id(5000 + number)), ",",
                       Blob(digest::Sha256("body").bytes()), ",", counter_, ")"));
    }
    Add(v1::RECORD_KIND_LOCATION, LocationPayload("after"));
    Run(absl::StrCat("INSERT INTO supersession VALUES (", partition, ",5,9)"));
    Run("COMMIT");
  }

  absl::StatusOr<std::unique_ptr<RecordStore>> Open() {
    database_.reset();
    SqliteOptions options;
    options.path = path_;
    return OpenSqliteRecordStore(options, clock_, random_);
  }

  TemporaryFolder folder_;
  std::string path_;
  std::unique_ptr<Database> database_;
  int64_t counter_ = 0;
  clock::ManualClock clock_{absl::FromUnixSeconds(1760000000)};
  digest::SystemRandom random_;
};

TEST_F(MigrateV2Test, EverythingIsThereAndSealedAndProved) {
  Fill();
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status() << errors::PrivateDetail(store.status());
  EXPECT_EQ((*store)->epoch(), 4242u);
  const auto history = (*store)->ReadSubject(SubjectOf(kHome), {});
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->records.size(), 602u);
  EXPECT_TRUE(CheckChain(history->records, history->head).ok());
  for (size_t at = 1; at <= 600; ++at) {
    const StoredRecord& stored = history->records[at];
    EXPECT_EQ(stored.position.counter, static_cast<int64_t>(at) + 1);
    EXPECT_EQ(absl::ToUnixMicros(stored.recorded), kStart + stored.position.counter);
    EXPECT_EQ(stored.id, Id(at));
    EXPECT_THAT(stored.payload, testing::Not(testing::HasSubstr("PERSONAL")));
    EXPECT_EQ(RecordOf(stored, 1)->judgement().rationale(), absl::StrCat("PERSONAL ", at));
  }
  EXPECT_EQ(history->records[0].superseded_by, 602);
  EXPECT_EQ(history->records[4].superseded_by, 9);
  EXPECT_EQ(history->records[601].superseded_by, 0);
  EXPECT_EQ((*store)->ReadCurrent(SubjectOf(kHome)).value()->position.counter, 602);
  const int32_t partition = PartitionOf(kHome);
  const digest::HashReader read = [&](int level, int64_t first, int64_t count) {
    return (*store)->LogHashes(partition, level, first, count);
  };
  EXPECT_EQ(digest::RootOf(read, 602).value(),
            (*store)->Logs().value()[static_cast<size_t>(partition)].Root());
}

TEST_F(MigrateV2Test, WhatWasDoneBeforeIsKnownAfter) {
  Fill();
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  const WriteResult repeated =
      (*store)->AppendAndWait(BatchOf({Under(JudgementWrite(kHome, 9000), 5003)})).writes[0];
  EXPECT_FALSE(repeated.written);
  EXPECT_EQ(repeated.record.position.counter, 4);
  Write imported = JudgementWrite(kHome, 9001);
  imported.origin = OriginOf(kHome, Judged(7).judgement().source());
  imported.body = Id(7);
  const WriteResult again = (*store)->AppendAndWait(BatchOf({imported})).writes[0];
  EXPECT_FALSE(again.written);
  EXPECT_EQ(again.record.position.counter, 8);
  const BatchResult corrected = (*store)->AppendAndWait(BatchOf({CorrectionWrite(kHome, 9002, 4)}));
  EXPECT_EQ(errors::Reason(corrected.status), "ALREADY_SUPERSEDED");
  const WriteResult next =
      (*store)->AppendAndWait(BatchOf({CorrectionWrite(kHome, 9003, 6)})).writes[0];
  EXPECT_TRUE(next.written);
  EXPECT_EQ(next.record.position.counter, 603);
}

TEST_F(MigrateV2Test, AnEmptyStoreIsMigratedToo) { EXPECT_TRUE(Open().ok()); }

TEST_F(MigrateV2Test, WhatCannotBeReadIsLeftAsItWas) {
  Add(v1::RECORD_KIND_LOCATION, LocationPayload("x"));
  Add(v1::RECORD_KIND_JUDGEMENT, "no record", Id(1));
  EXPECT_EQ(errors::Reason(Open().status()), "DATA_CORRUPT");
  database_ = Database::Open(path_, Database::Mode::kCreate, "test").value();
  EXPECT_EQ(database_->Ask("PRAGMA user_version").value(), 1);
  EXPECT_EQ(database_->Ask("SELECT count(*) FROM record").value(), 2);
  Run("DELETE FROM record WHERE revision = 1");
  EXPECT_EQ(errors::Reason(Open().status()), "DATA_CORRUPT") << "a gap";
}

}  // namespace
}  // namespace assay::evidence
