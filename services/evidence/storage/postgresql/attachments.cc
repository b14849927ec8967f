#include "services/evidence/storage/postgresql/attachments.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"

#include "services/common/digest/random.h"
#include "services/common/errors/errors.h"
#include "services/common/names/partition.h"
#include "services/evidence/core/resource.h"
#include "services/evidence/storage/attachment_check.h"
#include "services/evidence/storage/attachment_download.h"

namespace assay::evidence::pg {
namespace {

using postgresql::Connection;
using postgresql::Pool;
using postgresql::Result;
using postgresql::Statement;

constexpr size_t kUploadBytes = 16;

absl::StatusOr<absl::optional<WholeAttachment>> Find(Pool& pool, const names::Subject& root,
                                                     const digest::Digest& digest) {
  Statement statement{
      "SELECT upload_id, size FROM attachment WHERE partition_id = $1 AND root = $2 AND digest = "
      "$3",
      {}};
  statement.params.Int4(names::PartitionOf(root)).Text(root.name()).Bytes(digest.bytes());
  const absl::StatusOr<Result> result =
      pool.Read([&](Connection& connection) { return connection.Query(statement); });
  if (!result.ok()) return result.status();
  absl::optional<WholeAttachment> whole;
  if (result->rows() > 0)
    whole = WholeAttachment{std::string(result->Bytes(0, 0)), result->Int(0, 1)};
  return whole;
}

absl::Status KnownRoot(Pool& pool, const names::Subject& root) {
  Statement statement{"SELECT 1 FROM registry WHERE partition_id = $1 AND name = $2", {}};
  statement.params.Int4(names::PartitionOf(root)).Text(root.name());
  const absl::StatusOr<Result> result =
      pool.Read([&](Connection& connection) { return connection.Query(statement); });
  if (!result.ok()) return result.status();
  if (result->rows() > 0) return absl::OkStatus();
  return errors::NotFound(TypeOfSubject(root.kind()), root.name());
}

Statement DropPieces(int32_t partition, absl::string_view upload) {
  Statement statement{"DELETE FROM attachment_piece WHERE partition_id = $1 AND upload_id = $2",
                      {}};
  statement.params.Int4(partition).Bytes(upload);
  return statement;
}

class Upload final : public AttachmentWriter {
 public:
  // `existed`: the bytes are checked and not stored again.
  Upload(Pool& pool, const names::Subject& root, const digest::Digest& digest, int64_t size,
         absl::Time now, bool existed)
      : pool_(pool),
        partition_(names::PartitionOf(root)),
        root_(root.name()),
        check_(digest, size),
        now_us_(absl::ToUnixMicros(now)),
        existed_(existed),
        upload_(digest::RandomBytes(kUploadBytes)) {}

  ~Upload() override {
    if (!stored_ || finished_) return;
    // Where this fails, an opening on a later day drops them.
    absl::StatusOr<Pool::Loan> loan = pool_.Borrow();
    if (loan.ok()) (*loan)->Query(DropPieces(partition_, upload_)).status().IgnoreError();
  }

  absl::Status Write(absl::string_view piece) override {
    absl::Status status = check_.Add(piece);
    if (!status.ok() || existed_ || piece.empty()) return status;
    absl::StatusOr<Pool::Loan> loan = pool_.Borrow();
    if (!loan.ok()) return loan.status();
    Statement statement{
        "INSERT INTO attachment_piece (partition_id, piece, created_us, upload_id, bytes)"
        " VALUES ($1, $2, $3, $4, $5)",
        {}};
    statement.params.Int4(partition_).Int4(pieces_++).Int8(now_us_).Bytes(upload_).Bytes(piece);
    status = (*loan)->Query(statement).status();
    // What became of it is not known where the connection broke; it is dropped all the same.
    stored_ = true;
    return status;
  }

