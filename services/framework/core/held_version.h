#pragma once

// A framework version as a store holds it, and as a message.
//
// Thread safety: values; pure functions. Cost: a conversion parses or serialises the version and
// takes its digests, a few milliseconds for a shipped one.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "assay/framework/v1/framework.pb.h"

namespace assay::framework {

// The largest version that is held, serialised, in bytes (1 MiB, as its text form).
inline constexpr std::size_t kMaxVersionBytes = std::size_t{1} << 20;

// A catalogue holds at most so many versions, shipped ones and drafts included: ratings number them
// in a byte (model::ModelSet).
inline constexpr std::size_t kMaxVersions = 250;

struct HeldVersion {
  // Full resource name.
  std::string name;
  // DRAFT, PROVEN, PUBLISHED or WITHDRAWN; whether one is superseded follows from the others.
  v1::VersionState state = v1::VERSION_STATE_UNSPECIFIED;
  // The version's digest, 64 lower-case hexadecimal digits: it names the content.
  std::string digest;
  // The serialised message without its output-only fields.
  std::string content;
  // Unset times are absl::InfinitePast().
  absl::Time publish_time = absl::InfinitePast();
  absl::Time withdraw_time = absl::InfinitePast();
  std::string withdraw_reason;
  // Counts the writes of this name; 0: never written (a shipped version).
  std::int64_t revision = 0;
  // SealOf(*this) as it was when the version was written; empty where it never was.
  std::string seal;
};

// 64 lower-case hexadecimal digits over name, digest, state, times, revision and reason: all that
// the digest does not cover. SHA-256 over `assay.held.v1` and these, a line each in this order; a
// time as microseconds since 1970, 0 where it is unset.
std::string SealOf(const HeldVersion& held);

// Whether the version may still change.
inline bool IsDraft(v1::VersionState state) {
  return state == v1::VERSION_STATE_DRAFT || state == v1::VERSION_STATE_PROVEN;
}

// The message without its output-only fields.
v1::FrameworkVersion Bare(v1::FrameworkVersion version);

// `bare` with digest and content, in the given state. INVALID_ARGUMENT names what cannot be
// digested (an unknown field, text that is not UTF-8).
absl::StatusOr<HeldVersion> Hold(const v1::FrameworkVersion& bare, v1::VersionState state);

// A version that is served, back in the form in which it is held; its revision is 0.
HeldVersion HoldServed(const v1::FrameworkVersion& served);

// The message with its output-only fields. DATA_LOSS where the content is not what the digest says,
// or the rest not what the seal says.
absl::StatusOr<std::shared_ptr<const v1::FrameworkVersion>> Serve(const HeldVersion& held);

}  // namespace assay::framework
