#include "services/evidence/storage/sqlite/sqlite_record_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/names/partition.h"
#include "services/common/sqlite/file_lock.h"
#include "services/common/sqlite/store_file.h"
#include "services/evidence/storage/sqlite/attachments.h"
#include "services/evidence/storage/sqlite/committer.h"
#include "services/evidence/storage/sqlite/database.h"
#include "services/evidence/storage/sqlite/reader_pool.h"
#include "services/evidence/storage/sqlite/rows.h"
#include "services/evidence/storage/sqlite/schema.h"

namespace assay::evidence {
namespace {

using assay::sqlite::FileLock;
using sqlite::AllRows;
using sqlite::CheckStored;
using sqlite::Database;
using sqlite::kStoreWords;
using sqlite::RecordOf;
using sqlite::Statement;
using sqlite::Use;

// A read transaction, so that several statements see one moment.
class Snapshot {
 public:
  explicit Snapshot(Database& database) : database_(database), status_(database.Run("BEGIN")) {}
  ~Snapshot() {
    if (!database_.Idle()) database_.Run("ROLLBACK").IgnoreError();
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  const absl::Status& status() const { return status_; }

 private:
  Database& database_;
  absl::Status status_;
};

// Records of a subject, but for direction and limit. Without the hint the planner may walk the
// whole partition for the sake of the order.
#define ASSAY_SUBJECT_SQL                                                                 \
  "SELECT " ASSAY_RECORD_COLUMNS                                                          \
  " FROM record AS r INDEXED BY record_subject"                                           \
  " WHERE r.partition_id = ?1 AND r.subject = ?2 AND r.revision > ?3 AND r.revision < ?4" \
  " AND ((?5 >> r.kind) & 1) = 1 ORDER BY r.revision "

// A part of a partition's log.
#define ASSAY_LOG_SQL                              \
  " FROM record AS r"                              \
  " WHERE r.partition_id = ?1 AND r.revision > ?2" \
  " ORDER BY r.revision LIMIT ?3"

// FirstRow and AllRows of records that are what their leaves say.
absl::StatusOr<absl::optional<StoredRecord>> FirstChecked(Database& database,
                                                          Statement& statement) {
  absl::StatusOr<absl::optional<StoredRecord>> record = sqlite::FirstRow(database, statement);
  if (!record.ok() || !record->has_value()) return record;
  const absl::Status good = CheckStored(database, **record);
  if (!good.ok()) return good;
  return record;
}

absl::StatusOr<std::vector<StoredRecord>> AllChecked(Database& database, Statement& statement,
                                                     KindSet texts = KindSet::All()) {
  absl::StatusOr<std::vector<StoredRecord>> records = AllRows(database, statement, texts);
  if (!records.ok()) return records;
  for (const StoredRecord& record : *records) {
    const absl::Status good = CheckStored(database, record);
    if (!good.ok()) return good;
  }
  return records;
}

// The newest counter of a partition.
absl::StatusOr<int64_t> NewestOf(Database& database, int32_t partition) {
  const absl::StatusOr<Statement*> statement =
      database.Cached("SELECT revision FROM partition_revision WHERE partition_id = ?1");
  if (!statement.ok()) return statement.status();
  const Use use(**statement);
  const absl::StatusOr<bool> row = use->Int(1, partition).Step();
  if (!row.ok()) return row.status();
  return *row ? use->ColumnInt(0) : 0;
}

absl::Status ReadHead(Database& database, int32_t partition, const std::string& subject,
                      SubjectRecords& result) {
  const absl::StatusOr<Statement*> statement =
      database.Cached("SELECT newest, leaf FROM subject WHERE partition_id = ?1 AND name = ?2");
  if (!statement.ok()) return statement.status();
  const Use use(**statement);
  const absl::StatusOr<bool> row = use->Int(1, partition).Text(2, subject).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::OkStatus();
  const absl::StatusOr<digest::Digest> head = sqlite::DigestOf(use->ColumnBytes(1));
  if (!head.ok()) return head.status();
  result.subject_counter = use->ColumnInt(0);
  result.head = *head;
  return absl::OkStatus();
}

int64_t MaskOf(const std::vector<v1::RecordKind>& kinds) {
  int64_t mask = kinds.empty() ? -1 : 0;
  for (const v1::RecordKind kind : kinds) mask |= int64_t{1} << kind;
  return mask;
}

// The statement for a query of the registry; its parameters have fixed numbers, ?1 to ?8.
std::string ListSql(const RegistryQuery& query) {
  std::string sql = "SELECT " ASSAY_RECORD_COLUMNS " FROM ";
  if (!query.area.empty()) {
    // Of one kind of area one membership holds on a day, so no location comes twice.
    absl::StrAppend(&sql,
                    "location_area AS a CROSS JOIN registry AS g"
                    " ON g.partition_id = a.partition_id AND g.name = a.location");
  } else {
    absl::StrAppend(&sql, "registry AS g");
  }
  absl::StrAppend(&sql,
                  " CROSS JOIN record AS r ON r.partition_id = g.partition_id"
                  " AND r.revision = g.revision WHERE g.kind = ?1");
  absl::StrAppend(&sql, query.area.empty() ? " AND g.name > ?2"
                                           : " AND a.location > ?2 AND a.area = ?5"
                                             " AND a.from_day <= ?7 AND a.before_day > ?7");
  if (!query.provider.empty()) absl::StrAppend(&sql, " AND g.provider = ?3");
  if (!query.sector.empty()) absl::StrAppend(&sql, " AND g.sector = ?4");
  if (query.area_kind != 0) absl::StrAppend(&sql, " AND g.area_kind = ?6");
  if (query.in_force) absl::StrAppend(&sql, " AND g.from_day <= ?7 AND g.before_day > ?7");
  absl::StrAppend(&sql, " ORDER BY ", query.area.empty() ? "g.name" : "a.location", " LIMIT ?8");
  return sql;
}

class SqliteRecordStore final : public RecordStore {
 public:
  SqliteRecordStore(FileLock lock, uint64_t epoch, const clock::Clock& clock,
                    std::unique_ptr<sqlite::ReaderPool> readers,
                    std::unique_ptr<sqlite::Committer> committer)
      : lock_(std::move(lock)),
        epoch_(epoch),
        clock_(clock),
        readers_(std::move(readers)),
        committer_(std::move(committer)) {}

