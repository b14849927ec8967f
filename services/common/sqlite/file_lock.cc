#include "services/common/sqlite/file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include <sys/file.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"

namespace assay::sqlite {
namespace {

// The path without symbolic links, so that two names of one file have one lock. As given where
// nothing is there yet.
std::string RealPath(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), &std::free);
  return real == nullptr ? path : std::string(real.get());
}

}  // namespace

absl::Status CheckOneName(absl::string_view store, const std::string& path) {
  struct stat file = {};
  if (stat(path.c_str(), &file) != 0) return absl::OkStatus();
  if (S_ISDIR(file.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(store, " ", path, ": is a folder; want a file, as ", path, "/store.db"));
  }
  if (file.st_nlink <= 1) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      store, " ", path, ": the file has ", file.st_nlink,
      " names (hard links), so another process could write it by another name; want a file with "
      "one name: remove the others, or copy it"));
}

absl::StatusOr<FileLock> FileLock::Take(absl::string_view store, const std::string& path) {
  const std::string lock_path = absl::StrCat(RealPath(path), ".lock");
  FileLock lock(store, open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.file_ < 0) {
    if (errno == ENOSPC) return errors::DiskFull(store, lock_path);
    return absl::UnavailableError(
        absl::StrCat(store, " ", path, ": cannot write ", lock_path, ": ", std::strerror(errno)));
  }
  if (flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        store, " ", path, ": another process has it open; stop that one, or name another path"));
  }
  return lock;
}

FileLock::~FileLock() {
  if (file_ >= 0) close(file_);
}

FileLock::FileLock(FileLock&& other) noexcept
    : store_(std::move(other.store_)), file_(std::exchange(other.file_, -1)) {}

bool FileLock::marked() const {
  struct stat file = {};
  return fstat(file_, &file) == 0 && file.st_size > 0;
}

absl::Status FileLock::CheckNotEmptied(const std::string& path) const {
  struct stat file = {};
  if (!marked() || stat(path.c_str(), &file) != 0 || file.st_size > 0) return absl::OkStatus();
  return errors::Corrupt(
      store_, absl::StrCat(path, ": the file is empty, and ", path,
                           ".lock says that a store was made there; restore it from a backup, or "
                           "remove both files to begin anew"));
}

absl::Status FileLock::Mark() {
  static constexpr char kMark[] = "a store was made\n";
  if (marked() || pwrite(file_, kMark, sizeof(kMark) - 1, 0) > 0) return absl::OkStatus();
  if (errno == ENOSPC || errno == EDQUOT) return errors::DiskFull(store_, std::strerror(errno));
  return errors::Internal(store_, absl::StrCat("its lock: ", std::strerror(errno)));
}

}  // namespace assay::sqlite
