#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "services/common/digest/digest.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/limits.h"
#include "services/evidence/core/validate_record.h"

namespace assay::evidence {
namespace {

using clock::Day;
using errors::Violations;

// That no entry of a list comes twice.
class Once {
 public:
  void Check(const std::string& field, const std::string& entry, absl::string_view shown,
             Violations& bad) {
    if (!seen_.insert(entry).second) bad.Add(field, shown, "no entry twice");
  }

 private:
  absl::flat_hash_set<std::string> seen_;
};

template <typename Enum>
void CheckEnum(const std::string& field, Enum value, bool valid, absl::string_view want,
               Violations& bad) {
  if (!valid || static_cast<int>(value) == 0) bad.Add(field, static_cast<int>(value), want);
}

// The version that items and category are of; nullptr where none is named, or none is known.
const model::CompiledModel* FindVersion(const v1::EvidenceItem& item, const CheckContext& context,
                                        const std::string& prefix, Violations& bad) {
  const std::string field = Path(prefix, "framework_version");
  const std::string& version = item.framework_version();
  if (version.empty()) {
    if (!item.items().empty() || !item.category().empty()) {
      bad.Add(field, "", "the version that the items and the category are of");
    }
    return nullptr;
  }
  const auto found = context.known->versions.find(version);
  if (found != context.known->versions.end()) return found->second.get();
  bad.Add(field, version, "a version that is in the catalogue");
  return nullptr;
}

void CheckBearing(const v1::EvidenceItem& item, const CheckContext& context,
                  const std::string& prefix, Violations& bad) {
  const model::CompiledModel* model = FindVersion(item, context, prefix, bad);
  CheckCount(Path(prefix, "items"), item.items_size(), kMaxEvidenceItems, bad);
  Once once;
  for (int index = 0; index < item.items_size(); ++index) {
    const std::string field = Path(prefix, "items", static_cast<size_t>(index));
    once.Check(field, item.items(index), item.items(index), bad);
    if (model != nullptr && model->ItemById(item.items(index)) < 0) {
      bad.Add(field, item.items(index), absl::StrCat("an item of ", item.framework_version()));
    }
  }
  if (model != nullptr && !item.category().empty() && model->CategoryById(item.category()) < 0) {
    bad.Add(Path(prefix, "category"), item.category(),
            absl::StrCat("an evidence category of ", item.framework_version()));
  }
}

void CheckTags(const v1::EvidenceItem& item, const std::string& prefix, Violations& bad) {
  CheckCount(Path(prefix, "tags"), item.tags_size(), kMaxTags, bad);
  Once once;
  for (int index = 0; index < item.tags_size(); ++index) {
    const std::string field = Path(prefix, "tags", static_cast<size_t>(index));
    CheckRequiredText(field, item.tags(index), kMaxTag, bad);
    once.Check(field, item.tags(index), item.tags(index), bad);
  }
}

void CheckAttachments(const v1::EvidenceItem& item, const CheckContext& context,
                      const std::string& prefix, Violations& bad) {
  CheckCount(Path(prefix, "attachments"), item.attachments_size(), kMaxAttachments, bad);
  Once once;
  for (int index = 0; index < item.attachments_size(); ++index) {
    const v1::EvidenceItem::Attachment& one = item.attachments(index);
    const std::string field = Path(prefix, "attachments", static_cast<size_t>(index));
    CheckText(Path(field, "media_type"), one.media_type(), kMaxMediaType, bad);
    CheckText(Path(field, "file_name"), one.file_name(), kMaxFileName, bad);
    const std::string digest_field = Path(field, "digest");
    const std::string size = absl::StrCat(one.digest().size(), " bytes");
    if (one.digest().size() != kDigestBytes) {
      bad.Add(digest_field, size, absl::StrCat(kDigestBytes, " bytes"));
      continue;
    }
    const std::string hex = digest::HexEncode(one.digest());
    once.Check(digest_field, one.digest(), hex, bad);
    if (context.subject == nullptr) continue;
    const std::string root = context.subject->Root().name();
    if (!context.known->attachments.contains({root, one.digest()})) {
      bad.Add(digest_field, hex, absl::StrCat("an attachment that was uploaded to ", root));
    }
  }
}

void CheckDays(const v1::EvidenceItem& item, const CheckContext& context, const std::string& prefix,
               Violations& bad) {
  absl::optional<Day> happened;
  if (item.has_happened()) {
    happened = CheckEffectiveDay(Path(prefix, "happened"), item.happened(), context.today, bad);
  }
  const absl::optional<Day> received =
      CheckEffectiveDay(Path(prefix, "received"), item.received(), context.today, bad);
  if (happened.has_value() && received.has_value() && *received < *happened) {
    bad.Add(Path(prefix, "received"), received->ToString(),
            absl::StrCat(happened->ToString(), ", when it happened, or later"));
  }
}

}  // namespace

Resolved Validate(const v1::EvidenceItem& item, const CheckContext& context,
                  const std::string& prefix, Violations& bad) {
  CheckEnum(Path(prefix, "kind"), item.kind(), v1::EvidenceKind_IsValid(item.kind()),
            "a known kind of evidence", bad);
  CheckId(Path(prefix, "service"), item.service(), true, bad);
  CheckBearing(item, context, prefix, bad);
  CheckSource(Path(prefix, "source"), item.source(), bad);
  CheckText(Path(prefix, "source_standing"), item.source_standing(), kMaxSourceStanding, bad);
  CheckText(Path(prefix, "text"), item.text(), kMaxEvidenceText, bad);
  CheckDays(item, context, prefix, bad);
  CheckEnum(Path(prefix, "sensitivity"), item.sensitivity(),
            v1::Sensitivity_IsValid(item.sensitivity()), "public, restricted or confidential", bad);
  CheckTags(item, prefix, bad);
  CheckAttachments(item, context, prefix, bad);
  return {};
}

}  // namespace assay::evidence
