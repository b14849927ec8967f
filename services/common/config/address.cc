#include "services/common/config/address.h"

#include <cstddef>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "services/common/errors/errors.h"

namespace assay::config {
namespace {

constexpr absl::string_view kUnixPrefix = "unix:";
constexpr size_t kMaxSocketPathBytes = 107;
constexpr size_t kMaxHostBytes = 253;

absl::Status Wrong(absl::string_view text) {
  return errors::InvalidArgument(
      "address", text,
      "host:port (port 0 to 65535), [v6 address]:port or unix:path of 1 to 107 bytes");
}

// 127.0.0.0/8 in four decimal parts; a host name such as 127.example.org is not.
bool IsLoopback4(absl::string_view host) {
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  for (const absl::string_view part : parts) {
    uint32_t value = 0;
    if (part.size() > 3 || !absl::SimpleAtoi(part, &value) || value > 255) return false;
  }
  return true;
}

absl::StatusOr<Address> ParseUnix(absl::string_view text) {
  Address address;
  address.kind = Address::Kind::kUnix;
  absl::string_view path = text.substr(kUnixPrefix.size());
  // gRPC also takes unix:///absolute/path.
  if (absl::StartsWith(path, "///")) path.remove_prefix(2);
  if (path.empty() || path.size() > kMaxSocketPathBytes) return Wrong(text);
  if (path.find('\0') != absl::string_view::npos) return Wrong(text);
  address.path = std::string(path);
  return address;
}

}  // namespace

std::string Address::ToString() const {
  if (kind == Kind::kUnix) return absl::StrCat(kUnixPrefix, path);
  const bool v6 = absl::StrContains(host, ':');
  return absl::StrCat(v6 ? "[" : "", host, v6 ? "]" : "", ":", port);
}

bool Address::IsLocal() const {
  return kind == Kind::kUnix || host == "localhost" || host == "::1" || IsLoopback4(host);
}

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  if (absl::StartsWith(text, kUnixPrefix)) return ParseUnix(text);
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return Wrong(text);
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port = text.substr(colon + 1);
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
    if (!absl::StrContains(host, ':')) return Wrong(text);
  } else if (absl::StrContains(host, ':')) {
    return Wrong(text);  // An IPv6 address without brackets: which colon ends it is a guess.
  }
  if (host.empty() || host.size() > kMaxHostBytes) return Wrong(text);
  if (host.find_first_of(" \t\r\n/\"") != absl::string_view::npos) return Wrong(text);
  uint32_t number = 0;
  if (port.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(port, &number) || number > 65535) {
    return Wrong(text);
  }
  Address address;
  address.host = std::string(host);
  address.port = static_cast<uint16_t>(number);
  return address;
}

}  // namespace assay::config
