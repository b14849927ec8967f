#pragma once

// How the details sit in an absl::Status: one payload each, under the type URL of its message. For
// this folder's own sources.
//
// Thread safety: pure functions.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

#include "services/common/errors/rpc_status.h"

namespace assay::errors {

// The type URL of a google.rpc message.
template <class Message>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", Message::descriptor()->full_name());
}

// Sets `detail`, in place of one of the same type.
template <class Message>
void SetDetail(const Message& detail, absl::Status* status) {
  status->SetPayload(TypeUrl<Message>(), absl::Cord(detail.SerializeAsString()));
}

// The detail of a type; absent where there is none, or it cannot be parsed.
template <class Message>
absl::optional<Message> GetDetail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl<Message>());
  Message detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return absl::nullopt;
  return detail;
}

}  // namespace assay::errors
