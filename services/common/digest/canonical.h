#pragma once

// The one fixed encoding of protobuf messages that digests are taken over.
//
// Protobuf promises no byte-stable serialization; this is ours, and it never changes: a second
// implementation in any language must reach the same bytes (docs/derivation-format.md).
//   - fields in ascending number, every varint minimal;
//   - repeated scalars always packed, whatever the .proto says;
//   - a field without presence is left out at its default; a field with presence is written when
//     set, at its default too; a set and empty submessage is written with length 0; a oneof is
//     written as its set member;
//   - enums and negative int32 as 64-bit varints, sint as zigzag, fixed as little-endian;
//   - refused: maps, float and double, groups, extensions, google.protobuf.Any, unknown fields,
//     and strings that are not UTF-8.
// What comes out is also a valid protobuf encoding of the same message.
//
// Thread safety: pure; the message must not change meanwhile.
// Cost: protobuf's own serialization and a pass over its bytes (plain_encoding.h); where they are
// not canonical, reflection, about ten times slower.

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/digest/digest.h"

namespace google::protobuf {
class Descriptor;
class Message;
}  // namespace google::protobuf

namespace assay::digest {

// Submessages may lie this deep, as in protobuf's own parsers.
inline constexpr int kMaxCanonicalDepth = 100;

// The largest encoding, in bytes (64 MiB).
inline constexpr std::size_t kMaxCanonicalBytes = std::size_t{64} << 20;

// The canonical bytes of `message`. INVALID_ARGUMENT names the field (full name and the path to it)
// and what is wrong with it; RESOURCE_EXHAUSTED where a limit above is passed.
absl::StatusOr<std::string> CanonicalEncode(const google::protobuf::Message& message);

// SHA-256 over `domain_tag`, a zero byte and the canonical bytes. The tag ("assay.derivation.v1")
// keeps digests of different kinds of message apart; it is 1 to 128 bytes without a zero byte,
// else INVALID_ARGUMENT.
absl::StatusOr<Digest> DigestOf(absl::string_view domain_tag,
                                const google::protobuf::Message& message);

// Whether every message of this type can be encoded (unknown fields and bad UTF-8 apart): walks the
// declared fields and gives INVALID_ARGUMENT naming each that is a map, float, double, group or
// Any. For a test beside each type that is digested, so that a new field is refused before it
// ships.
absl::Status CheckCanonicalType(const google::protobuf::Descriptor& type);

}  // namespace assay::digest
