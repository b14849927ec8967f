#include "services/common/server/client_channel.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

#include "services/common/config/address.h"
#include "services/common/errors/text.h"
#include "services/common/server/tls_files.h"

namespace assay::server {
namespace {

constexpr int kKeepaliveTimeoutMs = 10000;
// A service that was restarted is found again soon.
constexpr int kMaxReconnectBackoffMs = 5000;

// gRPC's service config: which methods are retried, and how.
std::string RetryConfig(const std::vector<std::string>& retried) {
  std::string names;
  for (const std::string& method : retried) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(method, absl::MaxSplits('/', 1));
    absl::StrAppend(&names, names.empty() ? "" : ",", "{\"service\":\"", parts.first, "\"");
    if (!parts.second.empty()) absl::StrAppend(&names, ",\"method\":\"", parts.second, "\"");
    names += "}";
  }
  return absl::StrCat("{\"methodConfig\":[{\"name\":[", names,
                      "],\"retryPolicy\":{\"maxAttempts\":3,\"initialBackoff\":\"0.1s\","
                      "\"maxBackoff\":\"1s\",\"backoffMultiplier\":2,"
                      "\"retryableStatusCodes\":[\"UNAVAILABLE\"]}}]}");
}

grpc::ChannelArguments Arguments(const ChannelOptions& options, const config::Address& address) {
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix(options.user_agent);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(options.max_receive_bytes));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(options.keepalive)));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectBackoffMs);
  if (options.retried.empty()) {
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  } else {
    arguments.SetServiceConfigJSON(RetryConfig(options.retried));
  }
  // A proxy in the environment must not see what is meant to stay on the machine.
  if (address.IsLocal()) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!options.server_name.empty()) {
    arguments.SetString(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, options.server_name);
  }
  return arguments;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ChannelOptions& options) {
  const absl::StatusOr<config::Address> address = config::ParseAddress(options.address);
  if (!address.ok()) return address.status();
  const absl::StatusOr<TlsContents> tls = ReadTlsFiles(options.tls);
  if (!tls.ok()) return tls.status();
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (options.tls.empty() && address->IsLocal()) {
    credentials = grpc::InsecureChannelCredentials();
  } else {
    grpc::SslCredentialsOptions ssl;
    ssl.pem_root_certs = tls->authority;
    ssl.pem_cert_chain = tls->certificate;
    ssl.pem_private_key = tls->key;
    credentials = grpc::SslCredentials(ssl);
  }
  return grpc::CreateCustomChannel(address->ToString(), credentials, Arguments(options, *address));
}

}  // namespace assay::server
