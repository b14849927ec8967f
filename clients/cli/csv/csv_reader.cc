#include "clients/cli/csv/csv_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <utility>

#include <sys/stat.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "services/common/text/quote.h"

namespace assay::csv {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} << 10;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// libcsv takes blanks around fields away by default; RFC 4180 keeps them.
int NeverBlank(unsigned char) { return 0; }

absl::Status OpenError(const std::string& path, int error) {
  const std::string message = absl::StrCat(path, ": cannot be opened: ", std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(message);
  if (error == EACCES) return absl::PermissionDeniedError(message);
  return absl::InvalidArgumentError(message);
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<std::istream> owned, std::istream& stream,
                     absl::string_view name, const CsvReaderOptions& options)
    : owned_(std::move(owned)), stream_(stream), name_(name), options_(options) {}

CsvReader::~CsvReader() {
  if (parser_ready_) csv_free(&parser_);
}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Open(const std::string& path,
                                                           const CsvReaderOptions& options) {
  if (path == "-") return FromStream(std::cin, "standard input", options);
  struct stat about;
  if (::stat(path.c_str(), &about) != 0) return OpenError(path, errno);
  if (S_ISDIR(about.st_mode)) return OpenError(path, EISDIR);
  errno = 0;
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!file->is_open()) return OpenError(path, errno);
  std::istream& stream = *file;
  return Start(std::unique_ptr<CsvReader>(new CsvReader(std::move(file), stream, path, options)));
}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::FromStream(std::istream& stream,
                                                                 absl::string_view name,
                                                                 const CsvReaderOptions& options) {
  return Start(std::unique_ptr<CsvReader>(new CsvReader(nullptr, stream, name, options)));
}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Start(std::unique_ptr<CsvReader> reader) {
  if (absl::Status status = reader->Init(); !status.ok()) return status;
  if (absl::Status status = reader->ReadHeader(); !status.ok()) return status;
  return reader;
}

absl::Status CsvReader::Init() {
  if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) {
    return absl::InternalError("the CSV parser could not be started");
  }
  parser_ready_ = true;
  csv_set_space_func(&parser_, NeverBlank);
  if (absl::Status status = Fill(); !status.ok()) return status;
  if (absl::StartsWith(chunk_, kByteOrderMark)) {
    chunk_at_ = kByteOrderMark.size();
    offset_ = kByteOrderMark.size();
  }
  return absl::OkStatus();
}

absl::Status CsvReader::ReadHeader() {
  absl::StatusOr<bool> more = ReadRow();
  if (!more.ok()) return more.status();
  if (!*more) return Error("", "got an empty file, want a header row");
  SplitFields();
  columns_ = std::vector<std::string>(fields_.begin(), fields_.end());
  have_header_ = true;
  std::map<absl::string_view, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    // Columns without a name cannot be asked for, so they may repeat (spreadsheets leave them).
    if (!columns_[i].empty()) places[columns_[i]].push_back(i + 1);
  }
  std::vector<std::string> duplicates;
  for (const auto& [column, at] : places) {
    if (at.size() < 2) continue;
    duplicates.push_back(
        absl::StrCat("the column ", text::Quoted(column), " at ", absl::StrJoin(at, ", ")));
  }
  if (duplicates.empty()) return absl::OkStatus();
  constexpr std::size_t kMaxNamed = 20;
  const std::size_t more_duplicates =
      duplicates.size() > kMaxNamed ? duplicates.size() - kMaxNamed : 0;
  duplicates.resize(std::min(duplicates.size(), kMaxNamed));
  return Error(
      absl::StrCat("header (line ", row_line_, ")"),
      absl::StrCat("got ", absl::StrJoin(duplicates, "; "),
                   more_duplicates == 0 ? "" : absl::StrCat("; and ", more_duplicates, " more"),
                   ", want each column once"));
}

absl::optional<std::size_t> CsvReader::FindColumn(absl::string_view name) const {
  const auto at = std::find(columns_.begin(), columns_.end(), name);
  if (at == columns_.end()) return absl::nullopt;
  return static_cast<std::size_t>(at - columns_.begin());
}