  uint64_t epoch() const override { return epoch_; }

  void Append(Batch batch, Done done) override {
    committer_->Append(std::move(batch), std::move(done));
  }

  std::vector<int64_t> Counters() const override { return committer_->Counters(); }

  absl::Status Check() const override { return committer_->Check(); }

  uint64_t AddListener(std::function<void()> wake) override {
    return committer_->AddListener(std::move(wake));
  }

  void RemoveListener(uint64_t key) override { committer_->RemoveListener(key); }

  absl::StatusOr<absl::optional<StoredRecord>> Read(const names::Subject& subject,
                                                    v1::RecordKind kind,
                                                    absl::string_view id) override {
    const sqlite::ReaderPool::Loan database = readers_->Borrow();
    const absl::StatusOr<Statement*> statement = database->Cached(
        "SELECT " ASSAY_RECORD_COLUMNS
        " FROM record AS r INDEXED BY record_subject"
        " WHERE r.partition_id = ?1 AND r.subject = ?2 AND r.id = ?3 AND r.kind = ?4");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Int(1, names::PartitionOf(subject)).Text(2, subject.name()).Blob(3, id).Int(4, kind);
    return FirstChecked(*database, **statement);
  }

  absl::StatusOr<bool> Holds(const names::Subject& subject, v1::RecordKind kind,
                             absl::string_view id) override {
    const sqlite::ReaderPool::Loan database = readers_->Borrow();
    const absl::StatusOr<Statement*> statement = database->Cached(
        "SELECT 1 FROM record INDEXED BY record_subject"
        " WHERE partition_id = ?1 AND subject = ?2 AND id = ?3 AND kind = ?4");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Int(1, names::PartitionOf(subject)).Text(2, subject.name()).Blob(3, id).Int(4, kind);
    return use->Step();
  }

