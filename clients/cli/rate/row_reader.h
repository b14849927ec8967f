// One row of a file as levels: every cell that the rating needs, checked.
//
// Thread safety: pure functions. Cost: a hash look-up a cell; no allocation for good rows.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "clients/cli/rate/bad_cells.h"
#include "clients/cli/rate/layout.h"
#include "clients/cli/rate/method.h"

namespace assay::cli {

using Fields = absl::Span<const absl::string_view>;

struct RowValues {
  // As Layout::inputs; 0 is blank.
  std::vector<Level> levels;
  // Index in the version; -1 unknown.
  int sector = -1;
  // What the compared column says; 0 is blank. Only where the layout compares.
  Level published = 0;
};

// Whether the row is as --where asks.
bool Keeps(const Layout& layout, Fields fields);

// Reads a row with as many fields as the header into `values`, which is used again. Every cell that
// is wrong goes to `bad` with the row's number and line; false where there is one.
bool ReadRow(const Layout& layout, const Method& method, Fields fields, std::int64_t row,
             std::int64_t line, RowValues* values, BadCells* bad);

}  // namespace assay::cli