absl::StatusOr<const CsvRow*> CsvReader::Next() {
  if (!failure_.ok()) return failure_;
  absl::StatusOr<bool> more = ReadRow();
  if (!more.ok()) return Fail(more.status());
  if (!*more) return nullptr;
  ++rows_;
  SplitFields();
  const std::size_t got = fields_.size();
  if (got > columns_.size() || (got < columns_.size() && !options_.pad_short_rows)) {
    return Error(absl::StrCat("row ", rows_, " (line ", row_line_, ")"),
                 absl::StrCat("got ", got, got == 1 ? " field" : " fields", ", want ",
                              columns_.size(), " as in the header"));
  }
  fields_.resize(columns_.size());
  row_.number = rows_;
  row_.line = row_line_;
  row_.fields = fields_;
  return &row_;
}

// Reads up to the end of a row. False at the end of the file.
absl::StatusOr<bool> CsvReader::ReadRow() {
  row_bytes_.clear();
  row_ends_.clear();
  row_done_ = false;
  while (!row_done_) {
    if (chunk_at_ == chunk_.size()) {
      if (absl::Status status = Fill(); !status.ok()) return status;
    }
    if (chunk_.empty()) {
      if (finished_) return false;
      if (absl::Status status = Finish(); !status.ok()) return status;
      if (!row_done_) return false;
      break;
    }
    const absl::string_view segment = NextSegment();
    if (absl::Status status = Feed(segment); !status.ok()) return status;
    chunk_at_ += segment.size();
  }
  row_open_ = false;
  return true;
}

absl::Status CsvReader::Fill() {
  chunk_at_ = 0;
  chunk_.resize(at_end_ ? 0 : kChunkBytes);
  if (at_end_) return absl::OkStatus();
  errno = 0;
  stream_.read(chunk_.data(), static_cast<std::streamsize>(chunk_.size()));
  chunk_.resize(static_cast<std::size_t>(stream_.gcount()));
  at_end_ = !stream_.good();
  if (stream_.bad()) {
    return absl::UnavailableError(
        absl::StrCat(name_, ": cannot be read after byte ", offset_,
                     errno == 0 ? "" : absl::StrCat(": ", std::strerror(errno))));
  }
  return absl::OkStatus();
}

// What is left of the chunk up to its first line break, the break included: at most one row ends in
// a segment, so lines can be counted and rows handed out one by one.
absl::string_view CsvReader::NextSegment() const {
  const absl::string_view rest = absl::string_view(chunk_).substr(chunk_at_);
  const void* feed = std::memchr(rest.data(), '\n', rest.size());
  std::size_t size =
      feed == nullptr ? rest.size()
                      : static_cast<std::size_t>(static_cast<const char*>(feed) - rest.data()) + 1;
  const void* carriage = std::memchr(rest.data(), '\r', size);
  if (carriage != nullptr) {
    size = static_cast<std::size_t>(static_cast<const char*>(carriage) - rest.data()) + 1;
  }
  return rest.substr(0, size);
}

absl::Status CsvReader::Feed(absl::string_view segment) {
  const bool blank = segment[0] == '\n' || segment[0] == '\r';
  if (!row_open_ && !blank) {
    row_open_ = true;
    row_line_ = line_;
    row_offset_ = offset_;
  }
  const std::size_t bad = std::min(utf8_.Feed(segment), segment.find('\0'));
  const std::size_t good = std::min(bad, segment.size());
  const std::size_t used = csv_parse(&parser_, segment.data(), good, OnField, OnRow, this);
  if (used < good) return BadQuote(segment, used);
  if (good < segment.size()) return BadByte(segment, good);
  offset_ += segment.size();
  if (absl::Status status = CheckLimits(); !status.ok()) return status;
  CountLine(segment.back());
  return absl::OkStatus();
}

void CsvReader::CountLine(char end) {
  const bool second_of_pair = end == '\n' && after_cr_;
  if ((end == '\n' && !second_of_pair) || end == '\r') ++line_;
  after_cr_ = end == '\r';
}