  absl::StatusOr<SubjectRecords> ReadSubject(const names::Subject& subject,
                                             const SubjectQuery& query) override {
    const int32_t partition = names::PartitionOf(subject);
    const sqlite::ReaderPool::Loan database = readers_->Borrow();
    const Snapshot snapshot(*database);
    if (!snapshot.status().ok()) return snapshot.status();
    SubjectRecords result;
    const absl::StatusOr<int64_t> newest = NewestOf(*database, partition);
    if (!newest.ok()) return newest.status();
    result.partition_counter = *newest;
    const absl::Status headed = ReadHead(*database, partition, subject.name(), result);
    if (!headed.ok()) return headed;
    const absl::StatusOr<Statement*> statement = database->Cached(
        query.newest_first ? ASSAY_SUBJECT_SQL "DESC LIMIT ?6" : ASSAY_SUBJECT_SQL "ASC LIMIT ?6");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Int(1, partition).Text(2, subject.name()).Int(3, query.after).Int(4, query.before);
    use->Int(5, MaskOf(query.kinds));
    use->Int(6, query.limit == 0 ? -1 : static_cast<int64_t>(query.limit));
    absl::StatusOr<std::vector<StoredRecord>> records =
        query.as_stored ? AllRows(*database, **statement, query.texts)
                        : AllChecked(*database, **statement, query.texts);
    if (!records.ok()) return records.status();
    result.records = *std::move(records);
    return result;
  }

  absl::StatusOr<absl::optional<StoredRecord>> ReadCurrent(const names::Subject& subject) override {
    const sqlite::ReaderPool::Loan database = readers_->Borrow();
    const absl::StatusOr<Statement*> statement =
        database->Cached("SELECT " ASSAY_RECORD_COLUMNS
                         " FROM registry AS g CROSS JOIN record AS r"
                         " ON r.partition_id = g.partition_id AND r.revision = g.revision"
                         " WHERE g.partition_id = ?1 AND g.name = ?2");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Int(1, names::PartitionOf(subject)).Text(2, subject.name());
    return FirstChecked(*database, **statement);
  }

  absl::StatusOr<std::vector<StoredRecord>> ListCurrent(const RegistryQuery& query) override {
    const sqlite::ReaderPool::Loan database = readers_->Borrow();
    const absl::StatusOr<Statement*> statement = database->Cached(ListSql(query));
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    // Numbers that the statement skips take no harm: SQLite counts up to the largest one used, ?8.
    use->Int(1, query.kind)
        .Text(2, query.after)
        .Text(3, query.provider)
        .Text(4, query.sector)
        .Text(5, query.area)
        .Int(6, query.area_kind)
        .Int(7, query.on)
        .Int(8, static_cast<int64_t>(std::max<size_t>(query.limit, 1)));
    return AllChecked(*database, **statement);
  }

