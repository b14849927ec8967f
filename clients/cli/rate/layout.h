// Which column of a file is what: decided once from its header, all faults at once.
//
// Thread safety: pure functions over plain values. Cost: a pass over the header.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"

#include "clients/cli/rate/method.h"

namespace assay::cli {

// What the caller says about the columns.
struct ColumnOptions {
  // Column of the id. Absent: `id` where there is such a column, else rows are named by number.
  absl::optional<std::string> id_column;
  struct Where {
    std::string column;
    std::string value;
  };
  // Only rows where each of these columns holds the value, blanks around it left out. At most 16.
  std::vector<Where> where;
  // Column with a published overall outcome to compare with. Absent: nothing is compared.
  absl::optional<std::string> compare;
};

struct Layout {
  // What the rows are rated from.
  enum class Form { kGroups, kScores };

  struct Where {
    std::size_t column;
    std::string value;
  };

  Form form = Form::kGroups;
  absl::optional<std::size_t> id;
  std::vector<Where> where;
  absl::optional<std::size_t> compare;
  // Only where rated from scores.
  absl::optional<std::size_t> sector;
  // For each group or item in catalogue order its column; absent for an item without one, which
  // counts as blank in every row.
  std::vector<absl::optional<std::size_t>> inputs;
  // The header, blanks around each name left out.
  std::vector<std::string> header;
  // Items without a column, for a note to people.
  std::vector<std::string> missing_items;
};

// INVALID_ARGUMENT with every violation: a column twice, an item that the version does not have,
// both forms or neither, groups that are missing, columns named by options that are not there.
absl::StatusOr<Layout> MakeLayout(const std::vector<std::string>& header, const Method& method,
                                  const ColumnOptions& options);

// Names of the columns that are written for a layout.
std::vector<std::string> OutputColumns(const Layout& layout, const Method& method);

}  // namespace assay::cli
