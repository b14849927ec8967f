#include "clients/cli/output/table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace assay::cli {
namespace {

constexpr std::size_t kGap = 2;

std::string Pad(const std::string& painted, std::size_t shown, std::size_t width,
                Table::Align align) {
  const std::string blanks(width - std::min(width, shown), ' ');
  return align == Table::Align::kRight ? blanks + painted : painted + blanks;
}

}  // namespace

void Table::AddRow(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = Shown(cell.text);
  cells.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(cells));
}

std::string Table::Render(const Style& style, int indent) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const std::vector<Cell>& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  std::string out;
  const auto line = [&](const auto& cell_at) {
    std::string text(static_cast<std::size_t>(indent), ' ');
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] == 0) continue;
      const Cell cell = cell_at(i);
      const std::size_t width = std::max(widths[i], DisplayWidth(columns_[i].header));
      absl::StrAppend(&text, Pad(style.Paint(cell.tone, cell.text), DisplayWidth(cell.text), width,
                                 columns_[i].align));
      text.append(kGap, ' ');
    }
    absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(text), "\n");
  };
  line([&](std::size_t i) { return Cell(columns_[i].header, Tone::kStrong); });
  for (const std::vector<Cell>& row : rows_) {
    line([&](std::size_t i) { return row[i]; });
  }
  return out;
}

}  // namespace assay::cli
