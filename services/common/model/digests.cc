#include <string>

#include "absl/status/statusor.h"

#include "services/common/digest/canonical.h"
#include "services/common/model/model.h"

namespace assay::model {
namespace {

using framework::v1::FrameworkVersion;

absl::StatusOr<std::string> HexOf(absl::string_view tag, const FrameworkVersion& reduced) {
  absl::StatusOr<digest::Digest> digest = digest::DigestOf(tag, reduced);
  if (!digest.ok()) return digest.status();
  return digest->ToHex();
}

}  // namespace

absl::StatusOr<std::string> ModelDigest(const FrameworkVersion& version) {
  FrameworkVersion reduced;
  reduced.set_name(version.name());
  *reduced.mutable_groups() = version.groups();
  *reduced.mutable_items() = version.items();
  for (auto& item : *reduced.mutable_items()) item.clear_name();
  *reduced.mutable_categories() = version.categories();
  *reduced.mutable_sectors() = version.sectors();
  *reduced.mutable_regulation_links() = version.regulation_links();
  *reduced.mutable_scoring_model() = version.scoring_model();
  return HexOf("assay.model.v1", reduced);
}

absl::StatusOr<std::string> VersionDigest(const FrameworkVersion& version) {
  FrameworkVersion reduced = version;
  for (auto& item : *reduced.mutable_items()) item.clear_name();
  reduced.clear_state();
  reduced.clear_model_digest();
  reduced.clear_digest();
  reduced.clear_publish_time();
  reduced.clear_etag();
  return HexOf("assay.version.v1", reduced);
}

}  // namespace assay::model
