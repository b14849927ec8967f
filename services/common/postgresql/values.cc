#include "services/common/postgresql/values.h"

#include <algorithm>
#include <cstdlib>

#include <libpq-fe.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace assay::postgresql {
namespace {

// The protocol counts parameters in 16 bits.
constexpr size_t kMaxParams = 65535;

// Big-endian, as everything of the protocol.
template <typename Unsigned>
void AppendNumber(Unsigned value, std::string* out) {
  char bytes[sizeof(value)];
  for (size_t at = 0; at < sizeof(value); ++at) {
    bytes[sizeof(value) - 1 - at] = static_cast<char>(value >> (8 * at) & 0xff);
  }
  out->append(bytes, sizeof(value));
}

uint32_t ReadLength(absl::string_view bytes) {
  uint32_t value = 0;
  for (size_t at = 0; at < sizeof(value); ++at) {
    value = value << 8 | static_cast<unsigned char>(bytes[at]);
  }
  return value;
}

constexpr uint32_t kNullLength = 0xffffffff;

}  // namespace

Params& Params::Encoded(Type type, absl::string_view bytes) {
  values_.push_back({type, false, buffer_.size(), bytes.size()});
  buffer_.append(bytes.data(), bytes.size());
  return *this;
}

Params& Params::Bool(bool value) {
  return Encoded(Type::kBool, value ? "\1" : absl::string_view("\0", 1));
}

Params& Params::Int4(int32_t value) {
  values_.push_back({Type::kInt4, false, buffer_.size(), sizeof(value)});
  AppendNumber(static_cast<uint32_t>(value), &buffer_);
  return *this;
}

Params& Params::Int8(int64_t value) {
  values_.push_back({Type::kInt8, false, buffer_.size(), sizeof(value)});
  AppendNumber(static_cast<uint64_t>(value), &buffer_);
  return *this;
}

Params& Params::Text(absl::string_view value) { return Encoded(Type::kText, value); }
Params& Params::Bytes(absl::string_view value) { return Encoded(Type::kBytea, value); }

Params& Params::Null(Type type) {
  values_.push_back({type, true, buffer_.size(), 0});
  return *this;
}

Params& Params::Array(Type type, Type element, absl::Span<const absl::string_view> values) {
  const size_t start = buffer_.size();
  // Dimensions, whether nulls are there, the element's type, its count, its first index.
  AppendNumber(uint32_t{values.empty() ? 0u : 1u}, &buffer_);
  AppendNumber(uint32_t{0}, &buffer_);
  AppendNumber(static_cast<uint32_t>(element), &buffer_);
  if (!values.empty()) {
    AppendNumber(static_cast<uint32_t>(values.size()), &buffer_);
    AppendNumber(uint32_t{1}, &buffer_);
  }
  for (const absl::string_view value : values) {
    AppendNumber(static_cast<uint32_t>(value.size()), &buffer_);
    buffer_.append(value.data(), value.size());
  }
  values_.push_back({type, false, start, buffer_.size() - start});
  return *this;
}

Params& Params::Int8Array(absl::Span<const int64_t> values) {
  std::string numbers;
  numbers.reserve(values.size() * sizeof(int64_t));
  for (const int64_t value : values) AppendNumber(static_cast<uint64_t>(value), &numbers);
  std::vector<absl::string_view> parts;
  parts.reserve(values.size());
  for (size_t at = 0; at < values.size(); ++at) {
    parts.push_back(absl::string_view(numbers).substr(at * sizeof(int64_t), sizeof(int64_t)));
  }
  return Array(Type::kInt8Array, Type::kInt8, parts);
}

Params& Params::TextArray(absl::Span<const absl::string_view> values) {
  return Array(Type::kTextArray, Type::kText, values);
}

Params& Params::BytesArray(absl::Span<const absl::string_view> values) {
  return Array(Type::kByteaArray, Type::kBytea, values);
}

Rows::Rows(std::string table, std::vector<Column> columns)
    : table_(std::move(table)), columns_(std::move(columns)) {
  if (columns_.empty()) std::abort();
}

void Rows::BeginCell() {
  if (cells_ % columns_.size() == 0) {
    AppendNumber(static_cast<uint16_t>(columns_.size()), &bytes_);
  }
  ++cells_;
}

