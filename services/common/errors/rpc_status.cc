#include "services/common/errors/rpc_status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"

#include "services/common/errors/text.h"

namespace assay::errors {
namespace {

constexpr size_t kMaxMessageBytes = 4096;

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(SafeText(status.message(), kMaxMessageBytes));
  status.ForEachPayload([&wire](absl::string_view type_url, const absl::Cord& payload) {
    if (!absl::StartsWith(type_url, kPublicDetailPrefix)) return;
    google::protobuf::Any* detail = wire.add_details();
    detail->set_type_url(std::string(type_url));
    detail->set_value(std::string(payload));
  });
  return wire;
}

absl::Status FromRpcStatus(const google::rpc::Status& wire) {
  if (wire.code() == 0) return absl::OkStatus();
  const bool known = wire.code() > 0 && wire.code() <= 16;
  absl::Status status(
      known ? static_cast<absl::StatusCode>(wire.code()) : absl::StatusCode::kUnknown,
      wire.message());
  for (const google::protobuf::Any& detail : wire.details()) {
    if (!absl::StartsWith(detail.type_url(), kPublicDetailPrefix)) continue;
    if (status.GetPayload(detail.type_url()).has_value()) continue;
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return status;
}

}  // namespace assay::errors