  absl::StatusOr<bool> Finish() override {
    const absl::Status status = check_.Finish();
    if (!status.ok()) return status;
    if (existed_) return true;
    absl::StatusOr<Pool::Loan> loan = pool_.Borrow();
    if (!loan.ok()) return loan.status();
    Statement publish{
        "INSERT INTO attachment (partition_id, size, created_us, root, digest, upload_id)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        {}};
    publish.params.Int4(partition_)
        .Int8(check_.size())
        .Int8(now_us_)
        .Text(root_)
        .Bytes(check_.digest().bytes())
        .Bytes(upload_);
    const absl::StatusOr<Result> published = (*loan)->Query(publish);
    if (!published.ok()) {
      // It may be whole now, and then its pieces must stay.
      finished_ = (*loan)->broken();
      return published.status();
    }
    const bool existed = published->affected() == 0;
    finished_ = !existed;
    return existed;
  }

 private:
  Pool& pool_;
  const int32_t partition_;
  const std::string root_;
  AttachmentCheck check_;
  const int64_t now_us_;
  const bool existed_;
  const std::string upload_;
  int32_t pieces_ = 0;
  bool stored_ = false;
  bool finished_ = false;
};

// Empty where it is gone.
absl::StatusOr<std::string> ReadPiece(Pool& pool, int32_t partition, const std::string& upload,
                                      int32_t number) {
  Statement statement{
      "SELECT bytes FROM attachment_piece"
      " WHERE partition_id = $1 AND upload_id = $2 AND piece = $3",
      {}};
  statement.params.Int4(partition).Bytes(upload).Int4(number);
  const absl::StatusOr<Result> result =
      pool.Read([&](Connection& connection) { return connection.Query(statement); });
  if (!result.ok()) return result.status();
  return result->rows() == 0 ? std::string() : std::string(result->Bytes(0, 0));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AttachmentWriter>> StartUpload(Pool& pool,
                                                              const names::Subject& root,
                                                              const digest::Digest& digest,
                                                              int64_t size, absl::Time now) {
  absl::Status status = CheckAttachmentSize(size);
  if (status.ok()) status = KnownRoot(pool, root);
  if (!status.ok()) return status;
  const absl::StatusOr<absl::optional<WholeAttachment>> whole = Find(pool, root, digest);
  if (!whole.ok()) return whole.status();
  return std::make_unique<Upload>(pool, root, digest, size, now, whole->has_value());
}

absl::StatusOr<std::unique_ptr<AttachmentReader>> StartDownload(Pool& pool,
                                                                const names::Subject& root,
                                                                const digest::Digest& digest) {
  const int32_t partition = names::PartitionOf(root);
  std::string words = AttachmentWords(digest, root.name());
  const absl::StatusOr<absl::optional<WholeAttachment>> whole = Find(pool, root, digest);
  if (!whole.ok()) return whole.status();
  if (!whole->has_value()) return errors::NotFound(errors::ResourceType::kAttachment, words);
  const auto read = [&pool, partition, upload = (*whole)->upload, next = 0](int64_t) mutable {
    return ReadPiece(pool, partition, upload, next++);
  };
  return MakeDownload(digest, (*whole)->size, std::move(words), read);
}

absl::Status DropStrays(Connection& connection, absl::Time before) {
  const int64_t before_us = absl::ToUnixMicros(before);
  Statement candidates{"SELECT DISTINCT partition_id FROM attachment WHERE created_us < $1", {}};
  candidates.params.Int8(before_us);
  const absl::StatusOr<Result> found = connection.Query(candidates);
  if (!found.ok()) return found.status();
  for (int row = 0; row < found->rows(); ++row) {
    const auto partition = static_cast<int32_t>(found->Int(row, 0));
    // Under the lock under which a record that names one is decided.
    std::vector<Statement> statements = {
        {"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", {}},
        {"UPDATE partition_revision SET revision = revision WHERE partition_id = $1", {}},
        {"DELETE FROM attachment AS a WHERE a.partition_id = $1 AND a.created_us < $2"
         " AND NOT EXISTS (SELECT 1 FROM attachment_use AS u WHERE u.partition_id = $1"
         " AND u.root = a.root AND u.digest = a.digest)",
         {}},
        {"COMMIT", {}}};
    statements[1].params.Int4(partition);
    statements[2].params.Int4(partition).Int8(before_us);
    const absl::Status dropped = connection.Pipeline(statements).status();
    if (!dropped.ok()) return dropped;
  }
  Statement pieces{
      "DELETE FROM attachment_piece AS p WHERE p.created_us < $1 AND NOT EXISTS"
      " (SELECT 1 FROM attachment AS a"
      " WHERE a.partition_id = p.partition_id AND a.upload_id = p.upload_id)",
      {}};
  pieces.params.Int8(before_us);
  return connection.Query(pieces).status();
}

}  // namespace assay::evidence::pg
