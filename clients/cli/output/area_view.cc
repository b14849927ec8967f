#include "clients/cli/output/area_view.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "clients/cli/output/table.h"
#include "clients/cli/output/words.h"

namespace assay::cli {
namespace {

constexpr int kNarrowest = 40;
constexpr int kWidest = 100;
constexpr int kLabelColumns = 34;  // name, count and share before the bar

// A bar of full blocks, at least a thin one where there is something.
std::string Bar(std::int64_t count, std::int64_t most, int columns) {
  if (count <= 0 || most <= 0) return "";
  const std::int64_t eighths = std::max<std::int64_t>(1, count * columns * 8 / most);
  std::string bar;
  for (std::int64_t i = 0; i < eighths / 8; ++i) absl::StrAppend(&bar, "\u2588");
  static constexpr const char* kParts[] = {"",       "\u258f", "\u258e", "\u258d",
                                           "\u258c", "\u258b", "\u258a", "\u2589"};
  return absl::StrCat(bar, kParts[eighths % 8]);
}

std::string BarLine(absl::string_view label, std::int64_t count, std::int64_t most,
                    std::int64_t all, int columns, Tone tone, const Style& style) {
  const double share = all > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(all) : 0;
  const std::string start = absl::StrFormat("%-22s%6d %4.0f%% ", Shown(label), count, share);
  const std::string bar = Bar(count, most, columns);
  return bar.empty() ? absl::StrCat(start.substr(0, start.size() - 1), "\n")
                     : absl::StrCat(start, style.Paint(tone, bar), "\n");
}

std::string Bars(const scoring::v1::AreaSummary& summary, const Style& style, int width) {
  std::int64_t most = 0;
  for (const auto& rating : summary.ratings()) most = std::max(most, rating.count());
  for (const auto& reason : summary.unrated()) most = std::max(most, reason.count());
  const int columns = std::clamp(width, kNarrowest, kWidest) - kLabelColumns;
  std::string out;
  for (int i = summary.ratings_size() - 1; i >= 0; --i) {  // best first for people
    const scoring::v1::RatingCount& rating = summary.ratings(i);
    absl::StrAppend(&out, BarLine(RatingText(rating.rating()), rating.count(), most,
                                  summary.locations(), columns, ToneOf(rating.rating()), style));
  }
  for (const scoring::v1::UnratedCount& reason : summary.unrated()) {
    const std::string label = Capitalised(absl::StrReplaceAll(reason.reason(), {{"-", " "}}));
    absl::StrAppend(&out, BarLine(label, reason.count(), most, summary.locations(), columns,
                                  Tone::kFaint, style));
  }
  return out;
}

std::string Groups(const scoring::v1::AreaSummary& summary, const Style& style) {
  if (summary.groups().empty()) return "";
  std::vector<Table::Column> columns = {{"key question"}};
  for (int i = summary.groups(0).ratings_size() - 1; i >= 0; --i) {
    columns.push_back({RatingText(summary.groups(0).ratings(i).rating()), Table::Align::kRight});
  }
  columns.push_back({"Unrated", Table::Align::kRight});
  Table table(std::move(columns));
  for (const scoring::v1::GroupCounts& group : summary.groups()) {
    std::vector<Cell> row = {group.display_name().empty() ? group.group() : group.display_name()};
    for (int i = group.ratings_size() - 1; i >= 0; --i) {
      row.emplace_back(absl::StrCat(group.ratings(i).count()));
    }
    row.emplace_back(absl::StrCat(group.unrated()));
    table.AddRow(std::move(row));
  }
  return absl::StrCat("\n", table.Render(style));
}

}  // namespace

std::string AreaPage(const scoring::v1::AreaSummary& summary, const Style& style, int width) {
  std::string out = style.Paint(Tone::kStrong, Shown(summary.name()));
  if (!summary.display_name().empty()) absl::StrAppend(&out, "  ", Shown(summary.display_name()));
  const std::string day = DateText(summary.effective_date());
  if (!day.empty()) absl::StrAppend(&out, "  on ", day);
  absl::StrAppend(&out, "\n");
  if (!summary.existed()) {
    absl::StrAppend(
        &out, "did not exist on that day",
        summary.successors().empty()
            ? ""
            : absl::StrCat("; taken over by ", Shown(absl::StrJoin(summary.successors(), ", "))),
        "\n");
    return out;
  }
  absl::StrAppend(&out, summary.locations(), " locations, ", summary.rated(), " of them rated\n\n",
                  Bars(summary, style, width), Groups(summary, style));
  return out;
}

}  // namespace assay::cli
