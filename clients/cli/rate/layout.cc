#include "clients/cli/rate/layout.h"

#include <algorithm>
#include <iterator>
#include <utility>

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

bool IsScore(const Input& input) {
  return input.kind == InputKind::kItem || input.kind == InputKind::kCategory;
}

// What a header means for a method.
class LayoutMaker {
 public:
  LayoutMaker(const std::vector<std::string>& header, const Method& method,
              const ColumnOptions& options)
      : method_(method), options_(options), columns_(method.inputs.size()) {
    for (const std::string& name : header) {
      layout_.header.emplace_back(absl::StripAsciiWhitespace(name));
    }
  }

  absl::StatusOr<Layout> Run() {
    FindPlaces();
    TakeMappings();
    TakeNames();
    CheckUnknownItems();
    PlaceInputs();
    FindGiven();
    if (options_.id_column.has_value()) layout_.id = Required("--id-column", *options_.id_column);
    TakeWhere();
    if (options_.compare.has_value()) layout_.compare = Required("--compare", *options_.compare);
    if (!bad_.empty()) return bad_.ToStatus();
    return std::move(layout_);
  }

 private:
  // Where each column is; a name that comes twice is a violation. Nameless columns may repeat.
  void FindPlaces() {
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::string& name = layout_.header[i];
      if (name.empty()) continue;
      const auto [place, added] = places_.try_emplace(name, i);
      if (!added) {
        bad_.AddText(absl::StrCat("column ", name),
                     absl::StrCat("got it as columns ", place->second + 1, " and ", i + 1,
                                  ", want each name once"));
      }
    }
  }

  absl::optional<std::size_t> Find(const std::string& name) const {
    const auto found = places_.find(name);
    if (found == places_.end()) return absl::nullopt;
    return found->second;
  }

  // The column that an option names.
  absl::optional<std::size_t> Required(absl::string_view option, const std::string& column) {
    const absl::optional<std::size_t> place = Find(column);
    if (!place.has_value()) bad_.Add(option, column, "a column of the file");
    return place;
  }

  void TakeMappings() {
    mapped_.resize(layout_.header.size());
    for (const ColumnMapping& mapping : options_.map) {
      const absl::optional<std::size_t> column = Required("--map", mapping.column);
      if (!column.has_value()) continue;
      mapped_[*column] = true;
      if (mapping.item == kSectorColumn) {
        Take("sector", *column, &sector_);
      } else if (mapping.item == kDefaultIdColumn) {
        Take("id", *column, &layout_.id);
      } else if (const auto input = method_.FindInput(mapping.item); input.has_value()) {
        Take(method_.inputs[*input].column, *column, &columns_[*input]);
      } else {
        bad_.Add(absl::StrCat("--map ", mapping.column), mapping.item,
                 absl::StrCat("an item, group, overall, sector or id of ", method_.name,
                              " (assay framework show)"));
      }
    }
  }

  void Take(absl::string_view what, std::size_t column, absl::optional<std::size_t>* place) {
    if (place->has_value()) {
      bad_.AddText("--map", absl::StrCat("got columns ", layout_.header[**place], " and ",
                                         layout_.header[column], " for ", what, ", want one"));
    }
    *place = column;
  }

  // Columns that are called by what they hold. The overall outcome is only ever mapped: a published
  // one is in most files, to be compared with.
  void TakeNames() {
    const auto take = [this](const std::string& name, absl::optional<std::size_t>* place) {
      const absl::optional<std::size_t> column = Find(name);
      if (column.has_value() && !mapped_[*column] && !place->has_value()) *place = column;
    };
    for (std::size_t i = 0; i < method_.inputs.size(); ++i) {
      if (method_.inputs[i].kind != InputKind::kWhole) take(method_.inputs[i].column, &columns_[i]);
    }
    take(kSectorColumn, &sector_);
    take(kDefaultIdColumn, &layout_.id);
  }

  // A column that looks like an item of one of the groups but is none: nearly always a typing
  // error, and to ignore it would change ratings.
  void CheckUnknownItems() {
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::string& name = layout_.header[i];
      const std::size_t dot = name.find('.');
      if (mapped_[i] || dot == std::string::npos) continue;
      const std::string prefix = name.substr(0, dot + 1);
      bool known = false;
      bool of_a_group = false;
      for (const Input& input : method_.inputs) {
        if (!IsScore(input)) continue;
        known = known || input.column == name;
        of_a_group = of_a_group || absl::StartsWith(input.column, prefix);
      }
      if (of_a_group && !known) {
        bad_.Add("column", name,
                 absl::StrCat("an item of ", method_.name, " (assay framework show)"));
      }
    }
  }

  void PlaceInputs() {
    bool any = false;
    bool wholes = false;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].has_value()) continue;
      any = true;
      layout_.scores = layout_.scores || IsScore(method_.inputs[i]);
      wholes = wholes || method_.inputs[i].kind == InputKind::kWhole;
      layout_.inputs.push_back({i, *columns_[i]});
    }
    if (!any) return RefuseNothing();
    if (layout_.scores) {
      NameMissingItems();
    } else if (!wholes) {
      RefuseMissingGroups();
    }
    if (layout_.scores || IsMapped(sector_)) layout_.sector = sector_;
    std::sort(layout_.inputs.begin(), layout_.inputs.end(), [this](const auto& a, const auto& b) {
      return method_.inputs[a.input].place < method_.inputs[b.input].place;
    });
  }

  bool IsMapped(const absl::optional<std::size_t>& column) const {
    return column.has_value() && mapped_[*column];
  }

  void RefuseNothing() {
    const std::vector<std::string> groups = method_.Columns(InputKind::kGroup);
    const std::vector<std::string> items = method_.Columns(InputKind::kItem);
    std::string want;
    if (!groups.empty()) want = absl::StrCat("the ratings ", absl::StrJoin(groups, ", "));
    if (!items.empty()) {
      absl::StrAppend(&want, want.empty() ? "" : ", or ", "one score column for each item (",
                      items[0], ", ...)");
    }
    bad_.Add("columns", absl::StrJoin(layout_.header, ","),
             absl::StrCat(want, "; --map says which column is which"));
  }

  void RefuseMissingGroups() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (method_.inputs[i].kind != InputKind::kGroup || columns_[i].has_value()) continue;
      bad_.Add(absl::StrCat("column ", method_.inputs[i].column), "",
               "the ratings of this group; blank cells are fine");
    }
  }

  // An item is there by a column of its own or of one of its categories.
  void NameMissingItems() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Input& item = method_.inputs[i];
      if (item.kind != InputKind::kItem || columns_[i].has_value()) continue;
      const bool by_category = std::any_of(
          layout_.inputs.begin(), layout_.inputs.end(), [&](const Layout::Source& source) {
            return absl::StartsWith(method_.inputs[source.input].column,
                                    absl::StrCat(item.column, "/"));
          });
      if (!by_category) layout_.missing_items.push_back(item.column);
    }
  }

  // A computed outcome is given beside its computation where something finer is read.
  void FindGiven() {
    InputKind finest = InputKind::kWhole;
    for (const Layout::Source& source : layout_.inputs) {
      finest = std::min(finest, method_.inputs[source.input].kind);
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Input& input = method_.inputs[i];
      if (columns_[i].has_value() && input.computed && finest < input.kind) {
        layout_.given.push_back(i);
      }
    }
  }

  void TakeWhere() {
    if (options_.where.size() > kMaxWhere) {
      bad_.Add("--where", options_.where.size(), absl::StrCat("at most ", kMaxWhere, " of them"));
    }
    for (const ColumnOptions::Where& where : options_.where) {
      const absl::optional<std::size_t> place = Required("--where", where.column);
      if (place.has_value()) layout_.where.push_back({*place, where.value, where.equal});
    }
  }

  const Method& method_;
  const ColumnOptions& options_;
  errors::Violations bad_;
  Layout layout_;
  Places places_;
  std::vector<bool> mapped_;                          // by column
  std::vector<absl::optional<std::size_t>> columns_;  // by input
  absl::optional<std::size_t> sector_;
};

}  // namespace

absl::StatusOr<Layout> MakeLayout(const std::vector<std::string>& header, const Method& method,
                                  const ColumnOptions& options) {
  return LayoutMaker(header, method, options).Run();
}

std::vector<std::string> OutputColumns(const Layout& layout, const Method& method) {
  std::vector<std::string> columns = {"id"};
  if (layout.scores && method.computes_groups) {
    for (const std::string& group : method.GroupColumns()) {
      columns.push_back(absl::StrCat(group, "_percent"));
      columns.push_back(group);
      columns.push_back(absl::StrCat(group, "_limiter"));
    }
  }
  for (const std::size_t given : layout.given) {
    columns.push_back(absl::StrCat(method.inputs[given].column, "_given"));
    columns.push_back(absl::StrCat(method.inputs[given].column, "_computed"));
  }
  if (method.overall_percent) columns.emplace_back("overall_percent");
  columns.emplace_back("overall");
  if (method.overall_limiter) columns.emplace_back("overall_limiter");
  columns.emplace_back("rule");
  if (!layout.given.empty()) columns.emplace_back("warnings");
  return columns;
}

}  // namespace assay::cli
