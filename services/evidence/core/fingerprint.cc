#include "services/evidence/core/fingerprint.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

#include "services/evidence/core/wire.h"

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

// The bytes in place of what `bytes` held.
void SetStableBytes(const google::protobuf::MessageLite& message, std::string& bytes) {
  bytes.resize(message.ByteSizeLong());
  google::protobuf::io::ArrayOutputStream out(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedOutputStream coded(&out);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
}

// A message's bytes for a digest, on their way to be forgotten.
absl::string_view PassingBytes(const google::protobuf::MessageLite& message) {
  thread_local std::string bytes;
  SetStableBytes(message, bytes);
  return bytes;
}

digest::Sha256Stream& Hasher() {
  thread_local digest::Sha256Stream stream;
  return stream;
}

// The digest of a subject's name. What is written about one subject comes together.
const digest::Digest& DigestOfSubject(absl::string_view subject) {
  thread_local std::string last;
  thread_local digest::Digest digest;
  if (last != subject || last.empty()) {
    last = std::string(subject);
    digest = digest::Sha256(last);
  }
  return digest;
}

}  // namespace

std::string StableBytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  SetStableBytes(message, bytes);
  return bytes;
}

digest::Digest FingerprintOf(absl::string_view kind, const google::protobuf::MessageLite& body,
                             int without) {
  digest::Sha256Stream& hasher = Hasher();
  hasher.Update("assay.request.v1").Update(kSeparator).Update(kind).Update(kSeparator);
  absl::string_view left = PassingBytes(body);
  absl::string_view run = left;
  wire::Field field;
  while (without != 0 && wire::ReadField(left, &field)) {
    if (field.number != without) continue;
    hasher.Update(run.substr(0, static_cast<size_t>(field.whole.data() - run.data())));
    run = left;
  }
  return hasher.Update(run).Finish();
}

std::string OriginOf(absl::string_view subject, const v1::Source& source) {
  if (source.reference().empty()) return "";
  // Begins with the subject, so that what came about one subject lies together in a store.
  const digest::Digest& about = DigestOfSubject(subject);
  const digest::Digest from = Hasher()
                                  .Update("assay.origin.v2")
                                  .Update(kSeparator)
                                  .Update(subject)
                                  .Update(kSeparator)
                                  .Update(source.system())
                                  .Update(kSeparator)
                                  .Update(source.reference())
                                  .Finish();
  return absl::StrCat(about.bytes().substr(0, 4), from.bytes().substr(0, 12));
}

std::string BodyOf(absl::string_view kind, const google::protobuf::MessageLite& body) {
  return Short(Hasher()
                   .Update("assay.body.v1")
                   .Update(kSeparator)
                   .Update(kind)
                   .Update(kSeparator)
                   .Update(PassingBytes(body))
                   .Finish());
}

int64_t PlaceOf(absl::string_view framework_version, const type::v1::Node& node) {
  return Number(Hasher()
                    .Update("assay.place.v1")
                    .Update(kSeparator)
                    .Update(framework_version)
                    .Update(kSeparator)
                    .Update(PassingBytes(node))
                    .Finish());
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
