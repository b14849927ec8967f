// What the columns of a file hold, where they are not called by it: `--map`.
//
// Thread safety: pure but for the file that is read. Cost: linear in the text.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace assay::cli {

struct ColumnMapping {
  // At most so many of one file.
  static constexpr std::size_t kMax = 4096;

  std::string column;
  // An item, group, category of an item, `overall`, `sector` or `id`, in any spelling that the
  // catalogue knows.
  std::string item;
};

// `COLUMN=ITEM,COLUMN=ITEM`, or the name of a file with one such pair a line. There, a comma may
// stand for the equals sign, lines that are blank or begin with `#` are passed over, as is a first
// line `column,item`. A column's name may hold an equals sign, in a file a comma too: the last one
// divides. INVALID_ARGUMENT names every pair that is none, NOT_FOUND a file that is not there;
// INVALID_ARGUMENT too for a file over 1 MiB or more than ColumnMapping::kMax pairs.
absl::StatusOr<std::vector<ColumnMapping>> ReadColumnMap(const std::string& text_or_file);

}  // namespace assay::cli
