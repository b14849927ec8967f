#pragma once

// One process at a time for a store's file.
//
// Thread safety: none; taken while a store is opened. Ownership: a FileLock holds the lock file
// (PATH.lock) open; the lock goes with it or with the process. Cost: two system calls.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace assay::sqlite {

// Refuses a file with a second name (a hard link), which cannot be followed to the one name that
// the lock and SQLite's log go by. `store` is what the message calls it. FAILED_PRECONDITION.
absl::Status CheckOneName(absl::string_view store, const std::string& path);

// Keeps other processes away from the file, for as long as it lives.
class FileLock {
 public:
  // FAILED_PRECONDITION where another process has it; UNAVAILABLE or RESOURCE_EXHAUSTED
  // (DISK_FULL) where the lock file cannot be made.
  static absl::StatusOr<FileLock> Take(absl::string_view store, const std::string& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

  // Whether Mark() was called of this file once, by any process: a store was made there.
  bool marked() const;
  // RESOURCE_EXHAUSTED (DISK_FULL) or INTERNAL where it cannot be written.
  absl::Status Mark();
  // DATA_LOSS where the file at `path` is empty and marked(). An empty file is else a store that
  // was never made, or whose making was cut short by a crash.
  absl::Status CheckNotEmptied(const std::string& path) const;

 private:
  FileLock(absl::string_view store, int file) : store_(store), file_(file) {}
  std::string store_;
  int file_;
};

}  // namespace assay::sqlite
