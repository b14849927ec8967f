#include "services/evidence/storage/sqlite/backup.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/sqlite/database.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/storage/sqlite/sqlite_record_store.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using testing::HasSubstr;

constexpr char kHome[] = "locations/1-102";

class BackupTest : public testing::Test {
 protected:
  std::unique_ptr<RecordStore> Open(const std::string& path) {
    SqliteOptions options;
    options.path = path;
    absl::StatusOr<std::unique_ptr<RecordStore>> store =
        OpenSqliteRecordStore(options, clock_, random_);
    EXPECT_TRUE(store.ok()) << store.status() << errors::PrivateDetail(store.status());
    return *std::move(store);
  }

  TemporaryFolder folder_;
  const std::string store_path_ = folder_.File("evidence.db");
  const std::string backup_path_ = folder_.File("backup.db");
  const std::string restored_path_ = folder_.File("restored.db");
  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
  digest::SystemRandom random_;
};

TEST_F(BackupTest, ARestoredStoreHoldsTheSameUnderANewEpoch) {
  uint64_t epoch = 0;
  {
    const auto store = Open(store_path_);
    epoch = store->epoch();
    store->AppendAndWait(BatchOf({LocationWrite(kHome), JudgementWrite(kHome, 1)}));
    const auto report = BackUpStore(store_path_, backup_path_);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->records, 2);
    EXPECT_EQ(report->bytes, static_cast<int64_t>(std::filesystem::file_size(backup_path_)));
    EXPECT_EQ(std::filesystem::status(backup_path_).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    // What comes after the backup is not in it.
    store->AppendAndWait(BatchOf({JudgementWrite(kHome, 2)}));
  }
  ASSERT_TRUE(RestoreStore(backup_path_, restored_path_, random_).ok());
  const auto restored = Open(restored_path_);
  EXPECT_NE(restored->epoch(), epoch);
  const auto history = restored->ReadSubject(SubjectOf(kHome), {});
  ASSERT_TRUE(history.ok());
  EXPECT_EQ(history->records.size(), 2u);
  EXPECT_TRUE(CheckChain(history->records, history->head).ok());
  EXPECT_EQ(restored->AppendAndWait(BatchOf({JudgementWrite(kHome, 3)}))
                .writes[0]
                .record.position.counter,
            3);
  // A backup itself opens as the store that it is of.
  EXPECT_EQ(Open(backup_path_)->epoch(), epoch);
}

TEST_F(BackupTest, IsOfOneMomentWhileTheStoreIsWritten) {
  const auto store = Open(store_path_);
  store->AppendAndWait(BatchOf({LocationWrite(kHome)}));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t number = 1; !stop; ++number) {
      store->AppendAndWait(
          BatchOf({JudgementWrite(kHome, 2 * number), JudgementWrite(kHome, 2 * number + 1)}));
    }
  });
  for (int round = 0; round < 5; ++round) {
    const std::string path = folder_.File("backup" + std::to_string(round));
    ASSERT_TRUE(BackUpStore(store_path_, path).ok());
    const auto copy = Open(path);
    const auto history = copy->ReadSubject(SubjectOf(kHome), {});
    EXPECT_EQ(history->records.size() % 2, 1u) << "half a batch";
    EXPECT_TRUE(CheckChain(history->records, history->head).ok());
  }
  stop = true;
  writer.join();
}

