#include "services/framework/core/held_version.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/common/model/model.h"

namespace assay::framework {
namespace {

// Fields in the order of their numbers; a version holds no map.
std::string StableBytes(const v1::FrameworkVersion& version) {
  std::string bytes;
  google::protobuf::io::StringOutputStream out(&bytes);
  google::protobuf::io::CodedOutputStream coded(&out);
  coded.SetSerializationDeterministic(true);
  version.SerializePartialToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const std::int64_t micros = absl::ToUnixMicros(time);
  out->set_seconds(micros / 1000000);
  out->set_nanos(static_cast<std::int32_t>(micros % 1000000) * 1000);
}

std::int64_t MicrosOf(absl::Time time) {
  return time == absl::InfinitePast() ? 0 : absl::ToUnixMicros(time);
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace

// The reason comes last: it alone may hold line ends.
std::string SealOf(const HeldVersion& held) {
  return digest::Sha256(absl::StrCat("assay.held.v1\n", held.name, "\n", held.digest, "\n",
                                     static_cast<int>(held.state), "\n",
                                     MicrosOf(held.publish_time), "\n",
                                     MicrosOf(held.withdraw_time), "\n", held.revision, "\n",
                                     held.withdraw_reason))
      .ToHex();
}

v1::FrameworkVersion Bare(v1::FrameworkVersion version) {
  for (v1::Item& item : *version.mutable_items()) item.clear_name();
  version.clear_state();
  version.clear_model_digest();
  version.clear_digest();
  version.clear_publish_time();
  version.clear_etag();
  version.clear_withdraw_time();
  version.clear_withdraw_reason();
  return version;
}

absl::StatusOr<HeldVersion> Hold(const v1::FrameworkVersion& bare, v1::VersionState state) {
  absl::StatusOr<std::string> digest = model::VersionDigest(bare);
  if (!digest.ok()) return digest.status();
  HeldVersion held;
  held.name = bare.name();
  held.state = state;
  held.digest = *std::move(digest);
  held.content = StableBytes(bare);
  return held;
}

HeldVersion HoldServed(const v1::FrameworkVersion& served) {
  HeldVersion held;
  held.name = served.name();
  held.state =
      served.state() == v1::VERSION_STATE_SUPERSEDED ? v1::VERSION_STATE_PUBLISHED : served.state();
  held.digest = served.digest();
  held.content = StableBytes(Bare(served));
  if (served.has_publish_time()) held.publish_time = TimeOf(served.publish_time());
  if (served.has_withdraw_time()) held.withdraw_time = TimeOf(served.withdraw_time());
  held.withdraw_reason = served.withdraw_reason();
  return held;
}

absl::StatusOr<std::shared_ptr<const v1::FrameworkVersion>> Serve(const HeldVersion& held) {
  const std::string what = absl::StrCat("the stored framework version ", held.name);
  const bool stored = held.revision != 0 || !held.seal.empty();
  if (stored && held.seal != SealOf(held)) {
    return errors::Corrupt(what, "its state, times or digest are not as they were written");
  }
  auto version = std::make_shared<v1::FrameworkVersion>();
  if (!version->ParseFromString(held.content) || version->name() != held.name) {
    return errors::Corrupt(what, "the content is not this version's");
  }
  absl::StatusOr<std::string> digest = model::VersionDigest(*version);
  if (!digest.ok()) return errors::Corrupt(what, digest.status().message());
  if (*digest != held.digest) return errors::Corrupt(what, "the content has another digest");
  absl::StatusOr<std::string> model_digest = model::ModelDigest(*version);
  if (!model_digest.ok()) return errors::Corrupt(what, model_digest.status().message());
  version->set_digest(*std::move(digest));
  version->set_model_digest(*std::move(model_digest));
  version->set_etag(absl::StrCat("\"", version->digest(), "\""));
  version->set_state(held.state);
  for (v1::Item& item : *version->mutable_items()) {
    item.set_name(absl::StrCat(version->name(), "/items/", item.id()));
  }
  if (held.publish_time != absl::InfinitePast()) {
    SetTime(held.publish_time, version->mutable_publish_time());
  }
  if (held.withdraw_time != absl::InfinitePast()) {
    SetTime(held.withdraw_time, version->mutable_withdraw_time());
  }
  version->set_withdraw_reason(held.withdraw_reason);
  return version;
}

}  // namespace assay::framework
