// Tables for people: a header, aligned columns, no lines.
//
// Thread safety: none; one table belongs to one caller. Cost: the text of its cells, until
// rendered.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "clients/cli/output/style.h"

namespace assay::cli {

// One cell. The text is made harmless for a terminal when it is rendered.
struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;

  Cell(std::string t, Tone o = Tone::kPlain)  // NOLINT(google-explicit-constructor): reads as text
      : text(std::move(t)), tone(o) {}
  Cell(const char* t) : text(t) {}  // NOLINT(google-explicit-constructor): reads as text
};

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string header;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Adds a row. Cells beyond the columns are dropped, missing ones are blank.
  void AddRow(std::vector<Cell> cells);

  bool empty() const { return rows_.empty(); }

  // Header and rows, a line each, every line indented by `indent` spaces and without blanks at its
  // end. Columns that are blank in every row are left out, so that a table is as wide as its news.
  std::string Render(const Style& style, int indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace assay::cli
