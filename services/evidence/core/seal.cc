#include "services/evidence/core/seal.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/evidence/core/leaf.h"

namespace assay::evidence {
namespace {

constexpr size_t kSaltBytes = 32;

using Field = std::pair<std::string, std::string*>;

void AddAttachments(v1::EvidenceItem& item, std::vector<Field>& fields) {
  for (int index = 0; index < item.attachments_size(); ++index) {
    v1::EvidenceItem::Attachment* attachment = item.mutable_attachments(index);
    const std::string prefix = absl::StrCat("attachments[", index, "].");
    fields.emplace_back(prefix + "digest", attachment->mutable_digest());
    fields.emplace_back(prefix + "file_name", attachment->mutable_file_name());
  }
}

// Where personal texts may stand in a record.
std::vector<Field> FieldsOf(v1::Record& record) {
  std::vector<Field> fields;
  switch (record.content_case()) {
    case v1::Record::kJudgement:
      fields.emplace_back("rationale", record.mutable_judgement()->mutable_rationale());
      fields.emplace_back("correction_reason",
                          record.mutable_judgement()->mutable_correction_reason());
      break;
    case v1::Record::kAction:
      fields.emplace_back("rationale", record.mutable_action()->mutable_rationale());
      fields.emplace_back("correction_reason",
                          record.mutable_action()->mutable_correction_reason());
      break;
    case v1::Record::kOverride:
      fields.emplace_back("rationale", record.mutable_override()->mutable_rationale());
      fields.emplace_back("correction_reason",
                          record.mutable_override()->mutable_correction_reason());
      break;
    case v1::Record::kPublication:
      fields.emplace_back("correction_reason",
                          record.mutable_publication()->mutable_correction_reason());
      break;
    case v1::Record::kRetraction:
      fields.emplace_back("reason", record.mutable_retraction()->mutable_reason());
      break;
    case v1::Record::kEvidence:
      fields.emplace_back("text", record.mutable_evidence()->mutable_text());
      fields.emplace_back("source_standing", record.mutable_evidence()->mutable_source_standing());
      for (int index = 0; index < record.evidence().tags_size(); ++index) {
        fields.emplace_back(absl::StrCat("tags[", index, "]"),
                            record.mutable_evidence()->mutable_tags(index));
      }
      fields.emplace_back("correction_reason",
                          record.mutable_evidence()->mutable_correction_reason());
      AddAttachments(*record.mutable_evidence(), fields);
      break;
    default:
      break;
  }
  return fields;
}

void NoteAttachments(const v1::Record& record, RecordRow& row) {
  for (const auto& attachment : record.evidence().attachments()) {
    const absl::StatusOr<digest::Digest> digest = digest::Digest::FromBytes(attachment.digest());
    // Validation refuses other sizes.
    if (digest.ok()) row.attachments.push_back(*digest);
  }
  std::sort(row.attachments.begin(), row.attachments.end());
  row.attachments.erase(std::unique(row.attachments.begin(), row.attachments.end()),
                        row.attachments.end());
}

}  // namespace

void Seal(v1::Record& record, digest::RandomSource& random, RecordRow& row) {
  NoteAttachments(record, row);
  for (auto& [field, text] : FieldsOf(record)) {
    if (text->empty()) continue;
    SealedText sealed;
    sealed.field = std::move(field);
    sealed.salt.resize(kSaltBytes);
    random.Fill(
        absl::MakeSpan(reinterpret_cast<unsigned char*>(sealed.salt.data()), sealed.salt.size()));
    sealed.bytes = std::move(*text);
    text->clear();
    sealed.commitment = CommitmentOf(sealed.salt, sealed.bytes);
    row.texts.push_back(std::move(sealed));
  }
  std::sort(row.texts.begin(), row.texts.end(),
            [](const SealedText& a, const SealedText& b) { return a.field < b.field; });
}

void Unseal(const std::vector<SealedText>& texts, v1::Record& record) {
  if (texts.empty()) return;
  for (auto& [field, text] : FieldsOf(record)) {
    const auto sealed =
        std::find_if(texts.begin(), texts.end(),
                     [&name = field](const SealedText& one) { return one.field == name; });
    if (sealed != texts.end() && !sealed->erased()) *text = sealed->bytes;
  }
}

}  // namespace assay::evidence
