#include "clients/cli/rate/bad_cells.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/errors/text.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMaxCellBytes = 64;
constexpr std::size_t kMaxNameBytes = 120;

}  // namespace

void BadCells::Add(std::int64_t row, std::int64_t line, absl::string_view column,
                   absl::string_view got, absl::string_view want) {
  if (++count_ > kMaxKept) return;
  kept_.push_back(absl::StrCat("row ", row, " (line ", line, "), column ",
                               errors::SafeText(column, kMaxNameBytes), ": got ",
                               errors::SafeText(got, kMaxCellBytes), ", want ", want));
}

void BadCells::AddText(absl::string_view text) {
  if (++count_ > kMaxKept) return;
  kept_.emplace_back(text);
}

absl::Status BadCells::ToStatus(absl::string_view file) const {
  if (count_ == 0) return absl::OkStatus();
  std::string message =
      absl::StrCat(file, ": ", count_, count_ == 1 ? " thing is" : " things are",
                   " wrong, so nothing was written\n", absl::StrJoin(kept_, "\n"));
  if (count_ > kept_.size()) absl::StrAppend(&message, "\nand ", count_ - kept_.size(), " more");
  return absl::InvalidArgumentError(message);
}

}  // namespace assay::cli
