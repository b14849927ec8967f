#pragma once

// Writing CSV so that a reader never sees half a file.
//
// Fields are quoted where they must be, lines end in LF. Rows go to a new file beside the target,
// which takes its place in Finish(); a writer that goes away before that leaves the target as it
// was.
//
// Thread safety: one thread at a time. Ownership: owns its file. Cost: one buffer of 64 KiB.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace assay::csv {

// Appends one row with its line end. A field is put in quotes where it holds a comma, a quote or a
// line break, where it is the only one and empty, and where it begins with a byte order mark.
void AppendCsvRow(absl::Span<const absl::string_view> fields, std::string& out);

class CsvWriter {
 public:
  // "-" is standard output, written as it goes. A device or pipe is written as it goes, too; a link
  // is followed. NOT_FOUND, PERMISSION_DENIED or INVALID_ARGUMENT, naming the path, for a target
  // that cannot be written.
  static absl::StatusOr<std::unique_ptr<CsvWriter>> Create(const std::string& path);

  ~CsvWriter();
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;

  // Adds a row; every row has as many fields as the first, at least one, else INVALID_ARGUMENT.
  // RESOURCE_EXHAUSTED where the disk is full. After an error every call gives that error again.
  absl::Status Write(absl::Span<const absl::string_view> fields);

  // Writes out what is buffered, to the disk, and puts the file in its place. Call once, at the
  // end.
  absl::Status Finish();

 private:
  CsvWriter(std::string name, int file, std::string part, std::string target)
      : name_(std::move(name)), part_(std::move(part)), target_(std::move(target)), file_(file) {}

  absl::Status Flush();
  absl::Status Fail(absl::string_view what, int error);

  const std::string name_;    // as the caller gave it, for errors
  const std::string part_;    // the file that is written; empty where there is no renaming
  const std::string target_;  // the name it takes in the end
  int file_;                  // -1 once closed
  std::string buffer_;
  std::size_t columns_ = 0;  // 0 before the first row
  std::uint64_t rows_ = 0;
  bool in_place_ = false;
  absl::Status failure_;
};

}  // namespace assay::csv
