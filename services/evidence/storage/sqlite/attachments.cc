#include "services/evidence/storage/sqlite/attachments.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

#include "services/common/digest/random.h"
#include "services/common/errors/errors.h"
#include "services/common/names/partition.h"
#include "services/evidence/core/resource.h"
#include "services/evidence/storage/attachment_check.h"
#include "services/evidence/storage/attachment_download.h"

namespace assay::evidence::sqlite {
namespace {

constexpr size_t kUploadBytes = 16;

absl::StatusOr<absl::optional<WholeAttachment>> Find(Database& database, int32_t partition,
                                                     absl::string_view root,
                                                     absl::string_view digest) {
  absl::optional<WholeAttachment> whole;
  const absl::StatusOr<Statement*> statement = database.Cached(
      "SELECT upload, size FROM attachment WHERE partition_id = ?1 AND root = ?2 AND digest = ?3");
  if (!statement.ok()) return statement.status();
  const Use use(**statement);
  const absl::StatusOr<bool> row = use->Int(1, partition).Text(2, root).Blob(3, digest).Step();
  if (!row.ok()) return row.status();
  if (*row) whole = WholeAttachment{std::string(use->ColumnBytes(0)), use->ColumnInt(1)};
  return whole;
}

absl::Status DropPieces(Database& database, int32_t partition, absl::string_view upload) {
  const absl::StatusOr<Statement*> statement =
      database.Cached("DELETE FROM attachment_piece WHERE partition_id = ?1 AND upload = ?2");
  if (!statement.ok()) return statement.status();
  return (*statement)->Int(1, partition).Blob(2, upload).Run();
}

absl::Status KnownRoot(Database& database, int32_t partition, const names::Subject& root) {
  const absl::StatusOr<Statement*> statement =
      database.Cached("SELECT 1 FROM registry WHERE partition_id = ?1 AND name = ?2");
  if (!statement.ok()) return statement.status();
  const Use use(**statement);
  const absl::StatusOr<bool> row = use->Int(1, partition).Text(2, root.name()).Step();
  if (!row.ok()) return row.status();
  return *row ? absl::OkStatus() : errors::NotFound(TypeOfSubject(root.kind()), root.name());
}

class Upload final : public AttachmentWriter {
 public:
  // `existed`: the bytes are checked and not stored again.
  Upload(Committer& committer, const names::Subject& root, const digest::Digest& digest,
         int64_t size, absl::Time now, bool existed)
      : committer_(committer),
        partition_(names::PartitionOf(root)),
        root_(root.name()),
        check_(digest, size),
        now_(now),
        existed_(existed),
        upload_(digest::RandomBytes(kUploadBytes)) {}

  ~Upload() override {
    if (!stored_ || finished_) return;
    // Where this fails, the next opening drops them.
    committer_
        .RunAlone([this](Database& database) { return DropPieces(database, partition_, upload_); })
        .IgnoreError();
  }

  absl::Status Write(absl::string_view piece) override {
    absl::Status status = check_.Add(piece);
    if (!status.ok() || existed_ || piece.empty()) return status;
    status = committer_.RunAlone([&](Database& database) -> absl::Status {
      const absl::StatusOr<Statement*> statement =
          database.Cached("INSERT INTO attachment_piece VALUES (?1, ?2, ?3, ?4)");
      if (!statement.ok()) return statement.status();
      return (*statement)
          ->Int(1, partition_)
          .Blob(2, upload_)
          .Int(3, check_.seen())
          .Blob(4, piece)
          .Run();
    });
    stored_ = stored_ || status.ok();
    return status;
  }

  absl::StatusOr<bool> Finish() override {
    absl::Status status = check_.Finish();
    if (!status.ok()) return status;
    if (existed_) return true;
    bool existed = false;
    status = committer_.RunAlone([&](Database& database) { return Publish(database, &existed); });
    if (!status.ok()) return status;
    finished_ = true;
    return existed;
  }

