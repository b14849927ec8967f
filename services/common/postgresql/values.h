#pragma once

// Values on their way to PostgreSQL and back, in its binary format: parameters, rows that are
// written by COPY or by a multi-row INSERT from the same bytes, results.
//
// Thread safety: none. Ownership: Params and Rows copy what they are given; a Result owns the
// server's answer, and what it shows lives as long as it. Cost: one copy of each value.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

extern "C" {
struct pg_result;
}

namespace assay::postgresql {

// The types that are used, by PostgreSQL's own numbers.
enum class Type : uint32_t {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt4 = 23,
  kText = 25,
  kByteaArray = 1001,
  kTextArray = 1009,
  kInt8Array = 1016,
};

// The parameters $1, $2 ... of a statement, in the order in which they are added.
class Params {
 public:
  Params& Bool(bool value);
  Params& Int4(int32_t value);
  Params& Int8(int64_t value);
  Params& Text(absl::string_view value);
  Params& Bytes(absl::string_view value);
  Params& Null(Type type);
  Params& Int8Array(absl::Span<const int64_t> values);
  Params& TextArray(absl::Span<const absl::string_view> values);
  Params& BytesArray(absl::Span<const absl::string_view> values);
  // A value that is in the binary format already.
  Params& Encoded(Type type, absl::string_view bytes);

  size_t size() const { return values_.size(); }
  Type type(size_t index) const { return values_[index].type; }
  bool null(size_t index) const { return values_[index].null; }
  absl::string_view bytes(size_t index) const {
    return absl::string_view(buffer_).substr(values_[index].offset, values_[index].size);
  }

 private:
  struct Value {
    Type type;
    bool null;
    size_t offset;
    size_t size;
  };
  Params& Array(Type type, Type element, absl::Span<const absl::string_view> values);

  std::string buffer_;
  std::vector<Value> values_;
};

// One statement without a name, so that it fits a pooler in transaction mode.
struct Statement {
  std::string sql;
  Params params;
};

// Rows of one table, cell by cell in the order of its columns.
class Rows {
 public:
  struct Column {
    const char* name;
    Type type;
  };

  // `table` and the names are trusted text.
  Rows(std::string table, std::vector<Column> columns);

  Rows& Bool(bool value);
  Rows& Int4(int32_t value);
  Rows& Int8(int64_t value);
  Rows& Text(absl::string_view value) { return Cell(value); }
  Rows& Bytes(absl::string_view value) { return Cell(value); }
  Rows& Null();

  // Whole rows.
  size_t size() const { return cells_ / columns_.size(); }
  bool empty() const { return cells_ == 0; }
  void Clear();

  // COPY table (columns) FROM STDIN (FORMAT binary), and what is sent after it but for the header
  // and the trailer.
  std::string CopySql() const;
  absl::string_view copy_bytes() const { return bytes_; }

  // The same rows as INSERT statements of at most `rows_each` rows, followed by `suffix`
  // ("ON CONFLICT DO NOTHING RETURNING ...").
  std::vector<Statement> Inserts(size_t rows_each, absl::string_view suffix = "") const;

 private:
  Rows& Cell(absl::string_view bytes);
  void BeginCell();

  const std::string table_;
  const std::vector<Column> columns_;
  std::string bytes_;
  size_t cells_ = 0;
};

// The answer of one statement. Rows and columns count from 0.
class Result {
 public:
  explicit Result(pg_result* result);
  ~Result();
  Result(Result&& other) noexcept;
  Result& operator=(Result&& other) noexcept;
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  int rows() const;
  // What INSERT, UPDATE, DELETE or COPY changed; what SELECT gave.
  int64_t affected() const;
  bool null(int row, int column) const;
  // Of any whole-number type, or bool as 0 and 1; 0 for null.
  int64_t Int(int row, int column) const;
  bool Bool(int row, int column) const { return Int(row, column) != 0; }
  // The bytes of a text or bytea; empty for null.
  absl::string_view Bytes(int row, int column) const;

 private:
  pg_result* result_;
};

}  // namespace assay::postgresql
