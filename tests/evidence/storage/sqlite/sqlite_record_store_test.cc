#include "services/evidence/storage/sqlite/sqlite_record_store.h"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include <sqlite3.h>
#include <sys/resource.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using testing::HasSubstr;

constexpr char kHome[] = "locations/1-102";

// While it lives no file of this process grows beyond so many bytes.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now = {bytes, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &now), 0);
  }
  ~FileSizeLimit() {
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*const handler_)(int);
  rlimit before_ = {};
};

class SqliteRecordStoreTest : public testing::Test {
 protected:
  SqliteRecordStoreTest() { options_.path = folder_.File("evidence.db"); }

  absl::StatusOr<std::unique_ptr<RecordStore>> Open() {
    return OpenSqliteRecordStore(options_, clock_, random_);
  }

  // Makes a store with some records, and closes it.
  void Fill(uint64_t judgements) {
    absl::StatusOr<std::unique_ptr<RecordStore>> store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    std::vector<Write> writes = {LocationWrite(kHome)};
    for (uint64_t number = 1; number <= judgements; ++number) {
      writes.push_back(JudgementWrite(kHome, number));
    }
    ASSERT_TRUE((*store)->AppendAndWait(BatchOf(std::move(writes))).status.ok());
  }

  // Runs a statement on the closed file.
  void Run(const std::string& sql) {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(options_.path.c_str(), &connection), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(connection);
  }

  // Whether a file of the store at `path` holds these bytes.
  static bool Holds(const std::string& path, const std::string& words) {
    for (const char* suffix : {"", "-wal"}) {
      std::ifstream file(path + suffix, std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(file), {});
      if (bytes.find(words) != std::string::npos) return true;
    }
    return false;
  }

  TemporaryFolder folder_;
  SqliteOptions options_;
  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
  digest::SystemRandom random_;
};

TEST_F(SqliteRecordStoreTest, RefusesAFileThatIsNotOneOfSqlites) {
  std::ofstream(options_.path) << "rating,location\nGood,1-102\n";
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("not one of SQLite's"));
  // What it refused it left alone.
  std::ifstream file(options_.path);
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "rating,location");
}

TEST_F(SqliteRecordStoreTest, RefusesAnotherApplicationsFile) {
  Run("CREATE TABLE invoices(number INTEGER); INSERT INTO invoices VALUES (1)");
  const auto bytes = [&] {
    std::ifstream file(options_.path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = bytes();
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("another application"));
  EXPECT_TRUE(bytes() == before) << "what it refused it changed";
}

TEST_F(SqliteRecordStoreTest, RefusesANewerSchema) {
  Fill(1);
  Run("PRAGMA user_version = 99");
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("schema version 99"));
  EXPECT_THAT(status.message(), HasSubstr("newer software"));
}

TEST_F(SqliteRecordStoreTest, RefusesADamagedFile) {
  Fill(2000);
  const auto size = std::filesystem::file_size(options_.path);
  {
    std::fstream file(options_.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(16384, '\x5a');
  }
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(errors::Reason(status), "DATA_CORRUPT");
  EXPECT_NE(errors::PrivateDetail(status), "");
}

TEST_F(SqliteRecordStoreTest, RefusesATruncatedFile) {
  Fill(2000);
  std::filesystem::resize_file(options_.path, std::filesystem::file_size(options_.path) / 2);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SqliteRecordStoreTest, RefusesCountersThatDifferFromTheLog) {
  Fill(3);
  Run("UPDATE partition_revision SET revision = revision + 1");
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
}

// The promise of an erasure is about the disk: no file of the store holds the bytes any more.
TEST_F(SqliteRecordStoreTest, AnErasureLeavesNoByteOfTheTextInAnyFile) {
  const auto store = Open();
  ASSERT_TRUE(store.ok());
  std::vector<Write> writes = {LocationWrite(kHome)};
  // Among many others, so that pages are split and filled again; one is longer than a page.
  for (uint64_t number = 1; number <= 600; ++number) {
    Write write = JudgementWrite(kHome, number);
    SealedText text;
    text.field = "text";
    text.salt = absl::StrCat("salt", std::string(20, '.'), 10000000 + number);
    text.bytes =
        absl::StrCat("SECRET", 1000 + number, number % 50 == 0 ? std::string(20000, 'x') : "",
                     "SECRET", 1000 + number);
    text.commitment = digest::Sha256(text.bytes);
    write.row.texts.push_back(std::move(text));
    writes.push_back(std::move(write));
    if (writes.size() == 50) {
      ASSERT_TRUE((*store)->AppendAndWait(BatchOf(std::exchange(writes, {}))).status.ok());
    }
  }
  ASSERT_TRUE((*store)->AppendAndWait(BatchOf(std::move(writes))).status.ok());
  for (uint64_t number = 3; number <= 600; number += 47) {
    const std::string words = absl::StrCat("SECRET", 1000 + number);
    const std::string salt = absl::StrCat(std::string(20, '.'), 10000000 + number);
    EXPECT_TRUE(Holds(options_.path, words) && Holds(options_.path, salt));
    ASSERT_TRUE((*store)->AppendAndWait(BatchOf({ErasureWrite(kHome, number)})).status.ok());
    EXPECT_FALSE(Holds(options_.path, words)) << number;
    EXPECT_FALSE(Holds(options_.path, salt)) << number;
  }
}

// A reader of another process, as a backup that takes its time, which sees the file as it was when
// it began.
class OldReader {
 public:
  explicit OldReader(const std::string& path) {
    EXPECT_EQ(sqlite3_open_v2(path.c_str(), &connection_, SQLITE_OPEN_READONLY, nullptr),
              SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection_, "BEGIN; SELECT count(*) FROM sqlite_master", nullptr,
                           nullptr, nullptr),
              SQLITE_OK);
  }
  ~OldReader() { End(); }
  OldReader(const OldReader&) = delete;
  OldReader& operator=(const OldReader&) = delete;

  void End() { sqlite3_close(std::exchange(connection_, nullptr)); }

 private:
  sqlite3* connection_ = nullptr;
};