Rows& Rows::Cell(absl::string_view bytes) {
  BeginCell();
  AppendNumber(static_cast<uint32_t>(bytes.size()), &bytes_);
  bytes_.append(bytes.data(), bytes.size());
  return *this;
}

Rows& Rows::Bool(bool value) { return Cell(value ? "\1" : absl::string_view("\0", 1)); }

Rows& Rows::Int4(int32_t value) {
  BeginCell();
  AppendNumber(uint32_t{sizeof(value)}, &bytes_);
  AppendNumber(static_cast<uint32_t>(value), &bytes_);
  return *this;
}

Rows& Rows::Int8(int64_t value) {
  BeginCell();
  AppendNumber(uint32_t{sizeof(value)}, &bytes_);
  AppendNumber(static_cast<uint64_t>(value), &bytes_);
  return *this;
}

Rows& Rows::Null() {
  BeginCell();
  AppendNumber(kNullLength, &bytes_);
  return *this;
}

void Rows::Clear() {
  bytes_.clear();
  cells_ = 0;
}

std::string Rows::CopySql() const {
  std::string sql = absl::StrCat("COPY ", table_, " (");
  for (size_t at = 0; at < columns_.size(); ++at) {
    absl::StrAppend(&sql, at == 0 ? "" : ", ", columns_[at].name);
  }
  absl::StrAppend(&sql, ") FROM STDIN (FORMAT binary)");
  return sql;
}

std::vector<Statement> Rows::Inserts(size_t rows_each, absl::string_view suffix) const {
  std::vector<Statement> statements;
  const size_t each = std::clamp<size_t>(rows_each, 1, kMaxParams / columns_.size());
  std::string head = absl::StrCat("INSERT INTO ", table_, " (");
  for (size_t at = 0; at < columns_.size(); ++at) {
    absl::StrAppend(&head, at == 0 ? "" : ", ", columns_[at].name);
  }
  head += ") VALUES ";
  absl::string_view left = bytes_;
  for (size_t first = 0; first < size(); first += each) {
    const size_t count = std::min(each, size() - first);
    Statement statement{head, {}};
    size_t number = 0;
    for (size_t row = 0; row < count; ++row) {
      left.remove_prefix(sizeof(uint16_t));
      for (size_t column = 0; column < columns_.size(); ++column) {
        const uint32_t length = ReadLength(left);
        left.remove_prefix(sizeof(length));
        const Type type = columns_[column].type;
        if (length == kNullLength) {
          statement.params.Null(type);
        } else {
          statement.params.Encoded(type, left.substr(0, length));
          left.remove_prefix(length);
        }
        const char* before = column > 0 ? ",$" : row > 0 ? "),($" : "($";
        absl::StrAppend(&statement.sql, before, ++number);
      }
    }
    absl::StrAppend(&statement.sql, ") ", suffix);
    statements.push_back(std::move(statement));
  }
  return statements;
}

Result::Result(pg_result* result) : result_(result) {}

Result::~Result() { PQclear(result_); }

Result::Result(Result&& other) noexcept : result_(std::exchange(other.result_, nullptr)) {}

Result& Result::operator=(Result&& other) noexcept {
  std::swap(result_, other.result_);
  return *this;
}

int Result::rows() const { return PQntuples(result_); }

int64_t Result::affected() const {
  int64_t count = 0;
  return absl::SimpleAtoi(PQcmdTuples(result_), &count) ? count : 0;
}

bool Result::null(int row, int column) const { return PQgetisnull(result_, row, column) != 0; }

absl::string_view Result::Bytes(int row, int column) const {
  return absl::string_view(PQgetvalue(result_, row, column),
                           static_cast<size_t>(PQgetlength(result_, row, column)));
}

int64_t Result::Int(int row, int column) const {
  const absl::string_view bytes = Bytes(row, column);
  if (bytes.empty()) return 0;
  // The sign of the first byte fills what a shorter type lacks; a bool is 0 or 1.
  uint64_t value = static_cast<uint64_t>(static_cast<int64_t>(static_cast<signed char>(bytes[0])));
  for (const char byte : bytes.substr(1)) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<int64_t>(value);
}

}  // namespace assay::postgresql
