#include "services/scoring/cache/redis/endpoint.h"

#include <algorithm>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "services/common/errors/errors.h"

namespace assay::scoring::redis {
namespace {

constexpr absl::string_view kWanted =
    "unix:/absolute/path (at most 107 bytes), host:port or [IPv6 address]:port, port 1 to 65535";
// What a sockaddr_un holds beside the closing zero.
constexpr std::size_t kMaxPath = 107;
constexpr std::size_t kMaxHost = 253;

bool IsHost(absl::string_view host, bool bracketed) {
  if (host.empty() || host.size() > kMaxHost) return false;
  return std::all_of(host.begin(), host.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' ||
           (c == '_' && !bracketed) || (c == ':' && bracketed);
  });
}

}  // namespace

std::string Endpoint::ToString() const {
  if (!path.empty()) return absl::StrCat("unix:", path);
  if (absl::string_view(host).find(':') != absl::string_view::npos) {
    return absl::StrCat("[", host, "]:", port);
  }
  return absl::StrCat(host, ":", port);
}

bool Endpoint::IsLocal() const {
  if (!path.empty() || host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view option, absl::string_view text) {
  const absl::Status refused = errors::InvalidArgument(option, text, kWanted);
  Endpoint endpoint;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (rest.size() < 2 || rest.size() > kMaxPath || rest[0] != '/' ||
        rest.find('\0') != absl::string_view::npos) {
      return refused;
    }
    endpoint.path = std::string(rest);
    return endpoint;
  }
  const std::size_t colon = rest.rfind(':');
  if (colon == absl::string_view::npos) return refused;
  absl::string_view host = rest.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[");
  if (bracketed && !absl::ConsumeSuffix(&host, "]")) return refused;
  const absl::string_view digits = rest.substr(colon + 1);
  std::uint32_t port = 0;
  const bool numeric = !digits.empty() && digits.size() <= 5 &&
                       std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit);
  if (!IsHost(host, bracketed) || !numeric || !absl::SimpleAtoi(digits, &port) || port == 0 ||
      port > 65535) {
    return refused;
  }
  endpoint.host = std::string(host);
  endpoint.port = static_cast<std::uint16_t>(port);
  return endpoint;
}

}  // namespace assay::scoring::redis