// A location and the judgement 1 with this text.
Batch SecretBatch(const std::string& words) {
  SealedText text;
  text.field = "text";
  text.salt = std::string(32, 's');
  text.bytes = words;
  text.commitment = digest::Sha256(text.bytes);
  Write write = JudgementWrite(kHome, 1);
  write.row.texts.push_back(std::move(text));
  return BatchOf({LocationWrite(kHome), std::move(write)});
}

TEST_F(SqliteRecordStoreTest, AReaderHoldsAWipeUpAndNobodyElse) {
  std::atomic<bool> pending = false;
  options_.on_wipe = [&pending](bool now) { pending = now; };
  const auto store = Open();
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->AppendAndWait(SecretBatch("SECRET")).status.ok());
  OldReader reader(options_.path);
  const absl::Time start = absl::Now();
  ASSERT_TRUE((*store)->AppendAndWait(BatchOf({ErasureWrite(kHome, 1)})).status.ok());
  EXPECT_TRUE(pending);
  EXPECT_TRUE(Holds(options_.path, "SECRET")) << "the reader holds nothing up";
  for (uint64_t number = 2; number <= 20; ++number) {
    ASSERT_TRUE((*store)->AppendAndWait(BatchOf({JudgementWrite(kHome, number)})).status.ok());
  }
  // Waiting for readers once would take 10 s.
  EXPECT_LT(absl::Now() - start, absl::Seconds(8));
  EXPECT_TRUE(pending);
  reader.End();
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (pending && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(pending);
  EXPECT_FALSE(Holds(options_.path, "SECRET"));
}

TEST_F(SqliteRecordStoreTest, AWipeThatACrashCutShortIsDoneWhenTheStoreIsOpened) {
  const std::string crashed = folder_.File("crashed.db");
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->AppendAndWait(SecretBatch("SECRET")).status.ok());
    const OldReader reader(options_.path);
    ASSERT_TRUE((*store)->AppendAndWait(BatchOf({ErasureWrite(kHome, 1)})).status.ok());
    // What a crash would leave.
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(options_.path + suffix, crashed + suffix);
    }
  }
  ASSERT_TRUE(Holds(crashed, "SECRET"));
  options_.path = crashed;
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_FALSE(Holds(crashed, "SECRET"));
}

TEST_F(SqliteRecordStoreTest, RefusesASecondOpening) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("another process has it open"));
}

TEST_F(SqliteRecordStoreTest, RefusesASecondOpeningByAnotherName) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  const std::string alias = folder_.File("alias.db");
  std::filesystem::create_symlink(options_.path, alias);
  options_.path = alias;
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("another process has it open"));
}

TEST_F(SqliteRecordStoreTest, RefusesAFileWithASecondName) {
  Fill(1);
  const std::string alias = folder_.File("alias.db");
  std::filesystem::create_hard_link(options_.path, alias);
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("has 2 names (hard links)"));
  std::filesystem::remove(alias);
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteRecordStoreTest, RefusesAPathThatCannotBeWritten) {
  options_.path = folder_.File("no/such/folder/evidence.db");
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("No such file"));
}

