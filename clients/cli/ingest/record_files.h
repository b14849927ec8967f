// Records in files: one RecordWrite a line as protobuf JSON, so that a nation or an import can be
// looked at, kept, moved, and written later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "assay/evidence/v1/record_service.pb.h"
#include "clients/cli/ingest/record_source.h"

namespace assay::ingest {

// How the files are called: records-000001.ndjson and on, read in the order of their names.
inline constexpr char kRecordSuffix[] = ".ndjson";
// The longest line, in bytes without its end.
inline constexpr std::size_t kMaxRecordLine = std::size_t{1} << 20;

struct RecordWriterOptions {
  // Records in a file, 1 or more. Default 50,000, about 20 MB.
  std::int64_t records_per_file = 50000;
};

// Writes records to a folder. A file has its name only once it is whole and on the disk; what was
// cut off goes by a name that begins with a dot, and is never read.
//
// Thread safety: none. Cost: one file open; blocks on the disk.
class RecordWriter {
 public:
  // Makes the folder where it is missing. ALREADY_EXISTS where it holds records: nothing is mixed
  // or replaced. INVALID_ARGUMENT for one that cannot be made or read.
  static absl::StatusOr<std::unique_ptr<RecordWriter>> Open(
      const std::string& directory, const RecordWriterOptions& options = {});

  // Removes the file that is not finished.
  ~RecordWriter();

  // RESOURCE_EXHAUSTED where the disk takes no more.
  absl::Status Write(const evidence::v1::RecordWrite& write);
  // Finishes the last file. Nothing can be written after it.
  absl::Status Finish();

  std::int64_t files() const { return files_; }

 private:
  RecordWriter(std::string directory, const RecordWriterOptions& options)
      : directory_(std::move(directory)), options_(options) {}

  absl::Status Begin();
  absl::Status End();

  const std::string directory_;
  const RecordWriterOptions options_;
  std::ofstream file_;
  std::string unfinished_;  // path of the file at hand; empty: none
  std::int64_t in_file_ = 0;
  std::int64_t files_ = 0;
};

// Reads them back.
//
// Thread safety: none. Cost: a batch in memory; about ten microseconds a record.
class RecordFiles final : public RecordSource {
 public:
  // INVALID_ARGUMENT where there is no such folder, or no records in it.
  static absl::StatusOr<std::unique_ptr<RecordFiles>> Open(const std::string& directory);

  // INVALID_ARGUMENT with file, line and fault for a line that is no record, has no request id, or
  // is too long.
  absl::StatusOr<bool> Next(std::vector<evidence::v1::RecordWrite>* writes) override;
  double Share() const override;

 private:
  explicit RecordFiles(std::vector<std::string> files, std::uint64_t bytes)
      : files_(std::move(files)), bytes_(bytes) {}

  // False at the end of the last file.
  absl::StatusOr<bool> ReadLine();
  absl::Status Fault(absl::string_view what) const;

  const std::vector<std::string> files_;
  const std::uint64_t bytes_;  // of all files
  std::uint64_t read_ = 0;
  std::size_t next_file_ = 0;
  std::int64_t line_number_ = 0;
  std::ifstream file_;
  std::string line_;
};

}  // namespace assay::ingest
