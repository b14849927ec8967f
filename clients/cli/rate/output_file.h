// The file that a run writes: all of it at the end, or nothing.
//
// Thread safety: none. Ownership: owns its temporary file, and removes it. Cost: a buffer; for a
// pipe the rows twice on disk.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "clients/cli/csv/csv_writer.h"

namespace assay::cli {

class OutputFile {
 public:
  // `path` is a file, `-` for standard output, or a pipe or device. Errors as csv::CsvWriter's.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(const std::string& path);

  // Leaves the target as it was unless Finish() was called.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  absl::Status Write(absl::Span<const absl::string_view> fields) { return writer_->Write(fields); }

  // Puts everything in its place. Call once, at the end. UNAVAILABLE never; RESOURCE_EXHAUSTED
  // where the disk is full, ABORTED where the reader of the pipe went away.
  absl::Status Finish();

 private:
  OutputFile(std::string target, std::string spool, std::unique_ptr<csv::CsvWriter> writer)
      : target_(std::move(target)), spool_(std::move(spool)), writer_(std::move(writer)) {}

  absl::Status CopySpool() const;

  const std::string target_;
  const std::string spool_;  // empty where the writer itself replaces the target
  std::unique_ptr<csv::CsvWriter> writer_;
};

}  // namespace assay::cli
