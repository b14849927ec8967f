#include "clients/cli/csv/csv_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/digest/digest.h"
#include "services/common/digest/random.h"

namespace assay::csv {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

absl::Status FileError(absl::string_view path, absl::string_view what, int error) {
  const std::string message = absl::StrCat(path, ": ", what, ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(message);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::InvalidArgumentError(message);
  }
}

bool NeedsQuotes(absl::string_view field) {
  return field.find_first_of(",\"\r\n") != absl::string_view::npos ||
         absl::StartsWith(field, kByteOrderMark);
}

void AppendQuoted(absl::string_view field, std::string& out) {
  out.push_back('"');
  for (char c : field) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

// Where a link leads, so that the file it names is replaced and not the link.
std::string Resolve(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string target = resolved;
  std::free(resolved);
  return target;
}

}  // namespace

void AppendCsvRow(absl::Span<const absl::string_view> fields, std::string& out) {
  const bool lone_empty = fields.size() == 1 && fields[0].empty();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out.push_back(',');
    if (lone_empty || NeedsQuotes(fields[i])) {
      AppendQuoted(fields[i], out);
    } else {
      out.append(fields[i].data(), fields[i].size());
    }
  }
  out.push_back('\n');
}

absl::StatusOr<std::unique_ptr<CsvWriter>> CsvWriter::Create(const std::string& path) {
  constexpr absl::string_view kCannot = "cannot be written";
  if (path.empty()) return FileError("the empty path", kCannot, ENOENT);
  std::string name = path;
  std::string part;
  std::string target;
  int file = -1;
  struct stat about;
  const bool exists = path != "-" && ::stat(path.c_str(), &about) == 0;
  if (path == "-") {
    name = "standard output";
    file = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  } else if (exists && S_ISDIR(about.st_mode)) {
    return FileError(path, kCannot, EISDIR);
  } else if (exists && !S_ISREG(about.st_mode)) {
    file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    target = Resolve(path);
    part = absl::StrCat(target, ".part-", digest::HexEncode(digest::RandomBytes(8)));
    file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0 && exists) ::fchmod(file, about.st_mode & 07777);
  }
  if (file < 0) return FileError(name, kCannot, errno);
  return std::unique_ptr<CsvWriter>(
      new CsvWriter(std::move(name), file, std::move(part), std::move(target)));
}

CsvWriter::~CsvWriter() {
  if (file_ >= 0) ::close(file_);
  if (!part_.empty() && !in_place_) ::unlink(part_.c_str());
}

absl::Status CsvWriter::Write(absl::Span<const absl::string_view> fields) {
  if (!failure_.ok()) return failure_;
  if (columns_ == 0) columns_ = fields.size();
  if (fields.empty() || fields.size() != columns_) {
    failure_ = absl::InvalidArgumentError(absl::StrCat(
        name_, ": line ", rows_ + 1, ": got ", fields.size(), " fields to write, want ",
        columns_ == 0 ? "at least one" : absl::StrCat(columns_, " as before")));
    return failure_;
  }
  ++rows_;
  AppendCsvRow(fields, buffer_);
  return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
}

absl::Status CsvWriter::Flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t wrote = ::write(file_, buffer_.data() + done, buffer_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return Fail("cannot be written", errno);
    done += static_cast<std::size_t>(wrote);
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status CsvWriter::Finish() {
  if (!failure_.ok()) return failure_;
  if (file_ < 0) return absl::OkStatus();
  if (absl::Status status = Flush(); !status.ok()) return status;
  if (!part_.empty() && ::fsync(file_) != 0) return Fail("cannot be written to the disk", errno);
  const int closed = ::close(std::exchange(file_, -1));
  if (closed != 0) return Fail("cannot be written", errno);
  if (part_.empty()) return absl::OkStatus();
  if (std::rename(part_.c_str(), target_.c_str()) != 0)
    return Fail("cannot be put in place", errno);
  in_place_ = true;
  return absl::OkStatus();
}

absl::Status CsvWriter::Fail(absl::string_view what, int error) {
  failure_ = FileError(name_, what, error);
  return failure_;
}

}  // namespace assay::csv
