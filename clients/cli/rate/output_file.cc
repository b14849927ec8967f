#include "clients/cli/rate/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace assay::cli {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{64} << 10;

// Whether rows cannot be taken back once written: a pipe, a terminal, a device.
bool WritesThrough(const std::string& path) {
  if (path == "-") return true;
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

absl::StatusOr<std::string> MakeSpool() {
  const char* folder = std::getenv("TMPDIR");
  std::string path =
      absl::StrCat(folder != nullptr && *folder != '\0' ? folder : "/tmp", "/assay-rate-XXXXXX");
  const int file = mkstemp(path.data());
  if (file < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("no temporary file can be made in TMPDIR: ", std::strerror(errno)));
  }
  close(file);
  return path;
}

absl::Status WriteAll(int file, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(file, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return absl::AbortedError(absl::StrCat("the output was cut short: ", std::strerror(errno)));
    }
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return absl::OkStatus();
}

absl::Status CopyTo(int from, int to) {
  std::vector<char> buffer(kCopyBytes);
  while (true) {
    const ssize_t got = read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::DataLossError("the temporary file cannot be read back");
    if (got == 0) return absl::OkStatus();
    absl::Status written = WriteAll(to, buffer.data(), static_cast<std::size_t>(got));
    if (!written.ok()) return written;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path) {
  std::string spool;
  if (WritesThrough(path)) {
    absl::StatusOr<std::string> made = MakeSpool();
    if (!made.ok()) return made.status();
    spool = *std::move(made);
  }
  absl::StatusOr<std::unique_ptr<csv::CsvWriter>> writer =
      csv::CsvWriter::Create(spool.empty() ? path : spool);
  if (!writer.ok()) {
    if (!spool.empty()) unlink(spool.c_str());
    return writer.status();
  }
  return std::unique_ptr<OutputFile>(new OutputFile(path, std::move(spool), *std::move(writer)));
}

OutputFile::~OutputFile() {
  writer_.reset();
  if (!spool_.empty()) unlink(spool_.c_str());
}

absl::Status OutputFile::Finish() {
  absl::Status finished = writer_->Finish();
  if (!finished.ok() || spool_.empty()) return finished;
  return CopySpool();
}

absl::Status OutputFile::CopySpool() const {
  const int from = open(spool_.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) return absl::DataLossError("the temporary file cannot be read back");
  const bool to_stdout = target_ == "-";
  const int to = to_stdout ? STDOUT_FILENO : open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  absl::Status status = to < 0 ? absl::PermissionDeniedError(absl::StrCat(
                                     target_, " cannot be written: ", std::strerror(errno)))
                               : CopyTo(from, to);
  close(from);
  if (!to_stdout && to >= 0 && close(to) != 0 && status.ok()) {
    status = absl::AbortedError(absl::StrCat(target_, ": the output was cut short"));
  }
  return status;
}

}  // namespace assay::cli
