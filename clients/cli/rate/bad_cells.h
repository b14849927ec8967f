// Everything that is wrong with the cells of a file, told at once.
//
// Thread safety: none; one object a run. Cost: at most kMaxKept lines, however bad the file is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace assay::cli {

class BadCells {
 public:
  // So many are told; the others are counted as "and N more".
  static constexpr std::size_t kMaxKept = 100;

  // Notes that in data row `row` (the first after the header is 1), which begins on line `line` of
  // the file, the cell under `column` holds `got`, and what was wanted there.
  void Add(std::int64_t row, std::int64_t line, absl::string_view column, absl::string_view got,
           absl::string_view want);

  // Notes something that is wrong with a row as a whole or with the file, in words.
  void AddText(absl::string_view text);

  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }

  // INVALID_ARGUMENT that names `file`, says that nothing was written and tells every fault on its
  // own line; OK where there is none.
  absl::Status ToStatus(absl::string_view file) const;

 private:
  std::vector<std::string> kept_;
  std::size_t count_ = 0;
};

}  // namespace assay::cli