TEST_F(BackupTest, RefusesWhatItCannotDoAndLeavesNothing) {
  EXPECT_EQ(BackUpStore(store_path_, backup_path_).status().code(), absl::StatusCode::kNotFound);
  std::ofstream(store_path_) << "rating,location\n";
  EXPECT_EQ(BackUpStore(store_path_, backup_path_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  std::filesystem::remove(store_path_);
  std::ofstream(store_path_).close();
  EXPECT_EQ(BackUpStore(store_path_, backup_path_).status().code(),
            absl::StatusCode::kFailedPrecondition)
      << "an empty file is no store";
  std::filesystem::remove(store_path_);
  Open(store_path_);
  std::ofstream(backup_path_) << "something";
  const absl::Status taken = BackUpStore(store_path_, backup_path_).status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("is there already"));
  EXPECT_EQ(std::filesystem::file_size(backup_path_), 9u);
  const absl::Status nowhere = BackUpStore(store_path_, folder_.File("none/backup.db")).status();
  EXPECT_EQ(nowhere.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(nowhere.message()), HasSubstr("there is no folder"));
  // Nobody makes files there, not even root.
  const absl::Status closed = BackUpStore(store_path_, "/proc/backup.db").status();
  EXPECT_EQ(closed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(closed.message()), HasSubstr("cannot make /proc/backup.db"));
  for (const auto& file : std::filesystem::directory_iterator(folder_.File(""))) {
    EXPECT_THAT(file.path().string(), testing::Not(HasSubstr("partial")));
  }
}

TEST_F(BackupTest, RefusesADamagedBackup) {
  {
    const auto store = Open(store_path_);
    std::vector<Write> writes = {LocationWrite(kHome)};
    for (uint64_t number = 1; number <= 2000; ++number) {
      writes.push_back(JudgementWrite(kHome, number));
    }
    store->AppendAndWait(BatchOf(std::move(writes)));
  }
  ASSERT_TRUE(BackUpStore(store_path_, backup_path_).ok());
  const auto size = std::filesystem::file_size(backup_path_);
  {
    std::fstream file(backup_path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(16384, '\x5a');
  }
  EXPECT_EQ(RestoreStore(backup_path_, restored_path_, random_).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_FALSE(std::filesystem::exists(restored_path_));
}

// Regression: the message said that the evidence store was damaged, and not which file.
TEST_F(BackupTest, NamesABackupThatWasCutOff) {
  Open(store_path_)->AppendAndWait(BatchOf({LocationWrite(kHome), JudgementWrite(kHome, 1)}));
  ASSERT_TRUE(BackUpStore(store_path_, backup_path_).ok());
  const auto size = std::filesystem::file_size(backup_path_);
  for (const auto left : {size / 2, size - 8192, decltype(size){1000}}) {
    std::filesystem::resize_file(backup_path_, left);
    const absl::Status status = RestoreStore(backup_path_, restored_path_, random_).status();
    EXPECT_FALSE(status.ok()) << left;
    EXPECT_THAT(std::string(status.message()), HasSubstr(backup_path_)) << left;
    EXPECT_FALSE(std::filesystem::exists(restored_path_)) << left;
    std::filesystem::resize_file(backup_path_, size);
  }
}

// Regression: only the pages were checked, so that a store with changed or lost records was said to
// be checked.
TEST_F(BackupTest, RefusesARecordThatIsChangedOrMissing) {
  std::vector<Write> writes = {LocationWrite(kHome)};
  for (uint64_t number = 1; number <= 600; ++number) {
    writes.push_back(JudgementWrite(kHome, number));
  }
  Open(store_path_)->AppendAndWait(BatchOf(std::move(writes)));
  ASSERT_TRUE(BackUpStore(store_path_, backup_path_).ok());
  struct Case {
    const char* sql;
    const char* named;
  };
  const Case cases[] = {
      {"UPDATE record SET payload = 'judgement 9' WHERE revision = 5", "counter 5: a record of"},
      {"DELETE FROM record WHERE revision = 7", "counter 7: is missing"},
      {"DELETE FROM record WHERE revision > 1", "counter 601: is its newest by its count"},
      {"UPDATE record SET leaf = randomblob(32) WHERE revision = 601", "counter 601: the root"},
      {"UPDATE log_tile SET root = randomblob(32)", "counter 256: its tile"},
      {"UPDATE partition_revision SET log = zeroblob(length(log))", "the root of the log"},
      {"UPDATE subject SET leaf = randomblob(32)", "is not the newest record of locations/1-102"},
      {"DELETE FROM subject", "the head of locations/1-102 is lost"},
      {"DELETE FROM record", "counter 1: is missing, with all up to 601"},
      {"UPDATE record SET superseded_by = 0", ""},
  };
  const std::string damaged = folder_.File("damaged.db");
  for (const Case& c : cases) {
    std::filesystem::copy_file(backup_path_, damaged,
                               std::filesystem::copy_options::overwrite_existing);
    ASSERT_TRUE(assay::sqlite::Database::Open(damaged, assay::sqlite::Database::Mode::kCreate, "x")
                    .value()
                    ->Run(c.sql)
                    .ok());
    const std::string copy = folder_.File("copy.db");
    const absl::Status statuses[] = {BackUpStore(damaged, copy).status(),
                                     RestoreStore(damaged, restored_path_, random_).status()};
    for (const absl::Status& status : statuses) {
      EXPECT_EQ(absl::IsDataLoss(status), *c.named != '\0') << c.sql << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(c.named)) << c.sql;
    }
    EXPECT_EQ(std::filesystem::exists(copy), *c.named == '\0') << c.sql;
    std::filesystem::remove(copy);
    std::filesystem::remove(restored_path_);
  }
}

}  // namespace
}  // namespace assay::evidence
