#include "services/common/server/connection_health.h"

#include <chrono>

#include "services/common/errors/errors.h"

namespace assay::server {
namespace {

// A handshake on a busy machine; a probe may take a second, and a service has several.
constexpr auto kPatience = std::chrono::milliseconds(250);

}  // namespace

absl::Status ConnectionHealth(grpc::Channel& channel, absl::string_view dependency) {
  const auto end = std::chrono::system_clock::now() + kPatience;
  grpc_connectivity_state state = channel.GetState(/*try_to_connect=*/true);
  while (state == GRPC_CHANNEL_IDLE || state == GRPC_CHANNEL_CONNECTING) {
    if (!channel.WaitForStateChange(state, end)) break;
    state = channel.GetState(/*try_to_connect=*/true);
  }
  if (state == GRPC_CHANNEL_READY) return absl::OkStatus();
  return errors::DependencyUnavailable(dependency, state == GRPC_CHANNEL_TRANSIENT_FAILURE
                                                       ? "the last attempt to connect failed"
                                                       : "no connection yet");
}

}  // namespace assay::server
