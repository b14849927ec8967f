#include "clients/cli/rate/layout.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/errors/violations.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMaxWhere = 16;
constexpr char kSectorColumn[] = "sector";
constexpr char kDefaultIdColumn[] = "id";

using Places = absl::flat_hash_map<std::string, std::size_t>;

// Where each column is; a name that comes twice is a violation. Nameless columns may repeat.
Places FindPlaces(const std::vector<std::string>& header, errors::Violations* bad) {
  Places places;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i].empty()) continue;
    const auto [place, added] = places.try_emplace(header[i], i);
    if (!added) {
      bad->AddText(absl::StrCat("column ", header[i]),
                   absl::StrCat("got it as columns ", place->second + 1, " and ", i + 1,
                                ", want each name once"));
    }
  }
  return places;
}

absl::optional<std::size_t> Find(const Places& places, const std::string& name) {
  const auto found = places.find(name);
  if (found == places.end()) return absl::nullopt;
  return found->second;
}

std::size_t CountPresent(const Places& places, const std::vector<std::string>& names) {
  return static_cast<std::size_t>(std::count_if(
      names.begin(), names.end(), [&](const std::string& name) { return places.contains(name); }));
}

// A column that looks like an item of one of the groups but is none: nearly always a typing error,
// and to ignore it would change ratings.
void CheckUnknownItems(const std::vector<std::string>& header, const Method& method,
                       errors::Violations* bad) {
  if (method.item_columns.empty()) return;
  for (const std::string& name : header) {
    const bool known = std::find(method.item_columns.begin(), method.item_columns.end(), name) !=
                       method.item_columns.end();
    const std::size_t dot = name.find('.');
    if (known || dot == std::string::npos) continue;
    const std::string prefix = name.substr(0, dot + 1);
    const bool of_a_group =
        std::any_of(method.item_columns.begin(), method.item_columns.end(),
                    [&](const std::string& item) { return absl::StartsWith(item, prefix); });
    if (of_a_group) {
      bad->Add("column", name, absl::StrCat("an item of ", method.name, " (assay framework show)"));
    }
  }
}

void PlaceScores(const Places& places, const Method& method, Layout* layout) {
  layout->form = Layout::Form::kScores;
  layout->sector = Find(places, kSectorColumn);
  for (const std::string& item : method.item_columns) {
    layout->inputs.push_back(Find(places, item));
    if (!layout->inputs.back().has_value()) layout->missing_items.push_back(item);
  }
}

void PlaceGroups(const Places& places, const Method& method, Layout* layout,
                 errors::Violations* bad) {
  layout->form = Layout::Form::kGroups;
  for (const std::string& group : method.group_columns) {
    layout->inputs.push_back(Find(places, group));
    if (!layout->inputs.back().has_value()) {
      bad->Add(absl::StrCat("column ", group), "",
               "the ratings of this group; blank cells are fine");
    }
  }
}

void PlaceInputs(const Places& places, const Method& method, Layout* layout,
                 errors::Violations* bad) {
  const std::size_t groups = CountPresent(places, method.group_columns);
  const std::size_t items = CountPresent(places, method.item_columns);
  const std::string group_names = absl::StrJoin(method.group_columns, ", ");
  if (groups > 0 && items > 0) {
    bad->AddText("columns", absl::StrCat("got ", groups, " of groups and ", items,
                                         " of items, want one form: the ratings ", group_names,
                                         ", or one score column for each item"));
  } else if (groups == 0 && items == 0) {
    const std::string or_items = method.item_columns.empty()
                                     ? ""
                                     : absl::StrCat(", or one score column for each item (",
                                                    method.item_columns[0], ", ...)");
    bad->Add("columns", absl::StrJoin(layout->header, ","),
             absl::StrCat("the ratings ", group_names, or_items));
  } else if (items > 0) {
    PlaceScores(places, method, layout);
  } else {
    PlaceGroups(places, method, layout, bad);
  }
}

// The column that an option names.
absl::optional<std::size_t> Required(const Places& places, absl::string_view option,
                                     const std::string& column, errors::Violations* bad) {
  const absl::optional<std::size_t> place = Find(places, column);
  if (!place.has_value()) bad->Add(option, column, "a column of the file");
  return place;
}

}  // namespace

absl::StatusOr<Layout> MakeLayout(const std::vector<std::string>& header, const Method& method,
                                  const ColumnOptions& options) {
  errors::Violations bad;
  Layout layout;
  for (const std::string& name : header) {
    layout.header.emplace_back(absl::StripAsciiWhitespace(name));
  }
  const Places places = FindPlaces(layout.header, &bad);
  CheckUnknownItems(layout.header, method, &bad);
  PlaceInputs(places, method, &layout, &bad);
  layout.id = options.id_column.has_value()
                  ? Required(places, "--id-column", *options.id_column, &bad)
                  : Find(places, kDefaultIdColumn);
  if (options.where.size() > kMaxWhere) {
    bad.Add("--where", options.where.size(), absl::StrCat("at most ", kMaxWhere, " of them"));
  }
  for (const ColumnOptions::Where& where : options.where) {
    const absl::optional<std::size_t> place = Required(places, "--where", where.column, &bad);
    if (place.has_value()) layout.where.push_back({*place, where.value});
  }
  if (options.compare.has_value()) {
    layout.compare = Required(places, "--compare", *options.compare, &bad);
  }
  if (!bad.empty()) return bad.ToStatus();
  return layout;
}

std::vector<std::string> OutputColumns(const Layout& layout, const Method& method) {
  std::vector<std::string> columns = {"id"};
  if (layout.form == Layout::Form::kScores) {
    for (const std::string& group : method.group_columns) {
      columns.push_back(absl::StrCat(group, "_percent"));
      columns.push_back(group);
      columns.push_back(absl::StrCat(group, "_limiter"));
    }
  }
  columns.emplace_back("overall");
  columns.emplace_back("rule");
  return columns;
}

}  // namespace assay::cli
