#pragma once

// Rows into one table, several a statement.
//
// Thread safety: none; one connection, one thread. Ownership: owns its two statements. Cost: a
// statement of sixteen rows takes about two thirds of the time of sixteen statements.

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

class BulkInsert {
 public:
  // For whole rows of `table`, which has so many columns.
  static absl::StatusOr<BulkInsert> Make(Database& database, absl::string_view table,
                                         size_t columns) {
    BulkInsert made(columns);
    const auto prepare = [&](size_t rows) {
      std::string row = "(?";
      for (size_t column = 1; column < columns; ++column) row += ",?";
      row += ")";
      std::string sql = absl::StrCat("INSERT INTO ", table, " VALUES ", row);
      for (size_t more = 1; more < rows; ++more) absl::StrAppend(&sql, ",", row);
      return database.Prepare(sql);
    };
    absl::StatusOr<Statement> many = prepare(kRows);
    if (!many.ok()) return many.status();
    absl::StatusOr<Statement> one = prepare(1);
    if (!one.ok()) return one.status();
    made.many_ = *std::move(many);
    made.one_ = *std::move(one);
    return made;
  }

  BulkInsert() = default;

  // Inserts `count` rows. `bind(statement, first, index)` binds all columns of row `index`, the
  // first of them at the parameter `first`; what it binds must live until this returns.
  template <class Bind>
  absl::Status Run(size_t count, const Bind& bind) {
    size_t at = 0;
    for (; at + kRows <= count; at += kRows) {
      for (size_t row = 0; row < kRows; ++row) {
        bind(many_, static_cast<int>(row * columns_) + 1, at + row);
      }
      absl::Status status = many_.Run();
      if (!status.ok()) return status;
    }
    for (; at < count; ++at) {
      bind(one_, 1, at);
      absl::Status status = one_.Run();
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  static constexpr size_t kRows = 16;
  explicit BulkInsert(size_t columns) : columns_(columns) {}

  size_t columns_ = 0;
  Statement many_, one_;
};

}  // namespace assay::evidence::sqlite