TEST_F(SqliteRecordStoreTest, TakesAnEmptyFileForANewOne) {
  std::ofstream(options_.path).flush();
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteRecordStoreTest, RefusesAFileThatWasEmptied) {
  Fill(1);
  std::filesystem::resize_file(options_.path, 0);
  const absl::Status status = Open().status();
  EXPECT_EQ(errors::Reason(status), "DATA_CORRUPT") << status;
  EXPECT_EQ(std::filesystem::file_size(options_.path), 0U) << "what it refused it changed";
}

TEST_F(SqliteRecordStoreTest, NobodyElseMayReadItsFiles) {
  const auto store = Open();
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->AppendAndWait(SecretBatch("SECRET")).status.ok());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    EXPECT_EQ(std::filesystem::status(options_.path + suffix).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << suffix;
  }
}

TEST_F(SqliteRecordStoreTest, AFullDiskRefusesWithNothingHalfWritten) {
  options_.max_pages = 60;  // 480 KiB
  int64_t acknowledged = 0;
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
    acknowledged = 1;
    absl::Status status;
    for (uint64_t batch = 0; batch < 1000 && status.ok(); ++batch) {
      std::vector<Write> writes;
      for (uint64_t one = 0; one < 10; ++one) {
        writes.push_back(JudgementWrite(kHome, batch * 10 + one + 1));
        writes.back().row.payload.resize(400, 'x');
      }
      const BatchResult result = (*store)->AppendAndWait(BatchOf(std::move(writes)));
      status = result.status;
      if (status.ok()) acknowledged += 10;
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(errors::Reason(status), "DISK_FULL");
    EXPECT_EQ((*store)->Counters()[PartitionOf(kHome)], acknowledged);
    // Reading goes on.
    EXPECT_EQ((*store)->ReadSubject(SubjectOf(kHome), {})->subject_counter, acknowledged);
  }
  options_.max_pages = 0;
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->Counters()[PartitionOf(kHome)], acknowledged);
  const BatchResult more = (*store)->AppendAndWait(BatchOf({JudgementWrite(kHome, 100000)}));
  ASSERT_TRUE(more.status.ok());
  EXPECT_EQ(more.writes[0].record.position.counter, acknowledged + 1);
}

TEST_F(SqliteRecordStoreTest, ALimitOnFileSizesRefusesAsAFullDiskDoes) {
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  Write large = JudgementWrite(kHome, 1);
  large.row.payload.resize(1000000, 'x');
  absl::Status status;
  {
    const FileSizeLimit limit(600000);
    status = (*store)->AppendAndWait(BatchOf({large})).status;
  }
  EXPECT_EQ(errors::Reason((*store)->Check()), "DISK_FULL") << (*store)->Check();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(errors::Reason(status), "DISK_FULL");
  EXPECT_EQ((*store)->Counters()[PartitionOf(kHome)], 1);
  // It goes on where there is room again.
  const BatchResult more = (*store)->AppendAndWait(BatchOf({large}));
  ASSERT_TRUE(more.status.ok()) << more.status;
  EXPECT_EQ(more.writes[0].record.position.counter, 2);
  EXPECT_TRUE((*store)->Check().ok()) << (*store)->Check();
}

TEST_F(SqliteRecordStoreTest, OneCallersTooLargeBatchDoesNotFailTheOthers) {
  options_.max_pages = 60;
  const auto store = Open();
  ASSERT_TRUE(store.ok());
  Write large = JudgementWrite(kHome, 1);
  large.row.payload.resize(1000000, 'x');
  std::vector<absl::Status> statuses(3);
  const auto keep = [&](size_t at) {
    return [&statuses, at](const BatchResult& result) { statuses[at] = result.status; };
  };
  ASSERT_TRUE((*store)->AppendAndWait(BatchOf({LocationWrite(kHome)})).status.ok());
  (*store)->Append(BatchOf({JudgementWrite(kHome, 2)}), keep(0));
  (*store)->Append(BatchOf({large}), keep(1));
  const BatchResult last = (*store)->AppendAndWait(BatchOf({JudgementWrite(kHome, 3)}));
  EXPECT_TRUE(statuses[0].ok()) << statuses[0];
  EXPECT_EQ(errors::Reason(statuses[1]), "DISK_FULL");
  EXPECT_TRUE(last.status.ok()) << last.status;
  EXPECT_EQ(last.writes[0].record.position.counter, 3);
}

}  // namespace
}  // namespace assay::evidence
