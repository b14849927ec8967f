#pragma once

// Digests by which repeated writes are known.
//
// Thread safety: pure. Cost: one serialization and one SHA-256.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"

#include "assay/evidence/v1/record.pb.h"
#include "assay/type/v1/node.pb.h"
#include "services/common/digest/digest.h"

namespace assay::evidence {

// The bytes of a message that holds no map: fields in the order of their numbers, so that the same
// message always gives the same bytes.
std::string StableBytes(const google::protobuf::MessageLite& message);

// What is compared where a request id is known: `kind` ("judgement") keeps different methods apart,
// `body` is the request, of which the field `without` is left out: its request id. 0: none is.
digest::Digest FingerprintOf(absl::string_view kind, const google::protobuf::MessageLite& body,
                             int without = 0);

// 16 bytes for subject, system and reference; empty where there is no reference.
std::string OriginOf(absl::string_view subject, const v1::Source& source);

// 16 bytes for the body of a record, as it is stored but for its name.
std::string BodyOf(absl::string_view kind, const google::protobuf::MessageLite& body);

// Which node of which version: 64 bits of a digest.
int64_t PlaceOf(absl::string_view framework_version, const type::v1::Node& node);
// What an action is about, its words left out: kind, regulation, service and first day.
int64_t PlaceOf(const v1::RegulatoryAction& action);

}  // namespace assay::evidence
