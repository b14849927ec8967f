#include "services/evidence/storage/sqlite/rows.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/core/leaf.h"

namespace assay::evidence::sqlite {
namespace {

absl::Status ReadTexts(Database& database, bool whole, StoredRecord& record) {
  // Apart, so that long texts stay on their pages where nobody wants them.
  const absl::StatusOr<Statement*> statement =
      database.Cached(whole ? "SELECT field, commitment, erased_us, salt, bytes FROM record_text"
                              " WHERE partition_id = ?1 AND revision = ?2 ORDER BY field"
                            : "SELECT field, commitment, erased_us FROM record_text"
                              " WHERE partition_id = ?1 AND revision = ?2 ORDER BY field");
  if (!statement.ok()) return statement.status();
  const Use use(**statement);
  use->Int(1, record.position.partition).Int(2, record.position.counter);
  absl::StatusOr<bool> row = use->Step();
  for (; row.ok() && *row; row = use->Step()) {
    const absl::StatusOr<digest::Digest> commitment = DigestOf(use->ColumnBytes(1));
    if (!commitment.ok()) return commitment.status();
    SealedText text;
    text.field = std::string(use->ColumnBytes(0));
    text.commitment = *commitment;
    if (whole) {
      text.salt = std::string(use->ColumnBytes(3));
      text.bytes = std::string(use->ColumnBytes(4));
    }
    const int64_t erased_us = use->ColumnInt(2);
    if (erased_us != 0) record.erased = absl::FromUnixMicros(erased_us);
    record.texts.push_back(std::move(text));
  }
  return row.status();
}

void Assign(absl::string_view bytes, std::string& to) { to.assign(bytes.data(), bytes.size()); }

}  // namespace

absl::StatusOr<digest::Digest> DigestOf(absl::string_view bytes) {
  absl::StatusOr<digest::Digest> digest = digest::Digest::FromBytes(bytes);
  if (digest.ok()) return digest;
  return errors::Corrupt(kStoreWords, digest.status().message());
}

absl::StatusOr<StoredRecord> RecordOf(Database& database, const Statement& statement,
                                      Texts wanted) {
  StoredRecord record;
  const absl::Status read = ReadRow(database, statement, wanted, record);
  if (!read.ok()) return read;
  return record;
}

absl::Status ReadRow(Database& database, const Statement& statement, Texts wanted,
                     StoredRecord& record) {
  record.position = {static_cast<int32_t>(statement.ColumnInt(0)), statement.ColumnInt(1)};
  record.recorded = absl::FromUnixMicros(statement.ColumnInt(2));
  record.kind = static_cast<v1::RecordKind>(statement.ColumnInt(3));
  Assign(statement.ColumnBytes(4), record.subject);
  Assign(statement.ColumnBytes(5), record.id);
  const int64_t texts = statement.ColumnInt(6);
  const absl::StatusOr<digest::Digest> leaf = DigestOf(statement.ColumnBytes(7));
  if (!leaf.ok()) return leaf.status();
  record.leaf = *leaf;
  record.superseded_by = statement.ColumnInt(8);
  Assign(statement.ColumnBytes(9), record.payload);
  record.texts.clear();
  record.erased.reset();
  if (texts == 0) return absl::OkStatus();
  absl::Status read = ReadTexts(database, wanted == Texts::kWhole, record);
  if (!read.ok()) return read;
  if (static_cast<int64_t>(record.texts.size()) != texts) {
    return errors::Corrupt(kStoreWords,
                           absl::StrCat("partition ", record.position.partition, " counter ",
                                        record.position.counter, " lacks a text"));
  }
  return absl::OkStatus();
}

absl::StatusOr<digest::Digest> LeafBefore(Database& database, const StoredRecord& stored) {
  const absl::StatusOr<Statement*> statement = database.Cached(
      "SELECT leaf FROM record INDEXED BY record_subject"
      " WHERE partition_id = ?1 AND subject = ?2 AND revision < ?3"
      " ORDER BY revision DESC LIMIT 1");
  if (!statement.ok()) return statement.status();
  const Use use(**statement);
  use->Int(1, stored.position.partition).Text(2, stored.subject).Int(3, stored.position.counter);
  const absl::StatusOr<bool> row = use->Step();
  if (!row.ok()) return row.status();
  return *row ? DigestOf(use->ColumnBytes(0)) : digest::Digest();
}

absl::Status CheckStored(Database& database, const StoredRecord& stored) {
  const absl::StatusOr<digest::Digest> previous = LeafBefore(database, stored);
  return previous.ok() ? CheckLeaf(stored, *previous) : previous.status();
}

absl::StatusOr<std::vector<StoredRecord>> AllRows(Database& database, Statement& statement,
                                                  KindSet texts) {
  std::vector<StoredRecord> records;
  absl::StatusOr<bool> row = statement.Step();
  for (; row.ok() && *row; row = statement.Step()) {
    const auto kind = static_cast<v1::RecordKind>(statement.ColumnInt(3));
    absl::StatusOr<StoredRecord> record =
        RecordOf(database, statement, texts.Has(kind) ? Texts::kWhole : Texts::kCommitments);
    if (!record.ok()) return record.status();
    records.push_back(*std::move(record));
  }
  if (!row.ok()) return row.status();
  return records;
}

absl::StatusOr<absl::optional<StoredRecord>> FirstRow(Database& database, Statement& statement) {
  absl::optional<StoredRecord> first;
  const absl::StatusOr<bool> row = statement.Step();
  if (!row.ok()) return row.status();
  if (!*row) return first;
  absl::StatusOr<StoredRecord> record = RecordOf(database, statement);
  if (!record.ok()) return record.status();
  first = *std::move(record);
  return first;
}

}  // namespace assay::evidence::sqlite
