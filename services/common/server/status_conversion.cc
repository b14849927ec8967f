#include "services/common/server/status_conversion.h"

#include <string>

#include "absl/strings/match.h"
#include "google/rpc/status.pb.h"

#include "services/common/errors/rpc_status.h"
#include "services/common/errors/text.h"

namespace assay::server {
namespace {

// Trailers hold more than ours: grpc-status, names, 32 bytes a header by HPACK's count, and what
// the handler adds. This much is left for message and details.
constexpr size_t kTrailerBytes = 7168;
constexpr size_t kMaxMessageBytes = 1024;

// Size of `message` in the grpc-message header, where every byte outside printable ASCII is %XX.
size_t EncodedMessageBytes(const std::string& message) {
  size_t bytes = 0;
  for (const char c : message) bytes += (c >= 0x20 && c <= 0x7E && c != '%') ? 1 : 3;
  return bytes;
}

size_t TrailerBytes(const google::rpc::Status& wire) {
  return EncodedMessageBytes(wire.message()) + (wire.ByteSizeLong() + 2) / 3 * 4;
}

// Leaves details out, the largest first, until the trailers fit.
void FitTrailers(google::rpc::Status* wire) {
  while (TrailerBytes(*wire) > kTrailerBytes && wire->details_size() > 0) {
    int largest = 0;
    for (int i = 1; i < wire->details_size(); ++i) {
      if (wire->details(i).ByteSizeLong() > wire->details(largest).ByteSizeLong()) largest = i;
    }
    wire->mutable_details()->DeleteSubrange(largest, 1);
  }
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status wire = errors::ToRpcStatus(status);
  wire.set_message(errors::SafeText(wire.message(), kMaxMessageBytes));
  FitTrailers(&wire);
  const auto code = static_cast<grpc::StatusCode>(wire.code());
  if (wire.details_size() == 0) return grpc::Status(code, wire.message());
  return grpc::Status(code, wire.message(), wire.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status wire;
  const bool has_details = !status.error_details().empty() &&
                           wire.ParseFromString(status.error_details()) &&
                           wire.code() == static_cast<int>(status.error_code());
  if (!has_details) {
    wire.Clear();
    wire.set_code(static_cast<int>(status.error_code()));
  }
  wire.set_message(errors::SafeText(status.error_message(), kMaxMessageBytes));
  return errors::FromRpcStatus(wire);
}

}  // namespace assay::server
