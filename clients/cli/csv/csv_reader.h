#pragma once

// Reading CSV one row at a time, strictly, so that every fault is named where it stands.
//
// The dialect is RFC 4180: commas, double quotes, a quote in a quoted field doubled, a header row.
// Beyond it: a byte order mark at the start is dropped; CRLF, LF or a lone CR end a row; blank
// lines are skipped (write "" for a row of one empty field); the last row needs no line end. Blanks
// around fields are kept. Parsing is Debian's libcsv in strict mode.
//
// Thread safety: one thread at a time. Ownership: owns its file; a stream stays the caller's.
// Cost: memory for one row and 64 KiB, whatever the size of the file; above 100 MB/s a core.

#include <csv.h>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

#include "services/common/text/utf8.h"

namespace assay::csv {

struct CsvReaderOptions {
  // The largest field, in bytes without its quotes. 0 allows empty fields only. Default 1 MiB.
  std::size_t max_field_bytes = std::size_t{1} << 20;

  // The largest row, in bytes of the file from its first to its line end, line breaks in quotes
  // included. 0 allows no row. Default 16 MiB.
  std::size_t max_row_bytes = std::size_t{16} << 20;

  // The most columns. 0 allows none. Default 4,096.
  std::size_t max_columns = 4096;

  // Whether a row with fewer fields than the header is read as if the missing ones were empty.
  // Default false: it is an error, as one with more fields always is.
  bool pad_short_rows = false;
};

// A row of data; as many fields as the header. Its views live until the reader's next Next().
struct CsvRow {
  std::uint64_t number = 0;  // 1 for the first row after the header
  std::uint64_t line = 0;    // the line of the file on which it begins; the first line is 1
  absl::Span<const absl::string_view> fields;
};

class CsvReader {
 public:
  // Opens a file, or standard input for "-", and reads its header. NOT_FOUND or PERMISSION_DENIED
  // for a file that cannot be opened; INVALID_ARGUMENT for an empty file, a bad header (every
  // duplicate column is named) and all that Next() refuses.
  static absl::StatusOr<std::unique_ptr<CsvReader>> Open(const std::string& path,
                                                         const CsvReaderOptions& options = {});

  // The same over a stream, which must outlive the reader. `name` stands for it in errors.
  static absl::StatusOr<std::unique_ptr<CsvReader>> FromStream(
      std::istream& stream, absl::string_view name, const CsvReaderOptions& options = {});

  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  const std::vector<std::string>& columns() const { return columns_; }

  // The place of the column of that name, case and all.
  absl::optional<std::size_t> FindColumn(absl::string_view name) const;

  // The next row, or null after the last. Errors are INVALID_ARGUMENT and name the file, the row
  // with its line, and the column: "in.csv: row 3 (line 5), column 2 "overall": got ...". After a
  // row with the wrong number of fields reading may go on, so that a caller can report them all;
  // after any other error (see failed()) every call gives that error again.
  absl::StatusOr<const CsvRow*> Next();

  // How much of the file has been used up, in bytes: for the progress of a long read.
  std::uint64_t bytes_read() const { return offset_; }

  // Whether reading cannot go on.
  bool failed() const { return !failure_.ok(); }

 private:
  CsvReader(std::unique_ptr<std::istream> owned, std::istream& stream, absl::string_view name,
            const CsvReaderOptions& options);

  static absl::StatusOr<std::unique_ptr<CsvReader>> Start(std::unique_ptr<CsvReader> reader);
  static void OnField(void* bytes, std::size_t size, void* self);
  static void OnRow(int end, void* self);

  absl::Status Init();
  absl::Status ReadHeader();
  absl::StatusOr<bool> ReadRow();
  absl::Status Fill();
  absl::string_view NextSegment() const;
  absl::Status Feed(absl::string_view segment);
  absl::Status CheckLimits() const;
  absl::Status Finish();
  absl::Status BadByte(absl::string_view segment, std::size_t at) const;
  absl::Status BadQuote(absl::string_view segment, std::size_t at) const;
  void CountLine(char end);
  void SplitFields();

  std::string WhereRow() const;
  std::string WhereField() const;
  absl::Status Error(absl::string_view where, absl::string_view what) const;
  absl::StatusOr<const CsvRow*> Fail(absl::Status status);

  const std::unique_ptr<std::istream> owned_;
  std::istream& stream_;
  const std::string name_;
  const CsvReaderOptions options_;
  csv_parser parser_;
  bool parser_ready_ = false;

  std::string chunk_;         // what was read last
  std::size_t chunk_at_ = 0;  // the part of it that is used up
  std::uint64_t offset_ = 0;  // bytes of the file used up
  bool at_end_ = false;       // nothing is left to read
  bool finished_ = false;     // the parser knows
  text::Utf8Scanner utf8_;
  std::uint64_t line_ = 1;  // the line that is being read
  bool after_cr_ = false;   // a line feed now belongs to the carriage return before

  bool row_open_ = false;  // a row has begun and not ended
  bool row_done_ = false;  // a row has ended and waits
  std::uint64_t row_line_ = 1;
  std::uint64_t row_offset_ = 0;
  std::uint64_t rows_ = 0;  // rows of data that have ended
  std::string row_bytes_;   // its fields, one after the other
  std::vector<std::size_t> row_ends_;
  bool too_many_fields_ = false;
  bool too_long_field_ = false;

  bool have_header_ = false;
  std::vector<std::string> columns_;
  std::vector<absl::string_view> fields_;
  CsvRow row_;
  absl::Status failure_;
};

}  // namespace assay::csv
