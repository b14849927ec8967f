#include "clients/cli/ingest/record_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/util/json_util.h"

#include "clients/cli/ingest/request_id.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using evidence::v1::RecordWrite;

constexpr std::size_t kBatch = 2000;

// Files of records in `directory`, by name; unfinished ones are left out.
absl::StatusOr<std::vector<fs::path>> List(const std::string& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.front() != '.' && absl::EndsWith(name, kRecordSuffix)) files.push_back(entry->path());
  }
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, ": the folder cannot be read: ", error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string NameOf(std::int64_t number) {
  return absl::StrFormat("records-%06d%s", number, kRecordSuffix);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordWriter>> RecordWriter::Open(
    const std::string& directory, const RecordWriterOptions& options) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, ": the folder cannot be made: ", error.message()));
  }
  const absl::StatusOr<std::vector<fs::path>> files = List(directory);
  if (!files.ok()) return files.status();
  if (!files->empty()) {
    return absl::AlreadyExistsError(absl::StrCat(directory, ": got ", files->size(),
                                                 " files of records, want an empty folder"));
  }
  return std::unique_ptr<RecordWriter>(new RecordWriter(directory, options));
}

RecordWriter::~RecordWriter() {
  if (unfinished_.empty()) return;
  file_.close();
  std::error_code ignored;
  fs::remove(unfinished_, ignored);
}

absl::Status RecordWriter::Begin() {
  unfinished_ = absl::StrCat(directory_, "/.", NameOf(files_ + 1));
  file_.open(unfinished_, std::ios::binary | std::ios::trunc);
  in_file_ = 0;
  if (file_) return absl::OkStatus();
  const std::string path = std::exchange(unfinished_, "");
  return absl::InvalidArgumentError(absl::StrCat(path, ": the file cannot be made"));
}

absl::Status RecordWriter::End() {
  file_.close();
  if (!file_) {
    return absl::ResourceExhaustedError(
        absl::StrCat(unfinished_, ": the file cannot be written; is the disk full?"));
  }
  std::error_code error;
  fs::rename(unfinished_, absl::StrCat(directory_, "/", NameOf(++files_)), error);
  if (error) {
    return absl::ResourceExhaustedError(
        absl::StrCat(unfinished_, ": the file cannot be renamed: ", error.message()));
  }
  unfinished_.clear();
  return absl::OkStatus();
}

absl::Status RecordWriter::Write(const RecordWrite& write) {
  if (unfinished_.empty()) {
    if (absl::Status status = Begin(); !status.ok()) return status;
  }
  std::string line;
  if (!google::protobuf::util::MessageToJsonString(write, &line).ok()) {
    return absl::InternalError("a record cannot be written as JSON");
  }
  line.push_back('\n');
  file_.write(line.data(), static_cast<std::streamsize>(line.size()));
  if (!file_) {
    return absl::ResourceExhaustedError(
        absl::StrCat(unfinished_, ": the file cannot be written; is the disk full?"));
  }
  return ++in_file_ < options_.records_per_file ? absl::OkStatus() : End();
}

absl::Status RecordWriter::Finish() { return unfinished_.empty() ? absl::OkStatus() : End(); }

absl::StatusOr<std::unique_ptr<RecordFiles>> RecordFiles::Open(const std::string& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, fs::exists(directory, error)
                                    ? ": got a file, want the folder that holds the records"
                                    : ": there is no such folder"));
  }
  const absl::StatusOr<std::vector<fs::path>> paths = List(directory);
  if (!paths.ok()) return paths.status();
  if (paths->empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(directory, ": got no records, want *", kRecordSuffix, " in it"));
  }
  std::vector<std::string> files;
  std::uint64_t bytes = 0;
  for (const fs::path& path : *paths) {
    const std::uintmax_t size = fs::file_size(path, error);
    if (!error) bytes += size;
    files.push_back(path.string());
  }
  return std::unique_ptr<RecordFiles>(new RecordFiles(std::move(files), bytes));
}

absl::Status RecordFiles::Fault(absl::string_view what) const {
  return absl::InvalidArgumentError(
      absl::StrCat(files_[next_file_ - 1], ": line ", line_number_, ": ", what));
}

absl::StatusOr<bool> RecordFiles::ReadLine() {
  for (;;) {
    if (file_.is_open()) {
      ++line_number_;
      line_.clear();
      // Not getline: a line is never held beyond its limit.
      std::streambuf* buffer = file_.rdbuf();
      int byte = buffer->sbumpc();
      for (; byte != EOF && byte != '\n'; byte = buffer->sbumpc()) {
        if (line_.size() == kMaxRecordLine) {
          return Fault(absl::StrCat("got more than ", kMaxRecordLine, " bytes, want fewer"));
        }
        line_.push_back(static_cast<char>(byte));
      }
      read_ += line_.size() + 1;
      if (byte != EOF || !line_.empty()) return true;
      file_.close();
    }
    if (next_file_ == files_.size()) return false;
    file_.clear();
    file_.open(files_[next_file_++], std::ios::binary);
    line_number_ = 0;
    if (!file_) return Fault("the file cannot be opened");
  }
}

absl::StatusOr<bool> RecordFiles::Next(std::vector<RecordWrite>* writes) {
  for (std::size_t taken = 0; taken < kBatch; ++taken) {
    const absl::StatusOr<bool> more = ReadLine();
    if (!more.ok()) return more.status();
    if (!*more) return taken > 0;
    RecordWrite write;
    const google::protobuf::util::Status parsed =
        google::protobuf::util::JsonStringToMessage(line_, &write);
    if (!parsed.ok()) return Fault(absl::StrCat("got no record: ", parsed.ToString()));
    if (RequestIdIn(write).empty()) return Fault("got a record without a request id");
    writes->push_back(std::move(write));
  }
  return true;
}

double RecordFiles::Share() const {
  return bytes_ == 0 ? 1 : std::min(1.0, static_cast<double>(read_) / static_cast<double>(bytes_));
}

}  // namespace assay::ingest
