#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "services/common/digest/canonical.h"
#include "services/common/digest/digest.h"
#include "services/common/model/compiler.h"
#include "services/common/model/model.h"

namespace assay::model {
namespace {

using framework::v1::FrameworkVersion;

std::string HexOf(absl::string_view tag, absl::string_view bytes) {
  return digest::Sha256Stream()
      .Update(tag)
      .Update(absl::string_view("\0", 1))
      .Update(bytes)
      .Finish()
      .ToHex();
}

bool HasOutputOnly(const FrameworkVersion& version) {
  return version.state() != framework::v1::VERSION_STATE_UNSPECIFIED ||
         !version.model_digest().empty() || !version.digest().empty() ||
         version.has_publish_time() || !version.etag().empty() || version.has_withdraw_time() ||
         !version.withdraw_reason().empty() ||
         std::any_of(version.items().begin(), version.items().end(),
                     [](const framework::v1::Item& item) { return !item.name().empty(); });
}

FrameworkVersion WithoutOutputOnly(const FrameworkVersion& version) {
  FrameworkVersion reduced = version;
  for (auto& item : *reduced.mutable_items()) item.clear_name();
  reduced.clear_state();
  reduced.clear_model_digest();
  reduced.clear_digest();
  reduced.clear_publish_time();
  reduced.clear_withdraw_time();
  reduced.clear_withdraw_reason();
  reduced.clear_etag();
  return reduced;
}

// Whether the model digest covers the field of a version.
bool OfTheModel(std::uint64_t field) {
  return field == FrameworkVersion::kNameFieldNumber ||
         (field >= FrameworkVersion::kGroupsFieldNumber &&
          field <= FrameworkVersion::kScoringModelFieldNumber);
}

std::uint64_t ReadVarint(absl::string_view* bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; !bytes->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  return value;
}

// The fields of an encoded version that the model digest covers. They stand in ascending order, so
// that what is left is the encoding of a version with these fields alone.
std::string ModelPart(absl::string_view bytes) {
  std::string part;
  part.reserve(bytes.size());
  while (!bytes.empty()) {
    const absl::string_view field = bytes;
    const std::uint64_t tag = ReadVarint(&bytes);
    // Every field of a version is a varint or has a length.
    const std::uint64_t value = ReadVarint(&bytes);
    if ((tag & 7) != 0) bytes.remove_prefix(std::min<std::size_t>(value, bytes.size()));
    if (!OfTheModel(tag >> 3)) continue;
    part.append(field.data(), field.size() - bytes.size());
  }
  return part;
}

}  // namespace

absl::StatusOr<Digests> DigestsOf(const FrameworkVersion& version) {
  absl::StatusOr<std::string> bytes = HasOutputOnly(version)
                                          ? digest::CanonicalEncode(WithoutOutputOnly(version))
                                          : digest::CanonicalEncode(version);
  if (!bytes.ok()) return bytes.status();
  return Digests{HexOf("assay.model.v1", ModelPart(*bytes)), HexOf("assay.version.v1", *bytes)};
}

absl::StatusOr<std::string> ModelDigest(const FrameworkVersion& version) {
  absl::StatusOr<Digests> digests = DigestsOf(version);
  if (!digests.ok()) return digests.status();
  return std::move(digests->model);
}

absl::StatusOr<std::string> VersionDigest(const FrameworkVersion& version) {
  absl::StatusOr<Digests> digests = DigestsOf(version);
  if (!digests.ok()) return digests.status();
  return std::move(digests->version);
}

}  // namespace assay::model
