#include "services/evidence/api/batch_faults.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "services/common/errors/errors.h"
#include "services/evidence/core/checks.h"

namespace assay::evidence {

using errors::Violations;

BatchPreparer::BatchPreparer(const Backend& backend, const References& named, Known known)
    : known_(std::move(known)) {
  context_ = backend.Context(known_);
  for (const AttachmentKey& key : named.attachments) {
    if (!known_.attachments.contains(key)) missing_.insert(key.digest);
  }
  if (missing_.empty()) return;
  pretended_ = known_;
  for (const AttachmentKey& key : named.attachments) pretended_.attachments.emplace(key, 0);
  pretended_context_ = backend.Context(pretended_);
}

void BatchPreparer::Spoil(Write& write) const {
  const bool lacks =
      std::any_of(write.row.attachments.begin(), write.row.attachments.end(),
                  [&](const digest::Digest& one) { return missing_.contains(one.bytes()); });
  if (lacks) write.row.attachments.push_back(digest::Digest());
}

void AddRefusals(const WriteResult& write, const std::string& prefix, bool told, Violations& all) {
  for (const Refusal& refusal : write.refusals) {
    if (told && errors::Reason(refusal.status) == "ATTACHMENT_NOT_FOUND") continue;
    const std::vector<errors::Violation> fields = errors::FieldViolations(refusal.status);
    for (const errors::Violation& one : fields) {
      all.AddText(Path(prefix, one.field), one.description);
    }
    if (!fields.empty()) continue;
    // Where a request has one fault alone, its message says the field itself.
    absl::string_view text = refusal.status.message();
    absl::ConsumePrefix(&text, absl::StrCat(refusal.field, ": "));
    all.AddText(Path(prefix, refusal.field), text);
  }
}

absl::Status WithAll(const absl::Status& first, const Violations& all) {
  const absl::Status told = all.ToStatus();
  absl::Status status(first.code(), all.count() == 1 ? first.message() : told.message());
  const auto copy = [&status](absl::string_view url, const absl::Cord& payload) {
    status.SetPayload(url, payload);
  };
  first.ForEachPayload(copy);
  told.ForEachPayload([&copy](absl::string_view url, const absl::Cord& payload) {
    if (absl::EndsWith(url, "google.rpc.BadRequest")) copy(url, payload);
  });
  return status;
}

}  // namespace assay::evidence
