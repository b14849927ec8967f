#include "services/framework/api/requests.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/field_mask_util.h"

#include "services/common/digest/digest.h"
#include "services/common/names/names.h"
#include "services/common/version/version_check.h"

namespace assay::framework {

using google::protobuf::Descriptor;
using google::protobuf::FieldMask;

void CheckFrameworkName(absl::string_view field, absl::string_view name, bool any,
                        errors::Violations& bad) {
  if (any && name == "frameworks/-") return;
  const auto parsed = names::ParseFrameworkName(name);
  if (!parsed.ok()) bad.AddText(field, parsed.status().message());
}

void CheckVersionName(absl::string_view field, absl::string_view name, errors::Violations& bad) {
  const auto parsed = names::FrameworkVersionName::Parse(name);
  if (!parsed.ok()) bad.AddText(field, parsed.status().message());
}

PartName CheckPartName(absl::string_view name, absl::string_view collection,
                       errors::Violations& bad) {
  const auto parsed = names::VersionPartName::Parse(name, collection);
  if (!parsed.ok()) {
    bad.AddText("name", parsed.status().message());
    return {};
  }
  return PartName{parsed->version.name(), parsed->part};
}

void CheckReadMask(const FieldMask& mask, errors::Violations& bad) {
  if (mask.paths_size() > kMaxMaskPaths) {
    bad.Add("read_mask", absl::StrCat(mask.paths_size(), " paths"),
            absl::StrCat("at most ", kMaxMaskPaths));
    return;
  }
  const Descriptor* type = v1::FrameworkVersion::descriptor();
  for (int i = 0; i < mask.paths_size(); ++i) {
    if (mask.paths(i) == "*" || type->FindFieldByName(mask.paths(i)) != nullptr) continue;
    bad.Add(absl::StrCat("read_mask.paths[", i, "]"), mask.paths(i),
            "a top-level field of FrameworkVersion, such as items");
  }
}

void CheckDigest(absl::string_view field, absl::string_view digest, errors::Violations& bad) {
  if (digest.empty()) return;
  const auto parsed = digest::Digest::FromHex(digest);
  if (parsed.ok() && parsed->ToHex() == digest) return;
  bad.Add(field, digest, "64 lower-case hexadecimal digits, or nothing");
}

void CheckSector(absl::string_view field, absl::string_view sector, errors::Violations& bad) {
  if (sector.size() > version::kMaxNameBytes) {
    bad.Add(field, sector, absl::StrCat("at most ", version::kMaxNameBytes, " bytes, or nothing"));
  }
}

v1::FrameworkVersion Masked(const v1::FrameworkVersion& version, const FieldMask& mask) {
  const auto& paths = mask.paths();
  if (paths.empty() || std::find(paths.begin(), paths.end(), "*") != paths.end()) return version;
  // Only what is asked for is copied: a version's lists may hold a megabyte.
  v1::FrameworkVersion result;
  google::protobuf::util::FieldMaskUtil::MergeMessageTo(version, mask, {}, &result);
  return result;
}

}  // namespace assay::framework