 private:
  absl::Status Publish(Database& database, bool* existed) {
    const absl::StatusOr<absl::optional<WholeAttachment>> other =
        Find(database, partition_, root_, check_.digest().bytes());
    if (!other.ok()) return other.status();
    *existed = other->has_value();
    if (*existed) return DropPieces(database, partition_, upload_);
    const absl::StatusOr<Statement*> statement =
        database.Cached("INSERT INTO attachment VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!statement.ok()) return statement.status();
    return (*statement)
        ->Int(1, partition_)
        .Text(2, root_)
        .Blob(3, check_.digest().bytes())
        .Blob(4, upload_)
        .Int(5, check_.size())
        .Int(6, absl::ToUnixMicros(now_))
        .Run();
  }

  Committer& committer_;
  const int32_t partition_;
  const std::string root_;
  AttachmentCheck check_;
  const absl::Time now_;
  const bool existed_;
  const std::string upload_;
  bool stored_ = false;
  bool finished_ = false;
};

// Empty where it is gone.
absl::StatusOr<std::string> ReadPiece(ReaderPool& readers, int32_t partition,
                                      const std::string& upload, int64_t seen) {
  const ReaderPool::Loan database = readers.Borrow();
  const absl::StatusOr<Statement*> statement = database->Cached(
      "SELECT bytes FROM attachment_piece"
      " WHERE partition_id = ?1 AND upload = ?2 AND ending > ?3 ORDER BY ending LIMIT 1");
  if (!statement.ok()) return statement.status();
  const Use use(**statement);
  const absl::StatusOr<bool> row = use->Int(1, partition).Blob(2, upload).Int(3, seen).Step();
  if (!row.ok()) return row.status();
  return *row ? std::string(use->ColumnBytes(0)) : std::string();
}

}  // namespace

absl::StatusOr<std::unique_ptr<AttachmentWriter>> StartUpload(Committer& committer,
                                                              ReaderPool& readers,
                                                              const names::Subject& root,
                                                              const digest::Digest& digest,
                                                              int64_t size, absl::Time now) {
  absl::Status status = CheckAttachmentSize(size);
  if (!status.ok()) return status;
  const int32_t partition = names::PartitionOf(root);
  const ReaderPool::Loan database = readers.Borrow();
  status = KnownRoot(*database, partition, root);
  if (!status.ok()) return status;
  const absl::StatusOr<absl::optional<WholeAttachment>> whole =
      Find(*database, partition, root.name(), digest.bytes());
  if (!whole.ok()) return whole.status();
  return std::make_unique<Upload>(committer, root, digest, size, now, whole->has_value());
}

absl::StatusOr<std::unique_ptr<AttachmentReader>> StartDownload(ReaderPool& readers,
                                                                const names::Subject& root,
                                                                const digest::Digest& digest) {
  const int32_t partition = names::PartitionOf(root);
  std::string words = AttachmentWords(digest, root.name());
  const absl::StatusOr<absl::optional<WholeAttachment>> whole =
      Find(*readers.Borrow(), partition, root.name(), digest.bytes());
  if (!whole.ok()) return whole.status();
  if (!whole->has_value()) return errors::NotFound(errors::ResourceType::kAttachment, words);
  const auto read = [&readers, partition, upload = (*whole)->upload](int64_t seen) {
    return ReadPiece(readers, partition, upload, seen);
  };
  return MakeDownload(digest, (*whole)->size, std::move(words), read);
}

absl::Status DropUnused(Database& database, int32_t partition, absl::string_view root,
                        absl::string_view digest) {
  const absl::StatusOr<Statement*> used = database.Cached(
      "SELECT 1 FROM attachment_use WHERE partition_id = ?1 AND root = ?2 AND digest = ?3 LIMIT 1");
  if (!used.ok()) return used.status();
  {
    const Use use(**used);
    const absl::StatusOr<bool> row = use->Int(1, partition).Text(2, root).Blob(3, digest).Step();
    if (!row.ok()) return row.status();
    if (*row) return absl::OkStatus();
  }
  const absl::StatusOr<absl::optional<WholeAttachment>> whole =
      Find(database, partition, root, digest);
  if (!whole.ok()) return whole.status();
  if (!whole->has_value()) return absl::OkStatus();
  absl::Status status = DropPieces(database, partition, (*whole)->upload);
  if (!status.ok()) return status;
  const absl::StatusOr<Statement*> drop = database.Cached(
      "DELETE FROM attachment WHERE partition_id = ?1 AND root = ?2 AND digest = ?3");
  if (!drop.ok()) return drop.status();
  return (*drop)->Int(1, partition).Text(2, root).Blob(3, digest).Run();
}

absl::Status DropStrays(Database& database, absl::Time before) {
  const std::string unused =
      absl::StrCat("DELETE FROM attachment WHERE created_us < ", absl::ToUnixMicros(before),
                   " AND NOT EXISTS (SELECT 1 FROM attachment_use AS u"
                   " WHERE u.partition_id = attachment.partition_id AND u.root = attachment.root"
                   " AND u.digest = attachment.digest)");
  absl::Status status = database.Run(unused.c_str());
  if (!status.ok()) return status;
  return database.Run(
      "DELETE FROM attachment_piece WHERE NOT EXISTS (SELECT 1 FROM attachment AS a"
      " WHERE a.partition_id = attachment_piece.partition_id"
      " AND a.upload = attachment_piece.upload)");
}

}  // namespace assay::evidence::sqlite
