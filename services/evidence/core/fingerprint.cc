#include "services/evidence/core/fingerprint.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace assay::evidence {
namespace {

// A zero byte separates: no part holds one.
constexpr absl::string_view kSeparator("\0", 1);

std::string Short(const digest::Digest& digest) {
  return std::string(digest.bytes().substr(0, 16));
}

// The first 8 bytes.
int64_t Number(const digest::Digest& digest) {
  uint64_t number = 0;
  for (const char byte : digest.bytes().substr(0, 8)) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return static_cast<int64_t>(number);
}

}  // namespace

std::string StableBytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream out(&bytes);
  google::protobuf::io::CodedOutputStream coded(&out);
  coded.SetSerializationDeterministic(true);
  message.SerializePartialToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

digest::Digest FingerprintOf(absl::string_view kind, const google::protobuf::MessageLite& body) {
  return digest::Sha256(
      absl::StrCat("assay.request.v1", kSeparator, kind, kSeparator, StableBytes(body)));
}

std::string OriginOf(absl::string_view subject, const v1::Source& source) {
  if (source.reference().empty()) return "";
  // Begins with the subject, so that what came about one subject lies together in a store.
  const digest::Digest about = digest::Sha256(subject);
  const digest::Digest from =
      digest::Sha256(absl::StrCat("assay.origin.v2", kSeparator, subject, kSeparator,
                                  source.system(), kSeparator, source.reference()));
  return absl::StrCat(about.bytes().substr(0, 4), from.bytes().substr(0, 12));
}

std::string BodyOf(absl::string_view kind, const google::protobuf::MessageLite& body) {
  return Short(digest::Sha256(
      absl::StrCat("assay.body.v1", kSeparator, kind, kSeparator, StableBytes(body))));
}

int64_t PlaceOf(absl::string_view framework_version, const type::v1::Node& node) {
  return Number(digest::Sha256(absl::StrCat("assay.place.v1", kSeparator, framework_version,
                                            kSeparator, StableBytes(node))));
}

int64_t PlaceOf(const v1::RegulatoryAction& action) {
  v1::RegulatoryAction bare;
  bare.set_kind(action.kind());
  bare.set_regulation(action.regulation());
  bare.set_service(action.service());
  *bare.mutable_opened() = action.opened();
  return Number(digest::Sha256(absl::StrCat("assay.action.v1", kSeparator, StableBytes(bare))));
}

}  // namespace assay::evidence
