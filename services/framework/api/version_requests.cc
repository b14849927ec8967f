#include "services/framework/api/version_requests.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

#include "services/common/digest/canonical.h"
#include "services/common/errors/errors.h"
#include "services/common/names/names.h"
#include "services/common/text/uuid.h"
#include "services/framework/api/requests.h"

namespace assay::framework {
namespace {

const std::set<std::string>& OutputOnlyFields() {
  static const auto* const fields =
      new std::set<std::string>{"name",         "state", "model_digest",  "digest",
                                "publish_time", "etag",  "withdraw_time", "withdraw_reason"};
  return *fields;
}

}  // namespace

std::string CheckNewName(absl::string_view parent, absl::string_view version_id,
                         absl::string_view version_name, errors::Violations& bad) {
  const std::size_t before = bad.count();
  CheckFrameworkName("parent", parent, false, bad);
  const std::string name = absl::StrCat(parent, "/versions/", version_id);
  if (bad.count() == before && !names::FrameworkVersionName::Parse(name).ok()) {
    bad.Add("version_id", version_id,
            absl::StrCat("1 to ", names::kMaxVersionIdBytes,
                         " lower-case letters, digits, dots and hyphens"));
  }
  if (bad.count() == before && !version_name.empty() && version_name != name) {
    bad.Add("version.name", version_name, absl::StrCat(name, ", or nothing"));
  }
  return bad.count() == before ? name : "";
}

void CheckVersionSize(absl::string_view field, const v1::FrameworkVersion& version,
                      errors::Violations& bad) {
  const std::size_t size = version.ByteSizeLong();
  if (size > kMaxVersionBytes) {
    bad.Add(field, absl::StrCat(size, " bytes"), absl::StrCat("at most ", kMaxVersionBytes));
  }
}

void CheckUpdateMask(const google::protobuf::FieldMask& mask, errors::Violations& bad) {
  if (mask.paths_size() > kMaxMaskPaths) {
    bad.Add("update_mask", absl::StrCat(mask.paths_size(), " paths"),
            absl::StrCat("at most ", kMaxMaskPaths));
    return;
  }
  const google::protobuf::Descriptor* type = v1::FrameworkVersion::descriptor();
  for (int i = 0; i < mask.paths_size(); ++i) {
    const std::string& path = mask.paths(i);
    const bool writable =
        type->FindFieldByName(path) != nullptr && OutputOnlyFields().count(path) == 0;
    if (path == "*" || writable) continue;
    bad.Add(absl::StrCat("update_mask.paths[", i, "]"), path,
            "a top-level field of FrameworkVersion that is not output only, such as items");
  }
}

void CheckReason(absl::string_view field, absl::string_view reason, errors::Violations& bad) {
  if (absl::StripAsciiWhitespace(reason).empty() || reason.size() > kMaxReasonBytes) {
    bad.Add(field, reason, absl::StrCat("1 to ", kMaxReasonBytes, " bytes of text"));
  }
}

std::string CheckRequestId(absl::string_view request_id, errors::Violations& bad) {
  std::string lower = absl::AsciiStrToLower(request_id);
  if (lower.empty() || text::IsUuid(lower)) return lower;
  bad.Add("request_id", request_id, "a UUID, for instance 0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b");
  return "";
}

absl::StatusOr<std::string> FingerprintOfBody(absl::string_view method,
                                              const google::protobuf::Message& body) {
  const absl::StatusOr<digest::Digest> digest =
      digest::DigestOf(absl::StrCat("assay.request.v1/", method), body);
  if (!digest.ok()) {
    errors::Violations bad;
    bad.AddText("request", digest.status().message());
    return bad.ToStatus();
  }
  return std::string(digest->bytes());
}

}  // namespace assay::framework
