#include "services/evidence/storage/postgresql/rows.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"

namespace assay::evidence::pg {
namespace {

constexpr size_t kLengthBytes = 4;

void AppendPart(absl::string_view part, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(part.size() >> shift & 0xff));
  }
  out->append(part.data(), part.size());
}

bool TakePart(absl::string_view* bytes, absl::string_view* part) {
  if (bytes->size() < kLengthBytes) return false;
  size_t length = 0;
  for (size_t at = 0; at < kLengthBytes; ++at) {
    length = length << 8 | static_cast<unsigned char>((*bytes)[at]);
  }
  bytes->remove_prefix(kLengthBytes);
  if (bytes->size() < length) return false;
  *part = bytes->substr(0, length);
  bytes->remove_prefix(length);
  return true;
}

absl::StatusOr<digest::Digest> DigestOf(absl::string_view bytes) {
  absl::StatusOr<digest::Digest> digest = digest::Digest::FromBytes(bytes);
  if (!digest.ok()) return errors::Corrupt("evidence store", "a digest of another length");
  return digest;
}

std::string Encode(const Texts& texts, bool whole) {
  std::string out;
  AppendPart(absl::StrCat(texts.erased_us), &out);
  for (const SealedText& text : texts.texts) {
    AppendPart(text.field, &out);
    AppendPart(whole ? text.salt : absl::string_view(), &out);
    AppendPart(whole ? text.bytes : absl::string_view(), &out);
    AppendPart(text.commitment.bytes(), &out);
  }
  return out;
}

void Assign(absl::string_view bytes, std::string& to) { to.assign(bytes.data(), bytes.size()); }

}  // namespace

std::string EncodeTexts(const Texts& texts) { return Encode(texts, true); }

std::string EncodeCommitments(const Texts& texts) { return Encode(texts, false); }

absl::StatusOr<Texts> DecodeTexts(absl::string_view bytes, TextsWanted wanted) {
  Texts texts;
  absl::string_view erased;
  bool good = TakePart(&bytes, &erased) && absl::SimpleAtoi(erased, &texts.erased_us);
  const bool whole = wanted == TextsWanted::kWhole;
  while (good && !bytes.empty()) {
    absl::string_view field, salt, text, commitment;
    good = TakePart(&bytes, &field) && TakePart(&bytes, &salt) && TakePart(&bytes, &text) &&
           TakePart(&bytes, &commitment);
    if (!good) break;
    const absl::StatusOr<digest::Digest> digest = DigestOf(commitment);
    if (!digest.ok()) return digest.status();
    texts.texts.push_back({std::string(field), std::string(whole ? salt : ""),
                           std::string(whole ? text : ""), *digest});
  }
  if (!good) return errors::Corrupt("evidence store", "sealed texts that end too early");
  return texts;
}

Texts Erased(Texts texts, int64_t erased_us) {
  for (SealedText& text : texts.texts) {
    if (text.erased()) continue;
    text.salt.clear();
    text.bytes.clear();
    texts.erased_us = erased_us;
  }
  return texts;
}

absl::Status ReadRow(const postgresql::Result& result, int row, TextsWanted wanted,
                     StoredRecord& record) {
  record.position = {static_cast<int32_t>(result.Int(row, 0)), result.Int(row, 1)};
  record.recorded = absl::FromUnixMicros(result.Int(row, 2));
  record.kind = static_cast<v1::RecordKind>(result.Int(row, 3));
  Assign(result.Bytes(row, 4), record.subject);
  Assign(result.Bytes(row, 5), record.id);
  Assign(result.Bytes(row, 6), record.payload);
  const absl::StatusOr<digest::Digest> leaf = DigestOf(result.Bytes(row, 7));
  if (!leaf.ok()) return leaf.status();
  record.leaf = *leaf;
  record.superseded_by = result.Int(row, 8);
  record.texts.clear();
  record.erased.reset();
  if (result.null(row, 9)) return absl::OkStatus();
  absl::StatusOr<Texts> texts = DecodeTexts(result.Bytes(row, 9), wanted);
  if (!texts.ok()) return texts.status();
  record.texts = std::move(texts->texts);
  if (texts->erased_us != 0) record.erased = absl::FromUnixMicros(texts->erased_us);
  return absl::OkStatus();
}

absl::StatusOr<StoredRecord> RecordAt(const postgresql::Result& result, int row,
                                      TextsWanted wanted) {
  StoredRecord record;
  const absl::Status read = ReadRow(result, row, wanted, record);
  if (!read.ok()) return read;
  return record;
}

absl::StatusOr<std::vector<StoredRecord>> RecordsOf(const postgresql::Result& result,
                                                    KindSet texts) {
  std::vector<StoredRecord> records;
  records.reserve(static_cast<size_t>(result.rows()));
  for (int row = 0; row < result.rows(); ++row) {
    const auto kind = static_cast<v1::RecordKind>(result.Int(row, 3));
    absl::StatusOr<StoredRecord> record =
        RecordAt(result, row, texts.Has(kind) ? TextsWanted::kWhole : TextsWanted::kCommitments);
    if (!record.ok()) return record.status();
    records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace assay::evidence::pg
