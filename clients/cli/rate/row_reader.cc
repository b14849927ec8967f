#include "clients/cli/rate/row_reader.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"

namespace assay::cli {
namespace {

// The cells of one row, and where to say what is wrong with one.
struct RowCells {
  const Layout& layout;
  Fields fields;
  std::int64_t row;
  std::int64_t line;
  BadCells* bad;

  bool Refuse(std::size_t column, absl::string_view want) const {
    bad->Add(row, line, layout.header[column], fields[column], want);
    return false;
  }

  bool ReadLevel(std::size_t column, const ScaleWords& words, Level* level) const {
    const absl::optional<Level> parsed = words.Parse(fields[column]);
    if (!parsed.has_value()) return Refuse(column, words.wanted());
    *level = *parsed;
    return true;
  }
};

}  // namespace

bool Keeps(const Layout& layout, Fields fields) {
  return std::all_of(layout.where.begin(), layout.where.end(), [&](const Layout::Where& where) {
    return (absl::StripAsciiWhitespace(fields[where.column]) == where.value) == where.equal;
  });
}

bool ReadRow(const Layout& layout, const Method& method, Fields fields, std::int64_t row,
             std::int64_t line, RowValues* values, BadCells* bad) {
  const RowCells cells{layout, fields, row, line, bad};
  bool good = true;
  values->levels.assign(layout.inputs.size(), 0);
  for (std::size_t i = 0; i < layout.inputs.size(); ++i) {
    const Layout::Source& source = layout.inputs[i];
    const int scale = method.inputs[source.input].scale;
    good &= cells.ReadLevel(source.column, method.words[static_cast<std::size_t>(scale)],
                            &values->levels[i]);
  }
  values->sector = -1;
  if (layout.sector.has_value()) {
    const absl::optional<int> sector = method.ParseSector(fields[*layout.sector]);
    good &= sector.has_value() || cells.Refuse(*layout.sector, method.WantedSectors());
    values->sector = sector.value_or(-1);
  }
  values->published = 0;
  if (layout.compare.has_value()) {
    good &= cells.ReadLevel(*layout.compare, method.overall_words(), &values->published);
  }
  return good;
}

}  // namespace assay::cli
