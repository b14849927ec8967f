#include "services/common/errors/violations.h"

#include <utility>

#include "google/rpc/error_details.pb.h"

#include "services/common/errors/detail.h"
#include "services/common/errors/errors.h"
#include "services/common/errors/text.h"

namespace assay::errors {
namespace {

// What a violation costs in a message or in details beside its two texts: tags, lengths,
// separators.
constexpr size_t kOverheadBytes = 6;

absl::Status MakeStatus(absl::string_view reason, absl::string_view message,
                        const Violations& violations) {
  absl::Status status(absl::StatusCode::kInvalidArgument, message);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(std::string(kDomain));
  (*info.mutable_metadata())["violations"] = absl::StrCat(violations.count());
  SetDetail(info, &status);
  google::rpc::BadRequest bad;
  for (const Violation& violation : violations.kept()) {
    google::rpc::BadRequest::FieldViolation* out = bad.add_field_violations();
    out->set_field(violation.field);
    out->set_description(violation.description);
  }
  const size_t left_out = violations.count() - violations.kept().size();
  if (left_out > 0) {
    bad.add_field_violations()->set_description(absl::StrCat("and ", left_out, " more"));
  }
  SetDetail(bad, &status);
  return status;
}

}  // namespace

void Violations::Add(absl::string_view field, const absl::AlphaNum& got, absl::string_view want) {
  const std::string shown = got.size() == 0 ? "nothing" : SafeText(got.Piece(), kMaxGotBytes);
  Keep(SafeText(field, kMaxFieldBytes),
       absl::StrCat("got ", shown, ", want ", SafeText(want, kMaxWantBytes)));
}

void Violations::AddText(absl::string_view field, absl::string_view description) {
  Keep(SafeText(field, kMaxFieldBytes), SafeText(description, kMaxGotBytes + kMaxWantBytes));
}

void Violations::AddAll(absl::string_view prefix, const Violations& inner) {
  for (const Violation& violation : inner.kept_) {
    Keep(SafeText(absl::StrCat(prefix, ".", violation.field), kMaxFieldBytes),
         violation.description);
  }
  count_ += inner.count_ - inner.kept_.size();
}

void Violations::Keep(std::string field, std::string description) {
  ++count_;
  const size_t bytes = field.size() + description.size() + kOverheadBytes;
  // Once one did not fit the later ones are only counted, so that those kept are the first ones.
  if (count_ != kept_.size() + 1 || kept_.size() == kMaxKept || kept_bytes_ + bytes > kMaxBytes) {
    return;
  }
  kept_bytes_ += bytes;
  kept_.push_back({std::move(field), std::move(description)});
}

std::string Violations::Message() const {
  std::string message;
  size_t told = 0;
  for (const Violation& violation : kept_) {
    const std::string next =
        absl::StrCat(told == 0 ? "" : "; ", violation.field, ": ", violation.description);
    if (told > 0 && message.size() + next.size() > kMaxMessageBytes) break;
    message += next;
    ++told;
  }
  if (told < count_) absl::StrAppend(&message, "; and ", count_ - told, " more");
  return message;
}

absl::Status Violations::ToStatus() const {
  if (empty()) return absl::OkStatus();
  return MakeStatus("REQUEST_INVALID", Message(), *this);
}

absl::Status Violations::ToStatus(ResourceType type) const {
  if (empty()) return absl::OkStatus();
  return MakeStatus(ReasonsOf(type).invalid, Message(), *this);
}

}  // namespace assay::errors