  absl::Status ReadLog(int32_t partition, const LogQuery& query, TakeRecord take) override {
    const sqlite::ReaderPool::Loan database = readers_->Borrow();
    // Who wants every kind does not pay for asking of each row whether it is wanted.
    const bool every_kind = query.kinds.bits() == KindSet::All().bits();
    const absl::StatusOr<Statement*> statement = database->Cached(
        every_kind ? "SELECT " ASSAY_RECORD_COLUMNS ASSAY_LOG_SQL
                   : "SELECT " ASSAY_RECORD_COLUMNS_OF("((?4 >> r.kind) & 1) = 1") ASSAY_LOG_SQL);
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Int(1, partition).Int(2, query.after).Int(3, static_cast<int64_t>(query.limit));
    if (!every_kind) use->Int(4, query.kinds.bits());
    const sqlite::Texts texts =
        query.without_texts ? sqlite::Texts::kCommitments : sqlite::Texts::kWhole;
    LeafTrail own;
    LeafTrail& trail = query.trail == nullptr ? own : *query.trail;
    trail.Enter(partition, query.after);
    StoredRecord record;
    size_t bytes = 0;
    while (bytes < query.max_bytes) {
      const absl::StatusOr<bool> row = use->Step();
      if (!row.ok()) return row.status();
      if (!*row) break;
      absl::Status good = sqlite::ReadRow(*database, **statement, texts, record);
      if (good.ok()) good = Follow(*database, query, record, trail);
      if (!good.ok()) return good;
      if (query.without_texts) record.texts.clear();
      bytes += BytesOf(record);
      good = take(record);
      if (!good.ok()) return good;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> CounterAt(int32_t partition, absl::Time known_at) override {
    if (known_at > clock_.Now()) {
      return errors::InvalidArgument("known_at", absl::FormatTime(known_at), "a moment not ahead");
    }
    committer_->RaiseFloor(known_at);
    return Search(partition, absl::ToUnixMicros(known_at));
  }

  absl::StatusOr<std::unique_ptr<AttachmentWriter>> WriteAttachment(const names::Subject& root,
                                                                    const digest::Digest& digest,
                                                                    int64_t size) override {
    return sqlite::StartUpload(*committer_, *readers_, root, digest, size, clock_.Now());
  }

  absl::StatusOr<std::unique_ptr<AttachmentReader>> ReadAttachment(
      const names::Subject& root, const digest::Digest& digest) override {
    return sqlite::StartDownload(*readers_, root, digest);
  }

  absl::StatusOr<std::vector<digest::CompactRange>> Logs() override { return committer_->Logs(); }

  absl::StatusOr<std::vector<digest::Digest>> LogHashes(int32_t partition, int level, int64_t first,
                                                        int64_t count) override {
    const sqlite::ReaderPool::Loan database = readers_->Borrow();
    const absl::StatusOr<Statement*> statement = database->Cached(
        level == 0 ? "SELECT revision - 1, leaf FROM record WHERE partition_id = ?1"
                     " AND revision > ?2 ORDER BY revision LIMIT ?3"
                   : "SELECT tile, root FROM log_tile WHERE partition_id = ?1"
                     " AND tile >= ?2 ORDER BY tile LIMIT ?3");
    if (!statement.ok()) return statement.status();
    const Use use(**statement);
    use->Int(1, partition).Int(2, first).Int(3, count);
    std::vector<digest::Digest> hashes;
    absl::StatusOr<bool> row = use->Step();
    for (; row.ok() && *row; row = use->Step()) {
      const absl::StatusOr<digest::Digest> hash = sqlite::DigestOf(use->ColumnBytes(1));
      if (!hash.ok()) return hash.status();
      if (use->ColumnInt(0) != first + static_cast<int64_t>(hashes.size())) break;
      hashes.push_back(*hash);
    }
    if (!row.ok()) return row.status();
    if (static_cast<int64_t>(hashes.size()) == count) return hashes;
    return errors::Corrupt(kStoreWords, absl::StrCat("partition ", partition, " lacks hash ",
                                                     first + static_cast<int64_t>(hashes.size()),
                                                     " of level ", level));
  }

 private:
  static absl::Status Follow(Database& database, const LogQuery& query, const StoredRecord& record,
                             LeafTrail& trail) {
    const bool whole = query.kinds.Has(record.kind);
    if (whole && !trail.Knows(record.subject)) {
      const absl::StatusOr<digest::Digest> leaf = sqlite::LeafBefore(database, record);
      if (!leaf.ok()) return leaf.status();
      trail.Learn(record.subject, *leaf);
    }
    return trail.Add(record, whole);
  }

  // The newest counter recorded by `known_us`: recorded times rise with the counters.
  absl::StatusOr<int64_t> Search(int32_t partition, int64_t known_us) {
    const sqlite::ReaderPool::Loan database = readers_->Borrow();
    const absl::StatusOr<int64_t> newest = NewestOf(*database, partition);
    if (!newest.ok()) return newest.status();
    const absl::StatusOr<Statement*> statement = database->Cached(
        "SELECT recorded_us FROM record WHERE partition_id = ?1 AND revision = ?2");
    if (!statement.ok()) return statement.status();
    int64_t low = 0;
    int64_t high = *newest;
    while (low < high) {
      const int64_t middle = low + (high - low + 1) / 2;
      const Use use(**statement);
      const absl::StatusOr<bool> row = use->Int(1, partition).Int(2, middle).Step();
      if (!row.ok()) return row.status();
      if (!*row) return errors::Corrupt("evidence store", absl::StrCat("partition ", partition));
      if (use->ColumnInt(0) <= known_us) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  const FileLock lock_;
  const uint64_t epoch_;
  const clock::Clock& clock_;
  const std::unique_ptr<sqlite::ReaderPool> readers_;
  // Last, so that it stops first.
  const std::unique_ptr<sqlite::Committer> committer_;
};

// How long an attachment may wait for the record that names it.
constexpr absl::Duration kStrayAge = absl::Hours(24);

// The settings of the writing connection.
absl::Status Configure(Database& database, const SqliteOptions& options) {
  std::string sql =
      "PRAGMA page_size = 8192;"
      "PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = FULL;"
      "PRAGMA foreign_keys = OFF;"
      "PRAGMA temp_store = MEMORY;"
      // What an erasure frees is overwritten.
      "PRAGMA secure_delete = ON;"
      // 32 MiB of log between checkpoints: each rewrites every page that changed since the last.
      "PRAGMA wal_autocheckpoint = 4096;"
      "PRAGMA journal_size_limit = 67108864;";
  if (options.writer_cache_mib > 0) {
    absl::StrAppend(&sql, "PRAGMA cache_size = -", options.writer_cache_mib * 1024, ";");
  }
  if (options.max_pages > 0) absl::StrAppend(&sql, "PRAGMA max_page_count = ", options.max_pages);
  return database.Run(sql.c_str());
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordStore>> OpenSqliteRecordStore(const SqliteOptions& options,
                                                                   const clock::Clock& clock,
                                                                   digest::RandomSource& random) {
  absl::Status status = assay::sqlite::CheckOneName(kStoreWords, options.path);
  if (!status.ok()) return status;
  absl::StatusOr<FileLock> lock = FileLock::Take(kStoreWords, options.path);
  if (!lock.ok()) return lock.status();
  status = assay::sqlite::CheckHeader(sqlite::kFormat, options.path);
  if (status.ok()) status = lock->CheckNotEmptied(options.path);
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<Database>> database =
      Database::Open(options.path, Database::Mode::kCreate, kStoreWords);
  if (!database.ok()) return database.status();
  // Before the settings, of which journal_mode changes the file.
  status = assay::sqlite::CheckOwner(sqlite::kFormat, **database, options.path);
  if (status.ok()) status = Configure(**database, options);
  if (status.ok()) status = sqlite::Migrate(**database, random);
  if (status.ok()) status = lock->Mark();
  if (status.ok() && options.check_at_start) status = assay::sqlite::CheckIntegrity(**database);
  if (status.ok()) status = sqlite::DropStrays(**database, clock.Now() - kStrayAge);
  if (!status.ok()) return status;
  const absl::StatusOr<uint64_t> epoch = sqlite::ReadEpoch(**database);
  if (!epoch.ok()) return epoch.status();
  absl::StatusOr<std::unique_ptr<sqlite::Committer>> committer = sqlite::Committer::Start(
      *std::move(database), *epoch, options.group_writes, clock, options.on_wipe);
  if (!committer.ok()) return committer.status();
  absl::StatusOr<std::unique_ptr<sqlite::ReaderPool>> readers =
      sqlite::ReaderPool::Open(options.path, options.readers);
  if (!readers.ok()) return readers.status();
  return std::make_unique<SqliteRecordStore>(*std::move(lock), *epoch, clock, *std::move(readers),
                                             *std::move(committer));
}

}  // namespace assay::evidence
