#pragma once

// What a request that writes a version must be; all violations at once.
//
// Thread safety: pure but for `bad`. Cost: linear in the request.

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/common/errors/violations.h"
#include "services/framework/storage/version_store.h"

namespace assay::framework {

// A reason for a withdrawal, in bytes.
inline constexpr std::size_t kMaxReasonBytes = 1000;

// `parent`/versions/`version_id`, which `version_name`, where set, must be too. Empty where one is
// wrong.
std::string CheckNewName(absl::string_view parent, absl::string_view version_id,
                         absl::string_view version_name, errors::Violations& bad);

// At most kMaxVersionBytes serialised.
void CheckVersionSize(absl::string_view field, const v1::FrameworkVersion& version,
                      errors::Violations& bad);

// Each path is a top-level field of FrameworkVersion that a caller may set, or `*`.
void CheckUpdateMask(const google::protobuf::FieldMask& mask, errors::Violations& bad);

// 1 to kMaxReasonBytes of text.
void CheckReason(absl::string_view field, absl::string_view reason, errors::Violations& bad);

// The id in lower case; empty where there is none, or it is no UUID.
std::string CheckRequestId(absl::string_view request_id, errors::Violations& bad);

// The fingerprint of a request without its request id; `method` keeps methods apart.
// INVALID_ARGUMENT names what cannot be digested.
template <class Message>
absl::StatusOr<std::string> FingerprintOfWrite(absl::string_view method, Message request);
absl::StatusOr<std::string> FingerprintOfBody(absl::string_view method,
                                              const google::protobuf::Message& body);

template <class Message>
absl::StatusOr<std::string> FingerprintOfWrite(absl::string_view method, Message request) {
  request.clear_request_id();
  return FingerprintOfBody(method, request);
}

}  // namespace assay::framework
