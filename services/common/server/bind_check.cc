#include "services/common/server/bind_check.h"

#include <netdb.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"

namespace assay::server {
namespace {

absl::Status InUse(const config::Address& address) {
  return absl::AlreadyExistsError(
      absl::StrCat(address.ToString(), " is in use by another process; choose another address"));
}

absl::Status Unusable(const config::Address& address, absl::string_view why) {
  return errors::InvalidArgument("address", address.ToString(),
                                 absl::StrCat("one that can be listened on here: ", why));
}

absl::Status CheckTcp(const config::Address& address) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = absl::StrCat(address.port);
  const int failed = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) return Unusable(address, gai_strerror(failed));
  const int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
  // As gRPC does: connections of a server that just left do not stand in the way.
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  const bool bound = bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, 1) == 0;
  const int error = errno;
  close(fd);
  freeaddrinfo(found);
  if (bound) return absl::OkStatus();
  return error == EADDRINUSE ? InUse(address) : Unusable(address, std::strerror(error));
}

// gRPC takes over a socket file whoever listens on it, so somebody who answers there is looked for.
absl::Status CheckUnix(const config::Address& address) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, address.path.data(), address.path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answered = connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0;
  close(fd);
  if (answered) return InUse(address);
  const size_t slash = address.path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : address.path.substr(0, slash + 1);
  if (access(folder.c_str(), W_OK) != 0) return Unusable(address, std::strerror(errno));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckBind(const config::Address& address) {
  return address.kind == config::Address::Kind::kUnix ? CheckUnix(address) : CheckTcp(address);
}

void Knock(const config::Address& address) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = absl::StrCat(address.port);
  if (getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found) != 0) return;
  const int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                        found->ai_protocol);
  // Whether somebody answers does not matter here.
  const int connected = connect(fd, found->ai_addr, found->ai_addrlen);
  (void)connected;
  close(fd);
  freeaddrinfo(found);
}

}  // namespace assay::server