void CsvReader::OnField(void* bytes, std::size_t size, void* self) {
  auto& reader = *static_cast<CsvReader*>(self);
  if (reader.too_many_fields_ || reader.too_long_field_) return;
  if (reader.row_ends_.size() == reader.options_.max_columns) {
    reader.too_many_fields_ = true;
    return;
  }
  if (size > reader.options_.max_field_bytes) {
    reader.too_long_field_ = true;
    return;
  }
  if (size > 0) reader.row_bytes_.append(static_cast<const char*>(bytes), size);
  reader.row_ends_.push_back(reader.row_bytes_.size());
}

void CsvReader::OnRow(int /*end*/, void* self) { static_cast<CsvReader*>(self)->row_done_ = true; }

absl::Status CsvReader::CheckLimits() const {
  if (too_many_fields_) {
    return Error(WhereRow(), absl::StrCat("got more than ", options_.max_columns,
                                          " fields, the most there may be"));
  }
  // The parser's own count is of a field that has not ended.
  if (too_long_field_ || (!row_done_ && parser_.entry_pos > options_.max_field_bytes)) {
    return Error(WhereField(),
                 absl::StrCat("got a field over ", options_.max_field_bytes,
                              " bytes, the longest there may be; is a quote not closed?"));
  }
  if (row_open_ && offset_ - row_offset_ > options_.max_row_bytes) {
    return Error(WhereRow(),
                 absl::StrCat("got a row over ", options_.max_row_bytes,
                              " bytes, the longest there may be; is a quote not closed?"));
  }
  return absl::OkStatus();
}

absl::Status CsvReader::Finish() {
  finished_ = true;
  if (!utf8_.AtBoundary()) {
    return Error(WhereField(), absl::StrCat("got the end of the file at byte ", offset_,
                                            " inside a character, want UTF-8"));
  }
  if (csv_fini(&parser_, OnField, OnRow, this) != 0) {
    return Error(WhereField(), "got the end of the file inside quotes, want a closing quote");
  }
  return CheckLimits();
}

absl::Status CsvReader::BadByte(absl::string_view segment, std::size_t at) const {
  const auto byte = static_cast<unsigned char>(segment[at]);
  return Error(WhereField(),
               absl::StrFormat("got the byte 0x%02x at byte %u of the file, want %s", byte,
                               offset_ + at, byte == 0 ? "text without zero bytes" : "UTF-8"));
}

absl::Status CsvReader::BadQuote(absl::string_view segment, std::size_t at) const {
  if (csv_error(const_cast<csv_parser*>(&parser_)) != CSV_EPARSE) {
    return absl::ResourceExhaustedError(absl::StrCat(name_, ": ", WhereField(), ": out of memory"));
  }
  const std::string place = absl::StrCat(" at byte ", offset_ + at, " of the file");
  if (segment[at] == '"') {
    return Error(WhereField(), absl::StrCat("got a quote", place,
                                            " inside a field without quotes, want the field "
                                            "in quotes and the quote doubled"));
  }
  return Error(WhereField(), absl::StrCat("got text", place,
                                          " after a closing quote, want a comma "
                                          "or the end of the line"));
}

void CsvReader::SplitFields() {
  fields_.clear();
  std::size_t begin = 0;
  for (std::size_t end : row_ends_) {
    fields_.push_back(absl::string_view(row_bytes_).substr(begin, end - begin));
    begin = end;
  }
}

// The row that is being read.
std::string CsvReader::WhereRow() const {
  const std::uint64_t line = row_open_ ? row_line_ : line_;
  if (!have_header_) return absl::StrCat("header (line ", line, ")");
  return absl::StrCat("row ", rows_ + 1, " (line ", line, ")");
}

// The field that is being read, or has just ended.
std::string CsvReader::WhereField() const {
  const std::size_t column = row_ends_.size();
  std::string where = absl::StrCat(WhereRow(), ", column ", column + 1);
  if (column < columns_.size()) absl::StrAppend(&where, " ", text::Quoted(columns_[column]));
  return where;
}

absl::Status CsvReader::Error(absl::string_view where, absl::string_view what) const {
  return absl::InvalidArgumentError(
      absl::StrCat(name_, ": ", where, where.empty() ? "" : ": ", what));
}

absl::StatusOr<const CsvRow*> CsvReader::Fail(absl::Status status) {
  failure_ = std::move(status);
  return failure_;
}

}  // namespace assay::csv
