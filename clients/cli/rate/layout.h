// Which column of a file is what: decided once from its header, all faults at once.
//
// Thread safety: pure functions over plain values. Cost: a pass over the header.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"

#include "clients/cli/rate/column_map.h"
#include "clients/cli/rate/method.h"

namespace assay::cli {

// What the caller says about the columns.
struct ColumnOptions {
  // Column of the id. Absent: `id` where there is such a column, else rows are named by number.
  absl::optional<std::string> id_column;
  struct Where {
    std::string column;
    std::string value;
    bool equal = true;  // false: only rows where the column holds anything else
  };
  // Only rows where each of these columns holds the value, blanks around it left out. At most 16.
  std::vector<Where> where;
  // Column with a published overall outcome to compare with. Absent: nothing is compared.
  absl::optional<std::string> compare;
  // What columns hold that are not called by it. At most ColumnMapping's limit.
  std::vector<ColumnMapping> map;
};

struct Layout {
  struct Where {
    std::size_t column;
    std::string value;
    bool equal = true;
  };
  // An input of the method and its column.
  struct Source {
    std::size_t input;
    std::size_t column;
  };

  absl::optional<std::size_t> id;
  std::vector<Where> where;
  absl::optional<std::size_t> compare;
  // Only where something below groups is read.
  absl::optional<std::size_t> sector;
  // What is read, by place in the model, as the engine wants its records.
  std::vector<Source> inputs;
  // Of these, by index, the outcomes that are given although what they are computed from may be in
  // the file too; in the order of the method's inputs.
  std::vector<std::size_t> given;
  // Whether items or categories are read.
  bool scores = false;
  // The header, blanks around each name left out.
  std::vector<std::string> header;
  // Items without a column, for a note to people.
  std::vector<std::string> missing_items;
};

// INVALID_ARGUMENT with every violation: a column twice, an item that the version does not have, a
// mapping of a column that is not there or to nothing of the version, two columns for one outcome,
// nothing to rate from, groups that are missing where nothing else is there, columns named by
// options that are not there.
absl::StatusOr<Layout> MakeLayout(const std::vector<std::string>& header, const Method& method,
                                  const ColumnOptions& options);

// Names of the columns that are written for a layout.
std::vector<std::string> OutputColumns(const Layout& layout, const Method& method);

}  // namespace assay::cli
