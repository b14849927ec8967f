#include "services/scoring/cache/redis/secret.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/stat.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "services/common/digest/digest.h"
#include "services/common/digest/random.h"

namespace assay::scoring::redis {
namespace {

constexpr absl::string_view kKeyOption = "--cache-key-file";

absl::Status Unusable(absl::string_view option, absl::string_view path, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(option, ": ", path, ": ", why));
}

absl::Status SystemFault(absl::string_view option, absl::string_view path, absl::string_view what) {
  return Unusable(option, path, absl::StrCat("cannot ", what, ": ", std::strerror(errno)));
}

// Reads at most `limit` + 1 bytes, so that the caller sees a file that is too large.
absl::StatusOr<std::string> ReadUpTo(int file, std::size_t limit) {
  std::string content(limit + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = read(file, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  content.resize(size);
  return content;
}

absl::Status WriteAll(int file, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(file, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return absl::ErrnoToStatus(errno, "write");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  if (fsync(file) != 0) return absl::ErrnoToStatus(errno, "fsync");
  return absl::OkStatus();
}

// Makes the key's file whole or not at all: it is written under another name and then linked, and
// link() fails where another process came first.
absl::Status MakeKeyFile(const std::string& path) {
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int file = mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return SystemFault(kKeyOption, path, "make it");
  const absl::Cleanup cleanup = [&] {
    close(file);
    unlink(temporary.c_str());
  };
  const std::string key = absl::StrCat(digest::HexEncode(digest::RandomBytes(kMinKeyBytes)), "\n");
  const absl::Status written = WriteAll(file, key);
  if (!written.ok()) return Unusable(kKeyOption, path, written.message());
  if (link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    return SystemFault(kKeyOption, path, "make it");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadKeyFile(const std::string& path) {
  absl::StatusOr<std::string> key = ReadSecretFile(kKeyOption, path);
  if (key.ok() && key->size() < kMinKeyBytes) {
    return Unusable(kKeyOption, path,
                    absl::StrCat("got ", key->size(), " bytes, want at least ", kMinKeyBytes));
  }
  return key;
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(absl::string_view option, const std::string& path) {
  // Without O_NONBLOCK a named pipe would hold the start up.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return SystemFault(option, path, "open it");
  const absl::Cleanup cleanup = [file] { close(file); };
  struct stat about {};
  if (fstat(file, &about) != 0) return SystemFault(option, path, "look at it");
  if (!S_ISREG(about.st_mode)) return Unusable(option, path, "got no regular file");
  if ((about.st_mode & 0007) != 0) {
    return Unusable(option, path, "others may read or write it; want chmod o-rwx");
  }
  absl::StatusOr<std::string> content = ReadUpTo(file, kMaxSecretBytes + 1);
  if (!content.ok()) return Unusable(option, path, content.status().message());
  absl::string_view secret = absl::StripSuffix(*content, "\n");
  if (secret.empty()) return Unusable(option, path, "got an empty file");
  if (secret.size() > kMaxSecretBytes) {
    return Unusable(option, path, absl::StrCat("want at most ", kMaxSecretBytes, " bytes"));
  }
  return std::string(secret);
}

absl::StatusOr<std::string> LoadCacheKey(const Endpoint& endpoint, const std::string& key_file,
                                         const std::string& state_dir) {
  if (!key_file.empty()) return ReadKeyFile(key_file);
  if (!endpoint.IsLocal()) {
    return absl::FailedPreconditionError(
        absl::StrCat(kKeyOption, ": got nothing for the Redis at ", endpoint.ToString(),
                     ", want a file with a key of at least ", kMinKeyBytes,
                     " bytes that all replicas share (only a Redis on this machine needs none)"));
  }
  const std::string path = absl::StrCat(state_dir, "/cache.key");
  struct stat about {};
  if (lstat(path.c_str(), &about) != 0) {
    if (errno != ENOENT) return SystemFault(kKeyOption, path, "look at it");
    const absl::Status made = MakeKeyFile(path);
    if (!made.ok()) return made;
  }
  return ReadKeyFile(path);
}

}  // namespace assay::scoring::redis
